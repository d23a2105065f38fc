"""What neural kinds share: what they see of a column, and training by steps."""
