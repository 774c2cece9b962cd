"""The `deputy` command."""

import gc

# Starting up makes many objects and drops none; looking for rubbish all the while takes a tenth of the time.
gc.set_threshold(100_000, 20, 20)
