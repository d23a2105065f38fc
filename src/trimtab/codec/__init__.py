"""A table as whole numbers, and back: one codec a column."""
