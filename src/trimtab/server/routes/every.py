"""All routes, in one list."""

from __future__ import annotations

from trimtab.server.routes import (
    artifacts,
    audit,
    datasets,
    events,
    health,
    jobs,
    links,
    me,
    models,
    plans,
    projects,
    reports,
    sign_in,
    teams,
    tokens,
    users,
)

OPEN = health.OPEN  # at the root: for who watches over the server
ROUTES = (
    sign_in.ROUTES,
    me.ROUTES,
    users.ROUTES,
    tokens.ROUTES,
    teams.ROUTES,
    audit.ROUTES,
    projects.ROUTES,
    datasets.ROUTES,
    plans.ROUTES,
    models.ROUTES,
    reports.ROUTES,
    jobs.ROUTES,
    events.ROUTES,
    artifacts.ROUTES,
    links.ROUTES,
    health.ROUTES,
)
