"""WHO: role cards, the model gateway, playbooks."""
