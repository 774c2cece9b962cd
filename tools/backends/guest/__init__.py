"""What runs inside of a sandbox, beside the untrusted program; nothing here protects anything."""
