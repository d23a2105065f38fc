"""Learners of a column from others: encoded, trained, cross-fitted, calibrated, measured."""
