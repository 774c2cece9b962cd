"""Meetings: decisions and actions out of a transcript, each with who said it and when."""
