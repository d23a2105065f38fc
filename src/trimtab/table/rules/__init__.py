"""What every real row keeps: the rules of a table, found with evidence, said, and checked."""
