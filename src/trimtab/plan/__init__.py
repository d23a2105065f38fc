"""Tables with holes, and why they are so. No model, and no randomness."""
