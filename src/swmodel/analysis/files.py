"""A network as files for other programs: GraphML and GEXF (through networkx), and tables of people and pairs as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swmodel.analysis.snapshot import SEXES, Snapshot
from swmodel.results import whole_file

if TYPE_CHECKING:
    import networkx as nx

PEOPLE = ("uid", "age", "sex", "group", "role", "population", "site", "lives_with_hiv", "on_treatment")
PAIRS = ("uid_a", "uid_b", "kind", "form", "years_together", "years_left", "acts")
PLACES = 4  # decimals of years and acts: an hour
DATE = re.compile(r' lastmodifieddate="[^"]*"')


def people_rows(seen: Snapshot) -> Iterable[tuple[Any, ...]]:
    """A row of PEOPLE for each person, in plain Python types."""
    columns = (seen.uid, seen.age.round(PLACES), seen.sex, seen.group, seen.lives_with_hiv, seen.on_treatment)
    for uid, age, sex, group, hiv, treated in zip(*(column.tolist() for column in columns), strict=True):
        words = (seen.group_names[group], seen.roles[group], seen.populations[group], seen.sites[group])
        yield uid, age, SEXES[sex], *words, hiv, treated


def pair_rows(seen: Snapshot, kinds: Sequence[str] | None = None) -> Iterable[tuple[Any, ...]]:
    """A row of PAIRS for each pair of these kinds (all by default), in plain Python types."""
    which = seen.of_kinds(kinds)
    numbers = (seen.years_together, seen.years_left, seen.acts)
    columns = (seen.uid_a, seen.uid_b, seen.kind, *(one.round(PLACES) for one in numbers))
    for a, b, kind, *rest in zip(*(column[which].tolist() for column in columns), strict=True):
        yield a, b, seen.kinds[kind], seen.forms[kind], *rest


def to_networkx(seen: Snapshot, kinds: Sequence[str] | None = None) -> nx.MultiGraph[Any]:
    """The network as a networkx.MultiGraph: nodes are uids, an edge is a pair of one of these kinds (all by default).

    Everybody is a node, whoever has no partner too. Nodes and edges have the columns of the tables as attributes.
    """
    import networkx as nx

    graph: nx.MultiGraph[Any] = nx.MultiGraph(title=seen.title, time=round(seen.time, PLACES))
    for uid, *values in people_rows(seen):
        graph.add_node(uid, **dict(zip(PEOPLE[1:], values, strict=True)))
    for a, b, *values in pair_rows(seen, kinds):
        graph.add_edge(a, b, **dict(zip(PAIRS[2:], values, strict=True)))
    return graph


def write_graphml(seen: Snapshot, path: Path, kinds: Sequence[str] | None = None) -> None:
    """The network as GraphML, whole or not at all; the same bytes every time."""
    import networkx as nx

    with whole_file(path) as temporary:  # the writer without lxml: its bytes do not depend on what is installed
        nx.write_graphml_xml(to_networkx(seen, kinds), str(temporary))


def write_gexf(seen: Snapshot, path: Path, kinds: Sequence[str] | None = None) -> None:
    """The network as GEXF (Gephi), whole or not at all; the same bytes every time, so without a date."""
    import networkx as nx

    graph = to_networkx(seen, kinds)
    text = "\n".join(nx.generate_gexf(graph))
    with whole_file(path) as temporary:
        temporary.write_text(DATE.sub("", text, count=1) + "\n", encoding="utf-8")


def write_people_csv(seen: Snapshot, path: Path) -> None:
    """A row for each person, whole or not at all."""
    write_table(path, PEOPLE, people_rows(seen))


def write_edges_csv(seen: Snapshot, path: Path, kinds: Sequence[str] | None = None) -> None:
    """A row for each pair of these kinds (all by default), whole or not at all."""
    write_table(path, PAIRS, pair_rows(seen, kinds))


def write_table(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table as CSV; truth values as true and false."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([str(v).lower() if isinstance(v, bool) else v for v in row] for row in rows)
