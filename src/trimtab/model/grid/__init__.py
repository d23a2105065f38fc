"""Numbers and labels cut into intervals and tokens, as every kind of model sees them."""
