"""The toy model in the place of the model, for this folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import swmodel
import toy

FILES = Path(__file__).parent.parent / "cli" / "files"


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the toy's scenario files; the toy stands in for the model."""
    monkeypatch.setitem(sys.modules, "swmodel.model", toy.module())
    monkeypatch.setattr(swmodel, "model", toy.module(), raising=False)
    return FILES
