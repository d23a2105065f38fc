"""Studies of any question: pieces of work in order, side by side, in time, and kept in a file."""
