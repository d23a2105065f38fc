"""How much of a figure is chance: intervals, permutations, and the figure of real rows."""
