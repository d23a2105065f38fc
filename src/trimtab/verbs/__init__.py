"""What people ask for, a file each: composition only."""
