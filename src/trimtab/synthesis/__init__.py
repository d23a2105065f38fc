"""A plan and a model: what is learned of a table, how it is chosen, drawn from and saved."""
