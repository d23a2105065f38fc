"""Does balancing help a classifier? Arms, protocol, verdict."""
