"""The scenarios: their worlds, and what runs in them."""
