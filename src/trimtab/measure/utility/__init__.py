"""Whether what is learned from a table holds on real rows."""
