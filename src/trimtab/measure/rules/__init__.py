"""Whether rows keep the rules that the real rows keep."""
