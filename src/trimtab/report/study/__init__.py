"""The page of a proof: whether balancing helps."""
