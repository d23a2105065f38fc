"""The chain of boosted trees: each column drawn given those before it."""
