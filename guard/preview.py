"""What a call would do, in words for the person who is asked about it."""

from collections.abc import Mapping
from typing import Any

from runtime.errors import DeputyError
from tools.tool import Tool
from tools.world import World

LONGEST = 20_000
"""Characters of a preview that are kept."""


def previewed(tool: Tool, args: Mapping[str, Any], world: World) -> str:
    """What the call would do as things are now; empty if its tool cannot say.

    Never raises: a person is asked anyway.
    """
    if tool.preview is None:
        return ""
    try:
        text = tool.preview(**args, world=world)
    except DeputyError as error:
        return f"As things are now, nothing would happen: {error.problem}."
    except Exception as error:
        return f"What it would do cannot be told: {type(error).__name__}."
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… ({len(text):,} characters)"
