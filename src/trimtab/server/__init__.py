"""The service: projects, jobs and artifacts for a team, over HTTP (docs/service.md)."""
