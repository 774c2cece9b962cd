"""The HTTP door: other systems start runs through it, and look how they stand."""
