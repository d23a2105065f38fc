"""How good a table is: scores of any synthetic table against a real one. Knows no model."""
