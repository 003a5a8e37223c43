"""The network of partners at one moment: how many partners people have, how they hang together, who pairs with whom."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from swmodel.analysis import graphs
from swmodel.analysis.files import to_networkx, write_edges_csv, write_gexf, write_graphml, write_people_csv
from swmodel.analysis.snapshot import LASTING, MAN, SEXES, Snapshot, open_month, snapshot
from swmodel.results import whole_file
from swmodel.scenario.tables import table

__all__ = [
    "Mixing", "Row", "Snapshot", "mixing", "open_month", "snapshot", "statistics", "statistics_table", "to_networkx",
    "write_edges_csv", "write_gexf", "write_graphml", "write_people_csv", "write_statistics",
]  # fmt: skip

ALL, LASTING_PAIRS, MONTH = "all", "lasting", "month"  # labels: everybody; the two networks that are looked at
MOST = 4  # partners; whoever has more is counted with those who have so many
SHARE, NUMBER, COUNT = "share", "number", "count"
# Statistic -> how it is said in the printed table, and what its value is.
STATISTICS = {
    "people": ("people", COUNT),
    "pairs": ("pairs", COUNT),
    "mean_partners": ("mean number of partners", NUMBER),
    **{f"partners_{k}": (f"have {k} partner{'' if k == 1 else 's'}", SHARE) for k in range(MOST)},
    f"partners_{MOST}_or_more": (f"have {MOST} partners or more", SHARE),
    "concurrency": ("have 2 or more, of those with any", SHARE),
    "parts": ("connected parts of 2 or more people", COUNT),
    "largest_part": ("adults in the largest connected part", SHARE),
    "triangles": ("triangles", COUNT),
    "transitivity": ("two partners of a person who are partners too", SHARE),
    "mean_clustering": ("the same, mean over people", SHARE),
    "assortativity_group": ("assortativity by group", NUMBER),
    "assortativity_hiv": ("assortativity by HIV status", NUMBER),
    "age_gap": ("mean age gap, years", NUMBER),
    "discordant": ("pairs with one partner living with HIV", SHARE),
}
NETWORKS = {LASTING_PAIRS: "lasting pairs", MONTH: "with this month's contacts"}


class Row(NamedTuple):
    """One number: what, of whom or of which pairs, and of how many. NaN where there is nobody to take it of."""

    statistic: str
    label: str
    value: float
    n: int


class Couples:
    """The simple network of some pairs of a snapshot: who is joined with whom, each couple once."""

    def __init__(self, seen: Snapshot, which: np.ndarray) -> None:
        first, second = seen.ends
        self.people = len(seen.uid)
        self.a, self.b = graphs.joined(first[which], second[which], self.people)

    @cached_property
    def degree(self) -> np.ndarray:
        """Partners of each person; shape (people,)."""
        return graphs.degrees(self.a, self.b, self.people)


def statistics(seen: Snapshot) -> list[Row]:
    """Every number that describes the network of a snapshot, in a fixed order; one row a number.

    Labels are groups, kinds of pair, GROUP/KIND, sexes, or one of: all (adults, or lasting pairs), lasting (the network
    of pairs that go on), month (of all pairs, those of one contact and of needles too). Partners of a group or of all
    are lasting ones; those of a kind are of that kind. Age gaps are the man's age less the other's, and the second's
    less the first's where both or neither are men.
    """
    lasting, month = Couples(seen, seen.of_form(*LASTING)), Couples(seen, np.ones(len(seen.kind), bool))
    kinds = {name: Couples(seen, seen.kind == k) for k, name in enumerate(seen.kinds) if k > 0}
    rows = [*counts(seen), *partners(seen, lasting, kinds), *concurrency(seen, lasting)]
    for label, couples in ((LASTING_PAIRS, lasting), (MONTH, month)):
        rows += structure(label, couples)
    return [*rows, *likeness(seen), *gaps(seen)]


def counts(seen: Snapshot) -> Iterator[Row]:
    """How many people there are in each group, and pairs of each kind."""
    people, pairs = np.bincount(seen.group, minlength=len(seen.group_names)), np.bincount(seen.kind)
    yield Row("people", ALL, float(len(seen.uid)), len(seen.uid))
    for name, number in zip(seen.group_names, people.tolist(), strict=True):
        yield Row("people", name, float(number), number)
    for k, name in enumerate(seen.kinds[1:], 1):
        number = int(pairs[k]) if k < len(pairs) else 0
        yield Row("pairs", name, float(number), number)


def partners(seen: Snapshot, lasting: Couples, kinds: Mapping[str, Couples]) -> Iterator[Row]:
    """Means and distributions of the number of partners."""
    everyone = np.ones(len(seen.uid), bool)
    groups = [(name, seen.group == g) for g, name in enumerate(seen.group_names)]
    for label, who in [(ALL, everyone), *groups]:
        yield from distribution(label, lasting.degree[who])
    for kind, couples in kinds.items():
        yield from distribution(kind, couples.degree)
    for name, who in groups:
        for kind, couples in kinds.items():
            yield Row("mean_partners", f"{name}/{kind}", mean(couples.degree[who]), int(who.sum()))


def distribution(label: str, degree: np.ndarray) -> Iterator[Row]:
    """The mean, and the share of people with 0, 1, 2, 3 partners and more."""
    n = len(degree)
    yield Row("mean_partners", label, mean(degree), n)
    for k in range(MOST):
        yield Row(f"partners_{k}", label, mean(degree == k), n)
    yield Row(f"partners_{MOST}_or_more", label, mean(degree >= MOST), n)


def concurrency(seen: Snapshot, lasting: Couples) -> Iterator[Row]:
    """The share of people with two or more lasting partners at once, of those with any."""
    for label, who in ((ALL, seen.sex >= 0), *((name, seen.sex == code) for code, name in enumerate(SEXES))):
        degree = lasting.degree[who & (lasting.degree > 0)]
        yield Row("concurrency", label, mean(degree > 1), len(degree))


def structure(label: str, couples: Couples) -> Iterator[Row]:
    """Connected parts and triangles of one network."""
    a, b, people = couples.a, couples.b, couples.people
    sizes = np.bincount(graphs.components(a, b, people), minlength=people)
    sizes = sizes[sizes > 1]
    found, closed, own = graphs.clustering(a, b, people)
    largest = float(sizes.max(initial=0)) / people if people else math.nan
    yield Row("parts", label, float(len(sizes)), int(sizes.sum()))
    yield Row("largest_part", label, largest, people)
    yield Row("triangles", label, float(found), len(a))
    yield Row("transitivity", label, closed, len(a))
    yield Row("mean_clustering", label, own, people)


def likeness(seen: Snapshot) -> Iterator[Row]:
    """Whether lasting partners are alike, in their group and in whether they live with HIV.

    By group it is below 0 where partners are seldom of one group, as where most pairs are of a woman and a man.
    """
    which = seen.of_form(*LASTING)
    a, b = (places[which] for places in seen.ends)
    for statistic, category in (("assortativity_group", seen.group), ("assortativity_hiv", seen.lives_with_hiv)):
        codes = category.astype(np.int64)
        yield Row(statistic, LASTING_PAIRS, graphs.assortativity(codes[a], codes[b]), int(which.sum()))


def gaps(seen: Snapshot) -> Iterator[Row]:
    """Mean differences of age, and the share of pairs in which one partner lives with HIV, by kind of pair."""
    a, b = seen.ends
    turned = (seen.sex[a] == MAN) & (seen.sex[b] != MAN)
    gap = np.where(turned, -1.0, 1.0) * (seen.age[b] - seen.age[a])
    discordant = seen.lives_with_hiv[a] != seen.lives_with_hiv[b]
    shown = [(ALL, seen.of_form(*LASTING)), *((name, seen.kind == k) for k, name in enumerate(seen.kinds) if k > 0)]
    for statistic, values in (("age_gap", gap), ("discordant", discordant)):
        for label, which in shown:
            yield Row(statistic, label, mean(values[which]), int(which.sum()))


def mean(values: np.ndarray) -> float:
    """The mean; NaN of nothing."""
    return float(values.mean()) if len(values) else math.nan


# --- writing ---------------------------------------------------------------------------------------------------------


def write_statistics(rows: Sequence[Row], path: Path) -> None:
    """The rows as CSV, whole or not at all; numbers to the last bit, empty where there is none."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows((r.statistic, r.label, "" if math.isnan(r.value) else repr(r.value), r.n) for r in rows)


