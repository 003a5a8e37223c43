"""An individual-based model of HIV and sex work. `import swmodel as sw` costs nothing until a name is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swmodel import codes, rng
    from swmodel.calibrate.posterior import read_fit
    from swmodel.declare import Attr, Counter, DeclarationError, Measure, Param, Roll, intervention, process
    from swmodel.engine import Engine
    from swmodel.pathways import Arrow
    from swmodel.results import Results
    from swmodel.scenario.load import load
    from swmodel.scenario.problems import ScenarioError
    from swmodel.scenario.spec import Scenario
    from swmodel.simulation import Sim
    from swmodel.study import compare
    from swmodel.study.paired import Comparison

    __version__: str

# Every public name, and the module that has it; a module by itself stands for the whole of it.
PUBLIC = {
    "Sim": "swmodel.simulation",
    "compare": "swmodel.study",
    "load": "swmodel.scenario.load",
    "read_fit": "swmodel.calibrate.posterior",
    "process": "swmodel.declare",
    "intervention": "swmodel.declare",
    "Param": "swmodel.declare",
    "Attr": "swmodel.declare",
    "Counter": "swmodel.declare",
    "Measure": "swmodel.declare",
    "Roll": "swmodel.declare",
    "Arrow": "swmodel.pathways",
    "Scenario": "swmodel.scenario.spec",
    "Results": "swmodel.results",
    "Comparison": "swmodel.study.paired",
    "Engine": "swmodel.engine",
    "ScenarioError": "swmodel.scenario.problems",
    "DeclarationError": "swmodel.declare",
    "rng": "",
    "codes": "",
}

__all__ = [
    "Arrow", "Attr", "Comparison", "Counter", "DeclarationError", "Engine", "Measure", "Param", "Results", "Roll",
    "Scenario", "ScenarioError", "Sim", "__version__", "codes", "compare", "intervention", "load", "process",
    "read_fit", "rng",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    from importlib import import_module

    if name == "__version__":
        found: Any = _version()
    elif name in PUBLIC:
        found = getattr(import_module(PUBLIC[name]), name) if PUBLIC[name] else import_module(f"swmodel.{name}")
    else:
        raise AttributeError(f"module 'swmodel' has no attribute '{name}'")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)


def _version() -> str:
    """The version of the installed package; a source tree that is not installed has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("swmodel")
    except PackageNotFoundError:
        return "0+unknown"
