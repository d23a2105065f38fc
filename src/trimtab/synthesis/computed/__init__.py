"""Columns that follow from others by kept rules: computed, and learned by no model."""
