"""The `deputy` command."""
