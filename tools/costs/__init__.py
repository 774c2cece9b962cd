"""What bills say: loading them, what was spent, what changed and why, what is not needed."""
