"""Lunch for a team, charged to a budget."""
