"""FinOps: what was spent, what changed and why, and what need not be paid for."""
