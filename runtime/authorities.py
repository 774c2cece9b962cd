"""Whose certificates are trusted: those of the machine's authorities, or of those in the file that SSL_CERT_FILE names
(PEM; it takes the place of the machine's). Nothing turns the check off.
"""

import os
import re

VARIABLE = "SSL_CERT_FILE"
REMEDY = f"if it is your own authority's, name that authority's PEM file in {VARIABLE} in .env"
_SAID = re.compile(r"certificate verify failed: (.+?)(?:\.? \(_ssl|\.?$)")


def authorities() -> str | bool:
    """The file of authorities to check against, or True for the machine's."""
    return os.environ.get(VARIABLE) or True


def shared() -> None:
    """Let libraries that read a variable of their own go by the same authorities, unless theirs is set."""
    if file := os.environ.get(VARIABLE):
        os.environ.setdefault("REQUESTS_CA_BUNDLE", file)


def distrusted(error: BaseException) -> str:
    """What is wrong with the certificate that a connection failed for, such as ": certificate has expired"; empty if
    the error does not say, or is about something else."""
    found = _SAID.search(str(error))
    return f": {found[1]}" if found else ""
