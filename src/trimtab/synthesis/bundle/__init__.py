"""What was learned as one file, and back."""
