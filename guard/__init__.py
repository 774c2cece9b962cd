"""ALLOWED: plan, warrant, decision, gate."""
