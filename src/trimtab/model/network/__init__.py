"""The any-order network: fills any hole of a row, given any of its other cells."""
