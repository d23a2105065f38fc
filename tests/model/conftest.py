"""So that the folders below can import this folder's helpers: pytest puts it on the path."""
