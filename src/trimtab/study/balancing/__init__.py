"""Does balancing help? Arms that are done to training rows, what they come to, and the verdict."""
