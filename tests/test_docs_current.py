"""The generated pages of the documentation say what the code says, and what the docs name exists."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """`docs/generate.py` as a module."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_generate"] = module
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current(generate: ModuleType) -> None:
    """A change of a declaration or of the order changes its page in the same commit."""
    wrong = [path.relative_to(ROOT).as_posix() for path in generate.stale()]
    assert not wrong, f"stale: {', '.join(wrong)}; run `make docs-pages`"


def test_every_case_says_what_it_shows(generate: ModuleType) -> None:
    """The table of verification cases has a sentence for each test."""
    found = [row for path in sorted((ROOT / "tests").rglob("test_*.py")) for row in generate.marked(path)]
    silent = [place for _, about, place in found if not about]
    assert not silent, f"marked with a case, but without a docstring: {', '.join(silent)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_within_the_repository(page: Path) -> None:
    """Every relative link of a page leads to a file."""
    targets = [t for t in LINK.findall(page.read_text(encoding="utf-8")) if not re.match(r"[a-z]+:", t)]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing, f"{page.name} links to {', '.join(missing)}"
