"""DevOps: propose changes when their checks are green, merge pull requests for exactly one commit, leave the rest."""
