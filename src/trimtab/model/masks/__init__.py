"""What the columns of a row may be together: which codes are left, given those before."""
