"""A start is quick because nothing heavy is imported; checked by what was imported, since times depend on machines."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("networkx", "numpy", "numba", "pandas", "matplotlib", "pydantic", "scipy", "pyarrow", "yaml", "rich")


def imported_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after running some code."""
    show = "import sys; sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--help"], ["compare", "--help"], ["check", "--help"], ["describe", "--help"],
              ["network", "--help"], ["plot", "--help"], ["schema", "--help"]], ids=" ".join,
)  # fmt: skip
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    """Neither the list of commands nor any command's help waits for numbers or charts."""
    code = f"from swmodel.cli import main\ntry: main({words!r})\nexcept SystemExit: pass"
    assert not imported_after(code) & set(HEAVY)


def test_package_imports_nothing_heavy() -> None:
    """`import swmodel` is free; a name brings only what it needs."""
    assert not imported_after("import swmodel as sw; dir(sw)") & set(HEAVY)
    code = "import swmodel as sw; sw.Param, sw.Attr, sw.Measure, sw.Counter, sw.process, sw.codes, sw.Scenario"
    assert not imported_after(code) & set(HEAVY)


def test_every_public_name_exists() -> None:
    """What `__all__` promises is there, and nothing is missing from it."""
    import swmodel as sw

    assert sorted(sw.__all__) == sorted([*sw.PUBLIC, "__version__"])
    for name in sw.__all__:
        assert getattr(sw, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sw.nothing
