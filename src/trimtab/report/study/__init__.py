"""The page of a study: whether balancing helps."""
