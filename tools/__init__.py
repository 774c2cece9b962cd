"""WITH WHAT: one file per capability; real systems under backends/."""
