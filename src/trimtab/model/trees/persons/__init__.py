"""Persons with several rows each: persons by a chain of their own, and their rows one by one."""
