"""Whether rules fit a table, and one another."""
