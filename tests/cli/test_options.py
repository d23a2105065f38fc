"""The options of the commands are the fields of what is asked."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Annotated, Any, get_args

import pytest
import typer
from typer.main import get_command

from tests.request.test_request import FUNCTIONS
from trimtab.cli.arguments import After
from trimtab.cli.options import Options, command
from trimtab.cli.words import in_options
from trimtab.errors import InputError
from trimtab.request.balance import Balance
from trimtab.request.base import Request
from trimtab.request.complete import Complete
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.synthesis.choose import option_fields

# Fields that a command leaves out on purpose: what is asked of kinds of models is told by them.
NOT_AN_OPTION: dict[type[Request], set[str]] = {Fit: {"options"}}


def parameters_of(verb: str) -> dict[str, Any]:
    """The parameters of a command, by name."""
    app = typer.Typer(add_completion=False)
    app.command()(getattr(import_module(f"trimtab.cli.{verb}"), verb))
    return {str(p.name): p for p in get_command(app).params}


@pytest.mark.parametrize("kind", FUNCTIONS, ids=lambda r: r.verb)
def test_every_field_is_an_option_with_its_default(kind: type[Request]) -> None:
    parameters = parameters_of(kind.verb)
    fields = kind.fields()
    names = [name for name in parameters if name in fields]
    assert names == [name for name in fields if name not in NOT_AN_OPTION.get(kind, ())]
    for name in names:
        parameter, field = parameters[name], fields[name]
        listed = name == "arms"  # other packages add to them
        assert listed or parameter.help == in_options(str(field.description))
        assert "--" + name.replace("_", "-") in parameter.opts
        assert parameter.required == field.is_required()
    texts = {name: parameters[name].default for name in names}
    required = {
        name: ("g" if name == "by" else "y") for name in names if fields[name].is_required()
    }
    by_options = Options(kind, {**texts, **required}).read()
    for name in names:
        if name not in required:
            assert getattr(by_options, name) == fields[name].default, name


def test_the_options_of_kinds_of_models_are_told_by_them() -> None:
    parameters, fields = parameters_of("fit"), option_fields()
    names = list(parameters)
    assert list(fields) == ["recipe", "protected", "protected_shares", "target_shares"]
    first = names.index("recipe")
    assert names[first : first + 4] == list(fields)
    for name, field in fields.items():
        assert parameters[name].help == field.description
    for kind in (Balance, Complete):
        assert parameters_of(kind.verb)["model"].metavar == "auto|best|trees|network|cgan|persons"
    filling = "auto|best|trees|chained|network|cgan|persons"
    assert parameters_of(Impute.verb)["model"].metavar == filling
    assert (
        parameters["model"].metavar == "auto|best|trees|chained|network|gan|cgan|fair-gan|persons"
    )


def test_what_is_asked_of_a_kind_of_model_is_read_apart() -> None:
    texts = {"model": "cgan", "recipe": "steps=9", "protected": None, "min_count": 3}
    assert Options(Fit, texts).read() == Fit(
        model="cgan", options={"recipe": {"steps": "9"}}, min_count=3
    )


def test_a_command_reads_its_options_into_a_request() -> None:
    given = []

    @command(Complete)
    def one(
        options: Options[Complete], data: str, where: Annotated[str, After("seed")] = ""
    ) -> None:
        given.append((options.read(), data, where))

    assert [*inspect.signature(one).parameters] == ["data", *Complete.fields(), "where"]
    app = typer.Typer()
    app.command()(one)
    words = ["d.csv", "--drop", "a,b", "--min-count", "3", "--outcome", "y", "--where", "x"]
    get_command(app)(words, standalone_mode=False)
    assert given == [(Complete(drop=("a", "b"), min_count=3, outcome=("y",)), "d.csv", "x")]


def test_what_the_options_say_is_checked() -> None:
    options = Options(Balance, {"by": "a,b", "bins": "a=3", "min_count": -1})
    assert options["by"] == "a,b"
    with pytest.raises(InputError, match="min_count = -1"):
        options.read()
    assert Options(Balance, {"by": "a,b", "bins": "a=3"}).read(to="equal").to == "equal"


def test_no_place_is_named_like_a_field() -> None:
    for kind in FUNCTIONS:
        function = getattr(import_module(f"trimtab.cli.{kind.verb}"), kind.verb)
        annotations = [p.annotation for p in inspect.signature(function).parameters.values()]
        assert len(annotations) == len(parameters_of(kind.verb))
        assert all(get_args(a) for a in annotations)
