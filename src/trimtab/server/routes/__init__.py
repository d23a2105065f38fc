"""The resources of the service, a file each."""
