"""What is done to the training rows of a study: nothing, the usual remedies, and ours."""
