"""Tests of the `deputy` command."""
