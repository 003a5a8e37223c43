"""Who may import whom (docs/design.md): the layers, the independence of the science, and what a start may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "swmodel"

# From the ground up: a unit may import its own layer and those before it. A unit is a module of the package, or a
# subpackage. One that is not named here is a helper of the science: second layer, like `layout` (what a setting
# declares, as codes) and `projection` (who would be where without HIV), which any process may import.
LAYERS = (
    ("jit", "units", "codes", "rng"),
    ("declare", "values", "state", "layout", "projection"),
    ("processes", "interventions", "measures", "binding"),
    ("engine",),
    ("model", "structure"),
    ("scenario", "extend", "results"),
    ("study", "simulation", "analysis"),
    ("calibrate",),
    ("charts", "report"),
    ("cli", "__main__", "__init__"),
)
LEVEL = {unit: level for level, units in enumerate(LAYERS) for unit in units}
HELPER_LEVEL = LEVEL["declare"]
SCIENCE = ("processes", "interventions", "measures")

# Imports against the layers that are wanted: made at call time, inside a function, so that nothing depends on them.
UPWARD_AT_CALL = {
    ("results", "charts"),  # Results.plot()
    ("simulation", "charts"),  # Sim.plot()
    ("study", "charts"),  # Comparison.plot()
}
HEAVY = ("networkx", "numpy", "numba", "pandas", "matplotlib", "pyarrow", "rich", "scipy", "yaml")


@dataclass(frozen=True)
class Import:
    """One import of the package's own code: from which module, of which, and whether only when a function runs."""

    module: str
    target: str
    at_call: bool
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def unit(module: str) -> str:
    """The part of the package that a module belongs to: `swmodel.scenario.load` is of `scenario`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def name_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(dotted: str) -> bool:
    """True if a dotted name is a file or a folder of the package, and not something inside a module."""
    base = PACKAGE.parent.joinpath(*dotted.split("."))
    return base.is_dir() or base.with_suffix(".py").exists()


def walk(node: ast.AST, at_call: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Import statements with whether they stand in a function; those for type checkers alone are left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, at_call
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        else:
            yield from walk(child, at_call or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))


def targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, f"line {node.lineno}: write imports in full"
    inner = [f"{node.module}.{alias.name}" for alias in node.names]
    return [one if one.startswith("swmodel") and is_module(one) else str(node.module) for one in inner]


def every_import() -> list[Import]:
    """Every import statement of the package."""
    return [
        Import(name_of(path), target, at_call, node.lineno)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node, at_call in walk(ast.parse(path.read_text(encoding="utf-8")))
        for target in targets(node)
    ]


IMPORTS = every_import()
OWN = [one for one in IMPORTS if one.target.split(".")[0] == "swmodel" and one.target != "swmodel"]


def test_layers() -> None:
    """Nothing imports a layer above its own, but for the few that do so at call time."""
    wrong = [
        str(one)
        for one in OWN
        if LEVEL.get(unit(one.target), HELPER_LEVEL) > LEVEL.get(unit(one.module), HELPER_LEVEL)
        and not (one.at_call and (unit(one.module), unit(one.target)) in UPWARD_AT_CALL)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_science_stands_alone() -> None:
    """A process, an intervention or a measure imports no other one, nor the engine or what binds it."""
    banned = (*SCIENCE, "engine", "binding", "model")
    wrong = [
        str(one)
        for one in OWN
        if unit(one.module) in SCIENCE and unit(one.target) in banned and one.module.count(".") > 1
    ]
    assert not wrong, "\n".join(wrong)


def test_helpers_of_the_science_stand_below_it() -> None:
    """What a setting declares and what is expected of it without HIV are worked out from codes alone."""
    wrong = [
        str(one)
        for one in OWN
        if unit(one.module) in ("layout", "projection") and unit(one.target) not in ("codes", "layout")
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_of_the_model_knows_an_analysis() -> None:
    """What looks at results or at a network is imported by commands and charts only."""
    may = ("analysis", "charts", "report", "cli")
    wrong = [str(one) for one in OWN if unit(one.target) == "analysis" and unit(one.module) not in may]
    assert not wrong, "\n".join(wrong)


def test_the_engine_knows_no_process() -> None:
    """The engine, the binding and the tables import no science, so that the core has no privilege."""
    wrong = [
        str(one) for one in OWN if unit(one.module) in ("engine", "binding", "state") if unit(one.target) in SCIENCE
    ]
    assert not wrong, "\n".join(wrong)


def test_only_jit_names_numba() -> None:
    """Numba's options are in one file."""
    wrong = [str(one) for one in IMPORTS if one.target.split(".")[0] == "numba" and one.module != "swmodel.jit"]
    assert not wrong, "\n".join(wrong)


def test_no_cycles() -> None:
    """Modules do not import each other in a ring when they are loaded."""
    after: dict[str, set[str]] = {}
    for one in OWN:
        if not one.at_call:
            after.setdefault(one.module, set()).add(one.target)
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for target in sorted(after.get(module, ())):
                visit(target, (*trail, module))
            done.add(module)

    for module in sorted(after):
        visit(module, ())


@pytest.mark.parametrize("start", ["import swmodel", "import swmodel.cli"])
def test_a_start_is_light(start: str) -> None:
    """The package and its command line load nothing heavy until it is used."""
    code = f"import sys; {start}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not loaded, f"'{start}' loads {', '.join(loaded)}"
