"""What is asked: one frozen, validated request per verb, as plain data. No model, no table."""
