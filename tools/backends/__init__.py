"""One file per real system."""
