"""Tables seen through the same features, so that they can be compared."""