def statistics_table(rows: Sequence[Row]) -> str:
    """The rows that a reader looks at first, as text: no distributions of single kinds, and nothing of nobody."""
    last, lines = "", []
    for row in rows:
        if row.n == 0 or "/" in row.label or (row.statistic.startswith("partners_") and row.label != ALL):
            continue
        said, how = STATISTICS[row.statistic]
        value = spelled(row.value, how)
        lines.append((said if said != last else "", NETWORKS.get(row.label, row.label), value, f"{row.n:,}"))
        last = said
    return table(("statistic", "of", "value", "n"), lines)


def spelled(value: float, how: str) -> str:
    """A number as the printed table has it."""
    if math.isnan(value):
        return "-"
    if how == SHARE:
        return f"{100 * value:.1f} %"
    if how == COUNT:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


# --- who pairs with whom ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Mixing:
    """Pairs by the names of both partners. `counts[form]` has shape (names, names): partners of the row in the column.

    Every pair counts once from either side, so the matrix is symmetric, and twice on the diagonal.
    """

    names: tuple[str, ...]
    counts: Mapping[str, np.ndarray]

    def shares(self, *forms: str) -> np.ndarray:
        """Of all partners of a row in these forms of pair, the share in each column; 0 in a row without any."""
        total = self.total(*forms)
        ends = total.sum(axis=1, keepdims=True)
        found: np.ndarray = np.divide(total, ends, out=np.zeros(total.shape), where=ends > 0)
        return found

    def total(self, *forms: str) -> np.ndarray:
        """Partners of the row in the column, in these forms of pair together; integers."""
        found = np.zeros((len(self.names), len(self.names)), np.int64)
        for form in forms:
            found += self.counts.get(form, 0)
        return found


def mixing(seen: Snapshot, kinds: Sequence[str] | None = None, names: Sequence[str] | None = None) -> Mixing:
    """Who pairs with whom, by form of pair, in pairs of these kinds (all by default).

    `names` gives each group code a name, by default the group's own; groups of one name are taken together.
    """
    given = tuple(names or seen.group_names)
    unique = tuple(dict.fromkeys(given))
    code = np.array([unique.index(one) for one in given])[seen.group]
    a, b = seen.ends
    size, wanted = len(unique), seen.of_kinds(kinds)
    found = {}
    for form in dict.fromkeys(seen.forms[1:]):
        which = wanted & seen.of_form(form)
        cells = np.bincount(code[a[which]] * size + code[b[which]], minlength=size * size).reshape(size, size)
        found[form] = cells + cells.T
    return Mixing(unique, found)
