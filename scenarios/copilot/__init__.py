"""Copilot: questions about code, with patches and tests as text. Nothing is changed."""
