"""The `deputy` command."""

import gc

gc.set_threshold(100_000, 20, 20)  # starting up makes many objects and drops none: looking for rubbish takes a tenth of it
