"""Finding the rules of a table: what each kind proposes, weighed by one measure."""
