"""Tools of other people in a project: declared in config/tools.yaml, pinned in config/tools.lock.yaml, gated as ours."""
