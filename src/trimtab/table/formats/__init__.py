"""How the cells of a column are written: numbers, dates, times of day, answers of yes and no."""
