"""What the README and the docs show is run: blocks of Python, scenarios, and extensions."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from swmodel.engine import Engine
from swmodel.extend import load_file
from swmodel.model import contents
from swmodel.scenario.load import load_with_extensions

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<language>python|yaml)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
PEOPLE, YEARS = 1000, 2  # at least one sex worker in each setting of Cotonou
LINES_OF_AN_EXAMPLE = 40


@dataclass(frozen=True)
class Block:
    """A block of code of a page, and the line on which it starts."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def is_extension(self) -> bool:
        """True for a block that declares a process."""
        return "@process(" in self.text or "@intervention(" in self.text


def blocks(language: str) -> Iterator[Block]:
    """Every block of a language, over all pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            if found["language"] == language:
                yield Block(page, text[: found.start()].count("\n") + 1, language, found["text"])


PYTHON = list(blocks("python"))


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A copy of the shipped scenarios and fits with the examples of the docs, to write beside."""
    copy = Path(shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios"))
    shutil.copytree(ROOT / "calibration", tmp_path / "calibration")
    for path in EXAMPLES:
        shutil.copy(path, copy)
    return copy


@pytest.mark.parametrize("block", [b for b in PYTHON if not b.is_extension], ids=str)
def test_python(block: Block, scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs as it stands, from the root of the repository."""
    monkeypatch.chdir(scenarios.parent)
    exec(compile(block.text, str(block), "exec"), {})


@pytest.mark.parametrize("block", [b for b in PYTHON if b.is_extension], ids=str)
def test_extension(block: Block, scenarios: Path) -> None:
    """Saved beside a scenario that names it, it runs."""
    (scenarios / "shown.py").write_text(block.text, encoding="utf-8")
    run_with(scenarios, "shown.py")


@pytest.mark.parametrize("block", [b for b in blocks("yaml") if "extends:" in b.text], ids=str)
def test_scenario(block: Block, scenarios: Path) -> None:
    """A scenario that a page shows is valid, and runs."""
    (scenarios / "shown.yaml").write_text(block.text, encoding="utf-8")
    run(scenarios / "shown.yaml")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example(path: Path, scenarios: Path) -> None:
    """An example of the docs runs with its interventions on, and fits on a screen."""
    assert len(path.read_text(encoding="utf-8").splitlines()) < LINES_OF_AN_EXAMPLE
    levers = [f"  - {kind}: {{start: 1985, coverage: 0.5}}\n" for kind in load_file(path).interventions]
    run_with(scenarios, path.name, "interventions:\n" + "".join(levers) if levers else "")


def run_with(folder: Path, extension: str, more: str = "") -> Engine:
    """A short run of Cotonou with an extension beside it."""
    text = f"extends: settings/cotonou.yaml\ntitle: shown\nextensions: [{extension}]\n{more}"
    (folder / "shown.yaml").write_text(text, encoding="utf-8")
    return run(folder / "shown.yaml")


def run(path: Path) -> Engine:
    """A short run of a scenario with its extensions."""
    scenario, extensions = load_with_extensions(path, people=PEOPLE)
    return Engine(scenario, contents(scenario, extensions), seed=1).run(until=scenario.start + YEARS)
