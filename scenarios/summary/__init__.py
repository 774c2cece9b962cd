"""Summary: a long report in a few lines, each figure with its page, and as it stands there."""
