"""The calls of a notebook for Gretel's client, carried out on one's own server, or in this process.

    from trimtab.compat.gretel import configure_session, projects
    from trimtab.compat.gretel.helpers import poll
    from trimtab.compat.gretel.projects.models import read_model_config

    configure_session(endpoint="local")
    project = projects.create_or_get_unique_project(name="balancing")
    model = project.create_model_obj(read_model_config("synthetics/default"), "training.csv")
    model.submit_cloud()
    poll(model)

What the calls are named and take is all that is theirs: docs/service.md, "The notebook".
"""

from trimtab.compat.gretel import projects as projects
from trimtab.compat.gretel.session import configure_session as configure_session

__all__ = ["configure_session", "projects"]
