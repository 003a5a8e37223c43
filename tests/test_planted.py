"""The planted bugs (tests/plant.py) still fit the sources; whether they are noticed is seen by planting them."""

from __future__ import annotations

from typing import Any

import pytest

import plant


@pytest.mark.parametrize("entry", plant.entries(), ids=lambda entry: entry["name"])
def test_the_text_stands_there_once(entry: dict[str, Any]) -> None:
    """Each bug replaces one place of one file, by something else."""
    source = (plant.SOURCES / "swmodel" / entry["file"]).read_text(encoding="utf-8")
    assert source.count(entry["text"]) == 1
    assert entry["instead"] != entry["text"]
