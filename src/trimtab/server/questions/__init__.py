"""What is answered while one waits, in a process of its own: what users bring is opened there."""
