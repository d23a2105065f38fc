"""Where tables come from and go to: one small module for each form, and one list of them."""
