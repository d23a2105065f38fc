"""How groups fare: in the labels of a table, and under classifiers that learn from it."""
