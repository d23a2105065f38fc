"""A service, and one who asks it over HTTP."""

from __future__ import annotations

from tests.server.fixtures import app as app
from tests.server.fixtures import client as client
from tests.server.fixtures import empty as empty
from tests.server.fixtures import kept as kept
from tests.server.fixtures import later as later
from tests.server.fixtures import owner as owner
from tests.server.fixtures import service as service
