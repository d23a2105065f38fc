"""Training by steps: when to cool down and stop, what is kept, and how to go on after a break."""
