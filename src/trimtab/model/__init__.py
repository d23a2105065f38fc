"""What is learned: kinds of models that fill the holes of coded rows."""
