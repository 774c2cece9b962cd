"""The switches that keep CrewAI from phoning out, and the command from searching every package at its start."""

import os

SWITCHES = {
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "CREWAI_DISABLE_VERSION_CHECK": "true",
    "OTEL_SDK_DISABLED": "true",
    "PYDANTIC_DISABLE_PLUGINS": "true",
}


def quiet() -> None:
    """Set every switch that the person has not set already; theirs stands."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
