"""Samples as arrays, learners of one column from others, calibration, thresholds, figures."""
