"""The layers and the bans of the code base, checked on the syntax tree of every module.

Each rule is a function from the text of one file to the places that break it. The first half of the
tests runs the rules on the project; the second half shows that each rule can fail.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MODULES = sorted((SOURCE / "trimtab").rglob("*.py"))

# From the bottom up. A module belongs to the layer with the longest matching name, and imports only
# from its own layer and from those below it.
LAYERS = {
    "base": ("errors", "_validate", "_random", "_progress", "_cores"),
    "datasets": ("datasets",),
    "table": ("table",),
    "codec": ("codec",),
    "model": ("model",),
    "privacy": ("privacy",),
    "plan": ("plan",),
    "execute": ("plan.execute",),
    "measure": ("measure",),
    "proof": ("proof",),
    "report": ("report",),
    "choose": ("choose",),
    "workflow": (
        *("workflow", "evaluation", "holdout", "learning", "synthesizer", "remarks"),
        *("imputation", "filling", "estimates", "pooling", "completion", "distribution"),
        "adversarial",
        *("proving", "proof_question", "proof_arms"),
    ),
    "client": ("client",),
    "sklearn": ("sklearn",),
    "fair_transformer": ("fair_transformer",),
    "scale": ("scale",),
    "server": ("server",),
    "cli": ("cli",),
    "root": ("",),
}
# Layers that may see only these of the layers below them.
ONLY: dict[str, set[str]] = {
    "datasets": {"base"},
    "plan": {"base", "table"},
    "measure": {"base", "table"},
    "client": {"base"},
    "server": {"base", "table", "workflow"},
    "cli": set(LAYERS) - {"root", "server", "sklearn", "fair_transformer"},
}
DATAFRAMES = {"pandas", "polars"}
DATAFRAME_DOOR = {"table.files"}
TRACED = {"jax", "jaxlib", "equinox", "optax"}
TRACERS = {
    "model.network.layers",
    "model.network.linear",
    "model.network.steps",
    "model.network.drawing",
    "model.network.compiled",
    "model.training.device",
    "model.training.states",
    "model.network.sampler",
    "model.network.trainee",
    "model.gan.cells",
    "model.gan.conditional_game",
    "model.gan.dealing",
    "model.gan.drawing",
    "model.gan.fair_game",
    "model.gan.game",
    "model.gan.nets",
    "model.gan.noise",
    "model.gan.plain_game",
    "model.gan.steps",
    "model.gan.trainee",
    "model.graphical",
}
PERSISTENCE = {"pickle", "cPickle", "_pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}
MOST_LINES, MOST_FUNCTION_LINES = 400, 60

Rule = Callable[[str, str], Iterator[str]]


def name_of(path: Path) -> str:
    """The dotted name of a module under the package: 'table.files', '' for the package itself."""
    parts = path.relative_to(SOURCE / "trimtab").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    """The layer of a module, or None for a module that stands in no layer."""
    for length in range(module.count(".") + 1, 0, -1):
        prefix = ".".join(module.split(".")[:length])
        for layer, members in LAYERS.items():
            if module and prefix in members:
                return layer
    return "root" if module in ("", "__main__") else None


def imports(module: str, tree: ast.AST, package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, wherever the import stands."""
    here = ["trimtab", *filter(None, module.split("."))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = here[: len(here) - node.level + package] if node.level else []
            base = ".".join([*up, *filter(None, [node.module])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
            yield from ((node.lineno, str(name)) for name in names)


def top(name: str) -> str:
    return name.split(".")[0]


def upward_imports(module: str, text: str) -> Iterator[str]:
    """Imports that do not point down."""
    order, layer = list(LAYERS), layer_of(module)
    if layer is None:
        yield f"trimtab.{module} stands in no layer: give it one in LAYERS"
        return
    package = (SOURCE / "trimtab" / module.replace(".", "/")).is_dir()
    for line, name in imports(module, ast.parse(text), package):
        if top(name) != "trimtab" or layer == "root":
            continue
        target = layer_of(name.removeprefix("trimtab").removeprefix("."))
        below = set(order[: order.index(layer)])
        allowed = {layer, *(below & ONLY.get(layer, below))}
        if target not in allowed:
            yield f"line {line}: {module} ({layer}) imports {name} ({target})"


def banned_imports(module: str, text: str) -> Iterator[str]:
    """Dataframe libraries, traced JAX, persistence of code and global randomness."""
    for line, name in imports(module, ast.parse(text)):
        if top(name) in DATAFRAMES and module not in DATAFRAME_DOOR:
            yield f"line {line}: {name} outside {DATAFRAME_DOOR}"
        if top(name) in TRACED and module not in TRACERS:
            yield f"line {line}: {name} outside {TRACERS}"
        if top(name) in PERSISTENCE or top(name) == "random":
            yield f"line {line}: {name}"


def code_loading(module: str, text: str) -> Iterator[str]:
    """Calls that write or read pickles through another library."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in ("read_pickle", "to_pickle"):
            yield f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            value = ast.unparse(node.value)
            yield from [f"line {node.value.lineno}: allow_pickle={value}"] * (value != "False")


def global_randomness(module: str, text: str) -> Iterator[str]:
    """Any use of numpy.random but the type Generator, and the two makers in _random."""
    tree = ast.parse(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if ast.unparse(node.value) not in ("np.random", "numpy.random"):
            continue
        maker = module == "_random" and node.attr in ("Generator", "Philox")
        if not maker and (node.attr != "Generator" or id(node) in called):
            yield f"line {node.lineno}: {ast.unparse(node)}"
    for line, name in imports(module, tree):
        if name == "numpy.random" or name.startswith("numpy.random."):
            yield f"line {line}: {name}"


def too_long(module: str, text: str) -> Iterator[str]:
    """Files and functions beyond the limits."""
    if (lines := len(text.splitlines())) > MOST_LINES:
        yield f"{lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {lines} lines"


def unfinished(module: str, text: str) -> Iterator[str]:
    """Functions that only raise NotImplementedError."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Raise):
            said = ast.unparse(node)
            yield from [f"line {node.lineno}: {said}"] * said.startswith(
                "raise NotImplementedError"
            )


def matches(pattern: re.Pattern[str]) -> Rule:
    """The rule that no line of a file matches a pattern."""

    def rule(module: str, text: str) -> Iterator[str]:
        for number, line in enumerate(text.splitlines(), 1):
            if found := pattern.search(line):
                yield f"line {number}: {found.group()!r}"

    return rule


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

CODE_RULES: dict[str, Rule] = {
    "upward_imports": upward_imports,
    "banned_imports": banned_imports,
    "code_loading": code_loading,
    "global_randomness": global_randomness,
    "too_long": too_long,
    "unfinished": unfinished,
}
TEXT_RULES: dict[str, Rule] = {
    "registry": matches(REGISTRY),
    "machine_path": matches(MACHINE_PATH),
    "marker": matches(MARKER),
}


def project_files() -> list[Path]:
    """Every file that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the project is not in a git checkout here")
    paths = (ROOT / name for name in done.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
@pytest.mark.parametrize("rule", CODE_RULES)
def test_code(rule: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(CODE_RULES[rule](name_of(path), text)) == [], path


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_text(rule: str) -> None:
    offences = [
        f"{path.relative_to(ROOT)}, {place}"
        for path in project_files()
        for place in TEXT_RULES[rule]("", path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert offences == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("table.table", "from trimtab.codec.codec import Codec"),
        ("table.table", "def f():\n    from trimtab import workflow"),
        ("table", "from ..model import trees"),
        ("table.table", "from .. import cli"),
        ("table.table", "from trimtab import fit"),
        ("table.table", "import importlib\nimportlib.import_module('trimtab.model.trees')"),
        ("errors", "import trimtab"),
        ("errors", "import trimtab.table"),
        ("datasets", "from trimtab.table.table import Table"),
        ("codec.codec", "from trimtab.model import trees"),
        ("model.trees", "from trimtab.plan.plan import Plan"),
        ("plan.plan", "from trimtab.model.interface import Filler"),
        ("plan.quota", "from trimtab.codec import codec"),
        ("plan.quota", "from trimtab.plan.execute import execute"),
        ("plan.quota", "from trimtab.plan import execute"),
        ("choose", "from trimtab.workflow import fit"),
        ("measure.score", "from trimtab.plan.plan import Plan"),
        ("measure.score", "from trimtab.codec.codec import Codec"),
        ("client", "from trimtab.model.bundle import load"),
        ("server.app", "from trimtab.model.bundle import load"),
        ("workflow", "from trimtab.cli import main"),
        ("helpers", "import os"),
    ],
)
def test_upward_imports_are_found(module: str, text: str) -> None:
    assert len(list(upward_imports(module, text))) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("table.table", "from trimtab.errors import TableError\nfrom . import schema"),
        ("table.table", "from .schema import Schema\nfrom ..errors import TableError"),
        ("plan.quota", "from trimtab.plan.plan import Plan\nfrom trimtab.table.table import Table"),
        ("plan.execute", "from trimtab.model.interface import Filler\nimport trimtab.plan.plan"),
        ("workflow", "from trimtab import choose, datasets\nfrom trimtab.plan import execute"),
        ("cli.balance", "from trimtab import errors, workflow"),
        ("measure.score", "from trimtab.table.table import Table\nimport numpy"),
        ("", "from trimtab.workflow import fit"),
        ("__main__", "from trimtab.cli import main"),
    ],
)
def test_downward_imports_pass(module: str, text: str) -> None:
    assert list(upward_imports(module, text)) == []


@pytest.mark.parametrize(
    ("rule", "module", "text"),
    [
        ("banned_imports", "table.table", "import pandas as pd"),
        ("banned_imports", "workflow", "def f():\n    from polars import DataFrame"),
        ("banned_imports", "workflow", "import importlib\nimportlib.import_module('pandas')"),
        ("banned_imports", "model.trees", "import jax.numpy as jnp"),
        ("banned_imports", "model.bundle", "import pickle"),
        ("banned_imports", "model.bundle", "from joblib import dump"),
        ("banned_imports", "model.bundle", "from cloudpickle import dumps"),
        ("banned_imports", "model.bundle", "import shelve"),
        ("banned_imports", "model.bundle", "import marshal"),
        ("banned_imports", "datasets", "import random"),
        ("code_loading", "model.bundle", "np.load(file, allow_pickle=True)"),
        ("code_loading", "table.files", "pd.read_pickle(path)"),
        ("global_randomness", "datasets", "np.random.rand(3)"),
        ("global_randomness", "datasets", "numpy.random.seed(0)"),
        ("global_randomness", "datasets", "np.random.default_rng(0)"),
        ("global_randomness", "datasets", "np.random.Generator(bits)"),
        ("global_randomness", "_random", "np.random.default_rng(0)"),
        ("global_randomness", "datasets", "from numpy.random import default_rng"),
        ("global_randomness", "datasets", "import numpy.random"),
        ("global_randomness", "datasets", "from numpy import random"),
        ("too_long", "cli", "x = 1\n" * 401),
        ("too_long", "cli", "def f():\n" + "    x = 1\n" * 60),
        ("too_long", "cli", "class A:\n    async def f(self):\n" + "        x = 1\n" * 60),
        ("unfinished", "cli", "def f():\n    raise NotImplementedError"),
        ("unfinished", "cli", "def f():\n    raise NotImplementedError('later')"),
    ],
)
def test_bans_are_found(rule: str, module: str, text: str) -> None:
    assert len(list(CODE_RULES[rule](module, text))) == 1


@pytest.mark.parametrize(
    ("rule", "module", "text"),
    [
        ("banned_imports", "table.files", "import pandas, polars"),
        ("banned_imports", "model.network.layers", "import jax"),
        ("banned_imports", "table.files", "from narwhals import from_native"),
        ("code_loading", "model.bundle", "np.load(file, allow_pickle=False)"),
        ("global_randomness", "datasets", "def f(g: np.random.Generator): g.random(3)"),
        ("global_randomness", "_random", "np.random.Generator(np.random.Philox(key=1))"),
        ("too_long", "cli", "x = 1\n" * 400),
        ("too_long", "cli", "def f():\n" + "    x = 1\n" * 59),
        ("unfinished", "cli", "raise ValueError"),
    ],
)
def test_bans_spare_the_rest(rule: str, module: str, text: str) -> None:
    assert list(CODE_RULES[rule](module, text)) == []


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        ("registry", "see https://py" + "pi.org/project/x", True),
        ("registry", "pip install --extra-index" + "-url X", True),
        ("registry", "files.python" + "hosted.org", True),
        ("registry", "pip install -c constraints.txt .", False),
        ("machine_path", "open('/ho" + "me/someone/data.csv')", True),
        ("machine_path", "cd /t" + "mp/x", True),
        ("machine_path", "C:" + "\\Users\\x", True),
        (
            "machine_path",
            "#!/usr/bin/env bash, ../shared/data, benchmarks/tmp/x, a.b/home/c",
            False,
        ),
        ("machine_path", "https://example.org/home/page", False),
        ("marker", "# TO" + "DO: later", True),
        ("marker", "# FIX" + "ME", True),
        ("marker", "todos are kept elsewhere", False),
    ],
)
def test_text_rules(rule: str, text: str, found: bool) -> None:
    assert bool(list(TEXT_RULES[rule]("", text))) is found


def test_every_layer_is_known() -> None:
    assert set(ONLY) | set().union(*ONLY.values()) <= set(LAYERS)
    assert [name_of(path) for path in MODULES if layer_of(name_of(path)) is None] == []
