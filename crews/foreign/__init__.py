"""Tools of other people: declared in config/tools.yaml, pinned in config/tools.lock.yaml, gated like ours."""
