"""The layers and the bans of the code base, checked on the syntax tree of every module.

Each rule is a function from the modules (or files) to the places that break it: six tests, one a
rule or a few. The last ones show, on modules made up for it, that each rule can fail.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGE = ROOT / "src" / "trimtab"

BASE = (
    "errors",
    "_arrays",
    "_cores",
    "_executor",
    "_extensions",
    "_named",
    "_random",
    "_remedies",
    "_run",
    "_shown",
    "_validate",
    "_versioned",
    "_visible",
)
# From the bottom up: what a layer is made of, and which of the layers below it may see.
LAYERS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "base": (BASE, set()),
    "table": (("table",), {"base"}),
    "datasets": (("datasets",), {"base", "table"}),
    "request": (("request",), {"base", "table"}),
    "predict": (("predict",), {"base", "table"}),
    "plan": (("plan",), {"base", "table"}),
    "codec": (("codec",), {"base", "table"}),
    "model": (("model",), {"base", "table", "request", "plan", "codec"}),
    "measure": (("measure",), {"base", "table", "predict"}),
    "synthesis": (
        ("synthesis",),
        {"base", "table", "request", "plan", "codec", "model", "measure"},
    ),
    "study": (("study",), {"base", "table", "request", "predict", "plan", "measure", "synthesis"}),
    "report": (("report",), {"base", "table", "predict", "plan", "measure", "study"}),
    "verbs": (
        ("verbs",),
        {"base", "table", "request", "predict", "plan", "measure", "synthesis", "study", "report"},
    ),
    "client": (("client",), {"base", "table", "request", "plan", "measure"}),
    "faces": (
        ("cli", "sklearn", "compat", "fair_transformer", "server"),
        {"base", "datasets", "table", "request", "predict", "plan", "measure", "synthesis"}
        | {"study", "report", "verbs", "client"},
    ),
}
# A result that is read back where the work was not done: it is told by nothing that works.
READ_BACK = {("client", "study.balancing.result.Proof")}
# Each kind of model stands alone, and is known to the rest of the package by the list of kinds.
KINDS = ("model.trees", "model.network", "model.gan")
KIND_NAMES = {
    "trees": "model.trees",
    "network": "model.network",
    "gan": "model.gan",
    "cgan": "model.gan",
    "fair-gan": "model.gan",
}
KIND_LIST = "model.kinds"
KIND_LIST_READERS = ("synthesis.choose", "synthesis.bundle")
# A default of a public signature, and the name of a random stream.
NAMED_KINDS = {("sklearn.balancer", "trees"), ("measure.fidelity.detection", "trees")}
# What can serve other questions than the one beside it: it sees nothing else of its layer.
APART = ("study.engine",)
DATAFRAMES = {"pandas", "polars"}
DATAFRAME_DOOR = "table.files"
TRACED = {"jax", "jaxlib", "equinox", "optax"}
TRACERS = {
    "model.network": {"layers", "linear", "steps", "program", "compiled", "sampler", "training"},
    "model.neural": {"device", "state_arrays"},
    "model.gan": {"cells", "nets", "noise", "objective", "batches", "generate", "steps"}
    | {"training", "plain_jax", "conditional_jax", "fair_jax"},
}
PERSISTENCE = {"pickle", "cPickle", "_pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}
MAX_LINES, MAX_FUNCTION_LINES = 400, 60
LISTINGS = ("server.database.migrations.versions.",)  # of tables, column by column
MAX_IMPORTS = 20  # modules of this package that one of them knows
MAX_INIT_LINES = 1  # of a folder that exports nothing
EXPORTING = {"", "cli", "compat.gretel", "compat.gretel.projects", "datasets", "sklearn"}


@dataclass(frozen=True)
class Module:
    """A module of the package by its name below it ('table.files', '' for the package itself)."""

    name: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and full name of everything it imports, wherever the import stands."""
        here = ["trimtab", *filter(None, self.name.split("."))]
        names: list[tuple[int, str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                up = here[: len(here) - node.level + self.is_package] if node.level else []
                base = ".".join([*up, *filter(None, [node.module])])
                names += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                literal = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
                names += [(node.lineno, str(name)) for name in literal]
        return names

    @cached_property
    def own_imports(self) -> list[tuple[int, str]]:
        """The same of this package alone, by names below it."""
        own = [(line, name) for line, name in self.imports if top(name) == "trimtab"]
        return [(line, name.removeprefix("trimtab").removeprefix(".")) for line, name in own]


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def package() -> tuple[Module, ...]:
    """All modules of the package."""
    modules = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules.append(Module(name, path.read_text(encoding="utf-8"), is_package))
    return tuple(modules)


def top(name: str) -> str:
    return name.split(".")[0]


def under(name: str, folder: str) -> bool:
    return name == folder or name.startswith(folder + ".")


def layer_of(name: str) -> str | None:
    """The layer of a module; 'root' for the package itself, None for what stands in no layer."""
    if name in ("", "__main__"):
        return "root"
    return next((k for k, (members, _) in LAYERS.items() if top(name) in members), None)


def upward_imports(module: Module) -> Iterator[str]:
    """Imports that do not point down, or that skip to where the layer may not look."""
    layer = layer_of(module.name)
    if layer is None:
        yield f"{module.name} stands in no layer: give it one in LAYERS"
    if layer is None or layer == "root":
        return
    for line, name in module.own_imports:
        target = layer_of(name)
        if target not in {layer, *LAYERS[layer][1]} and (layer, name) not in READ_BACK:
            yield f"{module.name}, line {line}: {layer} imports {name} ({target})"


def circles(modules: Mapping[str, Module]) -> Iterator[str]:
    """Modules that import each other, whatever the way round."""
    arrows = {}
    for name, module in modules.items():
        targets = {n if n in modules else n.rpartition(".")[0] for _, n in module.own_imports}
        arrows[name] = targets & (modules.keys() - {name, ""})
    while arrows:
        free = [name for name, targets in arrows.items() if not targets & arrows.keys()]
        if not free:
            held = {n: t & arrows.keys() for n, t in arrows.items()}
            wanted = set().union(*held.values())
            yield "in or before a circle: " + ", ".join(sorted(n for n in held if n in wanted))
            return
        for name in free:
            del arrows[name]


def knows_too_many(module: Module) -> Iterator[str]:
    """A module that imports more of this package than a reader can keep in mind."""
    if module.name in EXPORTING:
        return
    homes = {_home(name) for _, name in module.own_imports} - {module.name, ""}
    if len(homes) > MAX_IMPORTS:
        yield f"{module.name} imports {len(homes)} modules: {', '.join(sorted(homes))}"


@cache
def _names() -> frozenset[str]:
    return frozenset(module.name for module in package())


def _home(name: str) -> str:
    """The module that an imported name is of."""
    return name if name in _names() else name.rpartition(".")[0]


def known_kinds(module: Module) -> set[tuple[str, str]]:
    """(module, kind) for each kind of model that a module outside of it knows."""
    pairs = set()
    for _, name in module.own_imports:
        kind = next((k for k in KINDS if under(name, k)), None)
        if kind and not under(module.name, kind) and module.name != KIND_LIST:
            pairs.add((module.name, kind))
    return pairs


def named_kinds(module: Module) -> Iterator[str]:
    """Names of kinds of models in texts that are no docstrings, outside of their own folders."""
    docstrings = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        for name, folder in KIND_NAMES.items():
            own = under(module.name, folder) or (module.name, name) in NAMED_KINDS
            named = node.value == name or f"--model {name}" in node.value
            if named and not own and id(node) not in docstrings:
                yield f"{module.name}, line {node.lineno}: {node.value!r}"


FLAG = re.compile(r"(?:^|[\s(])--[a-z]")


def named_flags(module: Module) -> Iterator[str]:
    """Options of commands in texts that are no docstrings: those are the words of one face."""
    docstrings = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    if under(module.name, "cli"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole_command = "trimtab " in node.value or "a command: " in node.value
            if FLAG.search(node.value) and not whole_command and id(node) not in docstrings:
                yield f"{module.name}, line {node.lineno}: {node.value!r}"


def kind_list_readers(module: Module) -> Iterator[str]:
    """Imports of the list of kinds by those that should not need it."""
    allowed = any(under(module.name, reader) for reader in KIND_LIST_READERS)
    for line, name in module.own_imports:
        if under(name, KIND_LIST) and not allowed:
            yield f"{module.name}, line {line}: {name}"


def beside(module: Module) -> Iterator[str]:
    """Imports of what stands beside a folder, by one that stands apart."""
    for folder in APART:
        for line, name in module.own_imports if under(module.name, folder) else ():
            if layer_of(name) == layer_of(folder) and not under(name, folder):
                yield f"{module.name}, line {line}: {name}"


def banned_imports(module: Module) -> Iterator[str]:
    """Dataframe libraries, traced JAX, persistence of code and global randomness."""
    folder, _, leaf = module.name.rpartition(".")
    for line, name in module.imports:
        dataframes = top(name) in DATAFRAMES and module.name != DATAFRAME_DOOR
        traced = top(name) in TRACED and leaf not in TRACERS.get(folder, ())
        if dataframes or traced or top(name) in PERSISTENCE or top(name) == "random":
            yield f"{module.name}, line {line}: {name}"
        if name == "numpy.random" or name.startswith("numpy.random."):
            yield f"{module.name}, line {line}: {name}"


def banned_calls(module: Module) -> Iterator[str]:
    """Pickles through another library, randomness without a key, and work left undone."""
    called = {id(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    for node in ast.walk(module.tree):
        text = ""
        if isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            pickled = node.attr in ("read_pickle", "to_pickle")
            if not pickled and ast.unparse(node.value) not in ("np.random", "numpy.random"):
                continue
            makes = module.name == "_random" and node.attr in ("Generator", "Philox")
            if makes or (node.attr == "Generator" and id(node) not in called):
                continue
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if ast.unparse(node.value) == "False":
                continue
            text = "allow_pickle"
            node = node.value
        elif isinstance(node, ast.Raise):
            text = ast.unparse(node)
            if not text.startswith("raise NotImplementedError"):
                continue
        else:
            continue
        yield f"{module.name}, line {node.lineno}: {text}"


def too_long(module: Module) -> Iterator[str]:
    """Files and functions beyond the limits, and folders that do not say what they are."""
    lines = len(module.text.splitlines())
    if lines > MAX_LINES:
        yield f"{module.name}: {lines} lines"
    listing = module.name.startswith(LISTINGS)
    for node in () if listing else ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{module.name}, line {node.lineno}: {node.name} has {length} lines"
    silent = ast.get_docstring(module.tree) is None or lines > MAX_INIT_LINES
    if module.is_package and module.name not in EXPORTING and silent:
        yield f"{module.name}/__init__.py: expected one line that says what the folder is"


# In pieces, so that this file does not hold what it looks for.
REGISTRY = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in [
            ("pyp", "i.org"),
            ("pyp", "i.python.org"),
            ("python", "hosted.org"),
            ("conda", ".anaconda.org"),
            ("repo.anaconda", ".com"),
            ("npm", "js.org"),
            ("npm", "js.com"),
            ("crates", ".io"),
            ("ruby", "gems.org"),
            ("proxy.go", "lang.org"),
            ("index", "-url"),
            ("find", "-links"),
            ("PIP_IN", "DEX"),
        ]
    ),
    re.IGNORECASE,
)
HOMES = "|".join(("home", "work", "root", "tmp", "Users", "mnt", "var", "opt", "usr/local"))
MACHINE_PATH = re.compile(rf"(?<![\w.~$)}}\]>*/-])/(?:{HOMES})/\w|\b[A-Z]:[\\]+(?:{HOMES})")
MARKER = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
TEXT_BANS = (REGISTRY, MACHINE_PATH, MARKER)


def banned_text(text: str) -> Iterator[str]:
    """Hosts of package registries, paths of a machine, and marks of unfinished work."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern in TEXT_BANS:
            if match := pattern.search(line):
                yield f"line {number}: {match.group()!r}"


def project_files() -> list[Path]:
    """Every file that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the project is not in a git checkout here")
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def picture() -> str:
    """The layers from the top down, a line each, as CONTRIBUTING shows them."""
    lines = []
    for layer, (members, sees) in reversed(LAYERS.items()):
        name = layer if members == (layer,) else f"{layer} ({', '.join(members)})"
        below = ", ".join(k for k in reversed(LAYERS) if k in sees) or "nothing"
        lines.append(f"    {name} -> {below}")
    return "\n".join(lines)


def test_imports_point_down() -> None:
    modules = {module.name: module for module in package()}
    assert [place for module in modules.values() for place in upward_imports(module)] == []
    assert list(circles(modules)) == []
    assert [place for module in modules.values() for place in beside(module)] == []


def test_kinds_of_models_stand_apart() -> None:
    modules = package()
    assert set().union(*map(known_kinds, modules)) == set()
    assert [place for module in modules for place in named_kinds(module)] == []
    assert [place for module in modules for place in kind_list_readers(module)] == []


def test_the_library_speaks_of_arguments_and_not_of_options() -> None:
    assert [place for module in package() for place in named_flags(module)] == []


def test_bans_are_kept() -> None:
    modules = package()
    assert [place for module in modules for place in banned_imports(module)] == []
    assert [place for module in modules for place in banned_calls(module)] == []


def test_no_module_knows_too_many_others() -> None:
    assert [place for module in package() for place in knows_too_many(module)] == []


def test_files_and_functions_are_short() -> None:
    assert [place for module in package() for place in too_long(module)] == []


def test_no_file_holds_what_must_not_stand_there() -> None:
    offences = [
        f"{path.relative_to(ROOT)}, {place}"
        for path in project_files()
        if path.suffix != ".png"  # whose bytes may spell anything
        for place in banned_text(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert offences == []


def test_the_picture_of_the_layers_is_this_one() -> None:
    below = set[str]()
    for layer, (_, sees) in LAYERS.items():
        assert sees <= below, f"{layer} sees a layer that is not below it"
        below.add(layer)
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert picture() in page, f"CONTRIBUTING.md should show:\n{picture()}"


Check = Callable[[Module], Iterator[str]]


@dataclass(frozen=True)
class Example:
    """A module that breaks a rule in one place (`breaks`), or keeps it."""

    rule: Check
    name: str
    text: str
    breaks: bool = True
    is_package: bool = False


UPWARD = [
    ("table.table", "from trimtab.codec.codec import Codec"),
    ("table.table", "def f():\n    from trimtab import verbs"),
    ("table.table", "from .. import cli"),
    ("table.table", "from trimtab import fit"),
    ("table.table", "import importlib\nimportlib.import_module('trimtab.model.trees')"),
    ("errors", "import trimtab"),
    ("errors", "import trimtab.table"),
    ("datasets", "from trimtab.codec.codec import Codec"),
    ("codec.codec", "from trimtab.model.grid import grid"),
    ("plan.plan", "from trimtab.model.interface import Filler"),
    ("plan.balance.quota", "from trimtab.codec import codec"),
    ("plan.balance.quota", "from trimtab.synthesis.execute import execute"),
    ("measure.score", "from trimtab.plan.plan import Plan"),
    ("measure.score", "from trimtab.synthesis.learned import Learned"),
    ("predict.sample", "from trimtab.plan.plan import Plan"),
    ("predict.sample", "from trimtab.measure.score import Score"),
    ("synthesis.learn", "from trimtab.verbs.fit import fit"),
    ("study.balancing.fold", "from trimtab.codec.codec import Codec"),
    ("report.html", "from trimtab.synthesis.learned import Learned"),
    ("verbs.fit", "from trimtab.cli import main"),
    ("cli.inspect", "from trimtab.model.trees.trees import Trees"),
    ("client.models", "from trimtab.synthesis.synthesizer import load"),
    ("client.client", "from trimtab.verbs.balance import balance"),
    ("client.results", "from trimtab.study.balancing.proving import execute"),
    ("sklearn.cells", "from trimtab.codec.domain import Codes"),
    ("helpers", "import os"),
]
DOWNWARD = [
    ("table.table", "from trimtab.errors import TableError\nfrom . import schema"),
    ("table.table", "from .schema import Schema\nfrom ..errors import TableError"),
    ("model.gan.settings", "from trimtab.plan.plan import Plan"),
    ("synthesis.execute", "from trimtab.model.interface import Filler\nimport trimtab.plan.plan"),
    ("verbs.fit", "from trimtab.synthesis import learn\nfrom trimtab.report.write import check"),
    ("cli.balance", "from trimtab import errors\nfrom trimtab.verbs import balance"),
    ("measure.score", "from trimtab.table.table import Table\nimport numpy"),
    ("", "from trimtab.verbs.fit import fit"),
    ("__main__", "from trimtab.cli import main"),
]
EXAMPLES = [
    *(Example(upward_imports, name, text) for name, text in UPWARD),
    Example(upward_imports, "table", "from ..model import trees", is_package=True),
    *(Example(upward_imports, name, text, breaks=False) for name, text in DOWNWARD),
    Example(beside, "study.engine.schedule", "from trimtab.study.question import Part"),
    Example(beside, "study.engine.work", "from trimtab.study.balancing import fold"),
    Example(beside, "study.engine.work", "from trimtab._run import Run", breaks=False),
    Example(beside, "study.engine.schedule", "from .work import Piece", breaks=False),
    Example(beside, "study.learners", "from trimtab.study.question import Part", breaks=False),
    Example(kind_list_readers, "verbs.fit", "from trimtab.model.kinds import KINDS"),
    Example(named_kinds, "synthesis.learn", "if model == 'trees':\n    pass"),
    Example(named_kinds, "cli.fit", "say('ask for --model network')"),
    Example(named_kinds, "model.gan.gan", "say('ask for --model network')"),
    Example(named_kinds, "model.gan.gan", "kind = 'gan'", breaks=False),
    Example(named_kinds, "verbs.fit", '"""Takes --model trees."""', breaks=False),
    Example(named_flags, "verbs.fit", "say('use --mode replace')"),
    Example(named_flags, "verbs.fit", "say(\"use `mode='replace'`\")", breaks=False),
    Example(named_flags, "verbs.fit", "say('by `trimtab fit --first A`')", breaks=False),
    Example(named_flags, "cli.fit", "say('use --mode replace')", breaks=False),
    Example(kind_list_readers, "synthesis.choose", "from trimtab.model import kinds", breaks=False),
    Example(banned_imports, "table.table", "import pandas as pd"),
    Example(banned_imports, "verbs.fit", "def f():\n    from polars import DataFrame"),
    Example(banned_imports, "verbs.fit", "import importlib\nimportlib.import_module('pandas')"),
    Example(banned_imports, "model.trees.trees", "import jax.numpy as jnp"),
    Example(banned_imports, "synthesis.bundle.bundle", "from joblib import dump"),
    *(Example(banned_imports, "datasets", f"import {name}") for name in sorted(PERSISTENCE)),
    Example(banned_imports, "datasets", "import random"),
    Example(banned_imports, "datasets", "from numpy.random import default_rng"),
    Example(banned_imports, "datasets", "import numpy.random"),
    Example(banned_imports, "datasets", "from numpy import random"),
    Example(banned_imports, "table.files", "import pandas, polars", breaks=False),
    Example(banned_imports, "model.network.layers", "import jax", breaks=False),
    Example(banned_imports, "table.files", "from narwhals import from_native", breaks=False),
    Example(banned_calls, "table.files", "np.load(file, allow_pickle=True)"),
    Example(banned_calls, "table.files", "pd.read_pickle(path)"),
    Example(banned_calls, "datasets", "np.random.rand(3)"),
    Example(banned_calls, "datasets", "numpy.random.seed(0)"),
    Example(banned_calls, "datasets", "np.random.Generator(bits)"),
    Example(banned_calls, "_random", "np.random.default_rng(0)"),
    Example(banned_calls, "cli", "def f():\n    raise NotImplementedError"),
    Example(banned_calls, "cli", "def f():\n    raise NotImplementedError('later')"),
    Example(banned_calls, "cli", "raise ValueError", breaks=False),
    Example(banned_calls, "table.files", "np.load(file, allow_pickle=False)", breaks=False),
    Example(banned_calls, "datasets", "def f(g: np.random.Generator): g.random(3)", breaks=False),
    Example(banned_calls, "_random", "np.random.Generator(np.random.Philox(key=1))", breaks=False),
    Example(knows_too_many, "cli.fit", "".join(f"import trimtab.m{i}.x\n" for i in range(21))),
    Example(knows_too_many, "cli.fit", "import trimtab.errors\n" * 21, breaks=False),
    Example(too_long, "cli.fit", "x = 1\n" * 401),
    Example(too_long, "cli.fit", "def f():\n" + "    x = 1\n" * 60),
    Example(too_long, "cli.fit", "class A:\n    async def f(self):\n" + "        x = 1\n" * 60),
    Example(too_long, "table", "", is_package=True),
    Example(too_long, "table", '"""Tables."""\nx = 1\n', is_package=True),
    Example(too_long, "table", '"""Tables."""\n', breaks=False, is_package=True),
    Example(too_long, "cli.fit", "x = 1\n" * 400, breaks=False),
    Example(too_long, "cli.fit", "def f():\n" + "    x = 1\n" * 59, breaks=False),
]


def test_rules_can_fail_and_can_hold() -> None:
    for e in EXAMPLES:
        places = list(e.rule(Module(e.name, e.text, e.is_package)))
        assert len(places) == int(e.breaks), (e, places)


def test_kinds_and_circles_are_found() -> None:
    knows = Module("model.gan.fit", "from trimtab.model.trees.trees import Trees")
    assert known_kinds(knows) == {("model.gan.fit", "model.trees")}
    assert known_kinds(Module("model.kinds", knows.text)) == set()
    assert known_kinds(Module("model.trees.fit", knows.text)) == set()
    a = Module("table.a", "from trimtab.table.b import x")
    b = Module("table.b", "def f():\n    from trimtab.table import c")
    c = Module("table.c", "import trimtab.table.a")
    assert len(list(circles({m.name: m for m in (a, b, c)}))) == 1
    assert list(circles({m.name: m for m in (a, b)})) == []


def test_banned_text_is_found() -> None:
    for text in (
        "see https://py" + "pi.org/project/x",
        "pip install --extra-index" + "-url X",
        "files.python" + "hosted.org",
        "open('/ho" + "me/someone/data.csv')",
        "cd /t" + "mp/x",
        "C:" + "\\Users\\x",
        "# TO" + "DO: later",
        "# FIX" + "ME",
    ):
        assert len(list(banned_text(text))) == 1, text
    for text in (
        "pip install -c constraints.txt .",
        "#!/usr/bin/env bash, ../shared/data, benchmarks/tmp/x, a.b/home/c",
        "https://example.org/home/page",
        "todos are kept elsewhere",
    ):
        assert list(banned_text(text)) == [], text
