"""Pictures of real runs, made by running them."""
