"""Attacks as data: orders that stand in what applicants send, for a model that obeys them, and what harm would be."""
