"""Whether rows repeat real ones more closely than other real rows do."""
