"""Named goals with their worlds and playbooks."""
