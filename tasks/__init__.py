"""WHAT: task templates."""
