"""The documentation, with the programs that make parts of it."""
