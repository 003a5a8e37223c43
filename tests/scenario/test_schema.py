"""The editor schema agrees with the loader on good files and refuses plain mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from declared import DECLARED

from swmodel.scenario.schema import schema
from swmodel.scenario.tree import Node, parse

jsonschema = pytest.importorskip("jsonschema")
GOLDEN = Path(__file__).parent / "golden"
SHIPPED = Path(__file__).parents[2] / "scenarios"
FILES = sorted(SHIPPED.rglob("*.yaml"))
REFUSED = (
    "unknown_keys",
    "unit_missing",
    "unit_wrong",
    "out_of_range",
    "under_18",
    "wrong_types",
    "unknown_intervention",
    "places/populations",
    "places/kinds_of_pair",
)


def plain(node: Node) -> Any:
    """A tree as JSON would hold it."""
    if node.is_map:
        return {str(key): plain(value) for key, value in node.value.items()}
    return [plain(item) for item in node.value] if node.is_list else node.value


def errors(name: str, folder: Path = GOLDEN) -> list[str]:
    """What the schema says about a file; those of the golden folder are for the model as shipped if of places."""
    tree = parse((folder / f"{name}.yaml").read_text(encoding="utf-8"), name, [])
    assert tree is not None
    made = schema() if folder != GOLDEN or name.startswith("places/") else schema(declarations=DECLARED)
    return [error.message for error in jsonschema.Draft202012Validator(made).iter_errors(plain(tree))]


def test_it_is_a_schema() -> None:
    """The schema is itself valid, and JSON."""
    made = schema(declarations=DECLARED)
    jsonschema.Draft202012Validator.check_schema(made)
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize("name", ["base", "good", "places/base"])
def test_it_accepts_good_files(name: str) -> None:
    """What loads also passes the schema."""
    assert errors(name) == []


@pytest.mark.parametrize("name", [path.relative_to(SHIPPED).with_suffix("").as_posix() for path in FILES])
def test_it_accepts_shipped_files(name: str) -> None:
    """No editor underlines anything in what ships."""
    assert errors(name, SHIPPED) == []


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_plain_mistakes(name: str) -> None:
    """An editor underlines what the loader refuses, where one value alone decides."""
    assert errors(name)


def test_it_explains() -> None:
    """Unit, range, default and source are in the description of a parameter."""
    section = schema(declarations=DECLARED)["properties"]["parameters"]["properties"]["transmission"]
    words = section["properties"]["acute_duration"]["description"]
    assert "months" in words and "1 to 6" in words and "2.9" in words and "assumption" in words
