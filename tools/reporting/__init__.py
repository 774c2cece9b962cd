"""The weekly report: its week, its figures with the rows they come from, and its pages. Nothing here sends anything."""
