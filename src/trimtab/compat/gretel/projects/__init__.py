"""Projects, by the calls of the notebook."""

from trimtab.compat.gretel.projects.project import (
    create_or_get_unique_project as create_or_get_unique_project,
)

__all__ = ["create_or_get_unique_project"]
