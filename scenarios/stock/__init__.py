"""Stock: reordering what runs low."""
