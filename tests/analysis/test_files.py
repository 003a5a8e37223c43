"""The files of a network: what comes back is what was written, whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from analysis.towns import TOWN
from swmodel.analysis import files
from swmodel.analysis.network import (
    statistics,
    to_networkx,
    write_edges_csv,
    write_gexf,
    write_graphml,
    write_people_csv,
    write_statistics,
)

Write = Callable[..., None]


def as_text(graph: nx.MultiGraph) -> tuple[list[Any], list[Any]]:
    """People and pairs of a graph in order, whatever type its node names are of."""
    nodes = sorted((str(node), {k: data[k] for k in files.PEOPLE[1:]}) for node, data in graph.nodes(data=True))
    edges = [({str(a), str(b)}, {k: data[k] for k in files.PAIRS[2:]}) for a, b, data in graph.edges(data=True)]
    return nodes, sorted((sorted(ends), sorted(data.items())) for ends, data in edges)


@pytest.mark.parametrize(("write", "read"), [(write_graphml, nx.read_graphml), (write_gexf, nx.read_gexf)])
def test_round_trip(tmp_path: Path, write: Write, read: Callable[..., Any]) -> None:
    """People, pairs, those of the same two people too, and all that is known of them come back."""
    path = tmp_path / "network"
    write(TOWN, path)
    back, graph = read(path), to_networkx(TOWN)
    assert graph.number_of_nodes() == 6 and graph.number_of_edges() == 7
    assert as_text(back) == as_text(graph)
    first = path.read_bytes()
    write(TOWN, path)
    assert path.read_bytes() == first and b"lastmodifieddate" not in first
    assert [file.name for file in tmp_path.iterdir()] == ["network"]


def test_a_graph_has_plain_types_and_may_leave_kinds_out() -> None:
    """Attributes are Python's own types; everybody is a node, whoever has no such pair too."""
    graph = to_networkx(TOWN, kinds=["spouse"])
    assert graph.number_of_edges() == 2 and graph.number_of_nodes() == 6
    found = [value for _, data in graph.nodes(data=True) for value in data.values()]
    found += [value for *_, data in graph.edges(data=True) for value in data.values()]
    assert {type(value) for value in [*found, *graph.nodes]} == {str, float, bool, int}
    assert graph.nodes[TOWN.uid[4]]["role"] == "worker"


def test_tables(tmp_path: Path) -> None:
    """People and pairs as CSV, and the statistics with nothing where there is nobody."""
    write_people_csv(TOWN, tmp_path / "people.csv")
    write_edges_csv(TOWN, tmp_path / "edges.csv", kinds=["regular_client"])
    write_statistics(statistics(TOWN), tmp_path / "statistics.csv")
    people = (tmp_path / "people.csv").read_text().splitlines()
    assert people[0] == "uid,age,sex,group,role,population,site,lives_with_hiv,on_treatment"
    assert people[4] == "37,40.0,man,clients,client,men,,true,false" and len(people) == 7
    edges = "uid_a,uid_b,kind,form,years_together,years_left,acts\n47,37,regular_client,regular,0.5,1.25,4.5\n"
    assert (tmp_path / "edges.csv").read_text() == edges
    rows = list(csv.DictReader((tmp_path / "statistics.csv").open()))
    assert {"statistic": "concurrency", "label": "trans_woman", "value": "", "n": "0"} in rows
    assert len(rows) == len(statistics(TOWN))


@pytest.mark.parametrize("write", [write_graphml, write_gexf, write_people_csv, write_edges_csv])
def test_files_are_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    """When writing fails half-way, the earlier file stays as it was and nothing else is left."""
    path = tmp_path / "file"
    path.write_text("earlier")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("swmodel.results.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(TOWN, path)
    assert path.read_text() == "earlier"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
