"""The ground everything stands on: errors, clock, YAML, database, ledger."""
