"""The planted bugs (tests/plant.py) still fit the sources, and docstrings name no others.

Whether they are noticed is seen by planting them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

import plant

MARK = "Planted:"  # in a docstring, before the names of bugs that its tests notice, parted by semicolons


@pytest.mark.parametrize("entry", plant.entries(), ids=lambda entry: entry["name"])
def test_the_text_stands_there_once(entry: dict[str, Any]) -> None:
    """Each bug replaces one place of one file, by something else."""
    source = (plant.SOURCES / "swmodel" / entry["file"]).read_text(encoding="utf-8")
    assert source.count(entry["text"]) == 1
    assert entry["instead"] != entry["text"]


def test_names_are_used_once() -> None:
    """A name stands for one bug, as it is planted by its name."""
    names = [entry["name"] for entry in plant.entries()]
    assert sorted(names) == sorted(set(names))


def phrases(docstring: str) -> list[str]:
    """The names of bugs in a docstring, whatever its line breaks."""
    _, _, named = " ".join(docstring.split()).partition(f"{MARK} ")
    return [phrase.strip() for phrase in named.removesuffix(".").split(";") if phrase.strip()]


def named_by_tests() -> Iterator[tuple[str, str, str]]:
    """Each bug that a docstring of the verification tests names: the file, the test, the name."""
    for path in sorted((plant.TESTS / "verification").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for phrase in phrases(ast.get_docstring(node) or ""):
                    yield path.name, getattr(node, "name", path.stem), phrase


def test_bugs_named_in_docstrings_are_planted() -> None:
    """What docstrings of verification tests name after "Planted:" is a bug that is planted for tests of that file."""
    tests, missing = {entry["name"]: entry["tests"] for entry in plant.entries()}, []
    for file, test, phrase in named_by_tests():
        if phrase not in tests:
            missing.append(f"{file}, {test}: no bug named {phrase!r}")
        elif f"tests/verification/{file}" not in tests[phrase].replace("::", " ").split():
            missing.append(f"{file}, {test}: {phrase!r} is planted for {tests[phrase]}")
    assert not missing, "\n".join(["bugs that docstrings name but nobody plants:", *missing])
