"""Whether persons are alike who have several rows each, and not only their rows."""
