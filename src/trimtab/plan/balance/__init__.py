"""The plan that makes groups as many as asked."""
