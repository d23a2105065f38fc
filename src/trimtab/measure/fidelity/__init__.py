"""How like real rows the rows of a table are."""
