"""Studies over folds of real rows: the engine, and the question of balancing."""
