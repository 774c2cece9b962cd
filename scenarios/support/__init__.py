"""Support: questions about the house's product, answered from its documents and from nothing else."""
