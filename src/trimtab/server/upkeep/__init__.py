"""What who runs a server does beside it: backups, and a look at whether all is well."""
