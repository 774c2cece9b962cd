"""The switches that keep CrewAI from phoning out, set before it is imported."""

import os

SWITCHES = {
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "CREWAI_DISABLE_VERSION_CHECK": "true",
    "OTEL_SDK_DISABLED": "true",
}


def quiet() -> None:
    """Set every switch that the person has not set already; theirs stands."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
