"""Every verb is a kind of job."""

from __future__ import annotations

import inspect
from importlib import import_module

from trimtab.server.jobs.kinds import KINDS
from trimtab.verbs.carry_out import VERBS

NOUNS = {"dataset", "model", "plan", "artifact"}


def test_every_verb_is_a_kind_and_takes_what_the_kind_says() -> None:
    assert {kind.request for kind in KINDS.values()} == set(VERBS)
    for verb, kind in KINDS.items():
        assert kind.verb == verb
        takes = inspect.signature(import_module(VERBS[kind.request]).carry_out).parameters
        named = {n for n, p in takes.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
        assert kind.beside.keys() <= named, verb
        must = {n for n in named if takes[n].default is inspect.Parameter.empty}
        assert kind.required == {"data"} | must, verb
        assert {noun for nouns in kind.inputs.values() for noun in nouns} <= NOUNS
