"""The page of a scorecard: what a table is good for."""
