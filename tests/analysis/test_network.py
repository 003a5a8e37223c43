"""Statistics of networks made by hand, with known answers, and of random ones, as another program has them."""

from __future__ import annotations

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from analysis.towns import NAMES, TOWN, made, random_pairs
from swmodel.analysis import graphs
from swmodel.analysis.network import Snapshot, mixing, statistics, statistics_table

ALPHA = 1e-4


def values(seen: Snapshot) -> dict[tuple[str, str], float]:
    """Statistics by name and label."""
    rows = statistics(seen)
    found = {(row.statistic, row.label): row.value for row in rows}
    assert len(found) == len(rows)
    return found


# --- clustering and parts --------------------------------------------------------------------------------------------


@pytest.mark.case("32")
def test_women_and_men_have_no_triangles() -> None:
    """In a network of women with men only, no two partners of a person are partners: clustering is exactly 0.

    600 women and 400 men with 3,000 casual pairs and 500 contacts. Were partners drawn among all, whoever they are, the
    casual pairs alone would close 36 triangles on average.
    """
    pairs = random_pairs(1000, 3000, 1, sides=600)
    pairs += [(a, b, "one_off_client") for a, b, _ in random_pairs(1000, 500, 2, sides=600)]
    found = values(made(["women"] * 600 + ["men"] * 400, pairs))
    for label in ("lasting", "month"):
        assert found["triangles", label] == 0
        assert found["transitivity", label] == 0.0
        assert found["mean_clustering", label] == 0.0


@pytest.mark.case("32")
def test_partners_drawn_among_all_close_triangles_by_chance() -> None:
    """Where everybody may pair with everybody, clustering is near the mean number of partners over (people - 1).

    3,000 men, 30,000 pairs drawn at random: 20 partners each. The number of triangles is close to Poisson with mean
    C(3000, 3) p^3 = 1,330; alpha 1e-4, power 0.99 at a clustering that is 18 % off. Transitivity then has the same
    relative spread, which is less than a tenth.
    """
    n, m = 3000, 30_000
    found = values(made(["msm"] * n, random_pairs(n, m, 3)))
    p = 2 * m / n / (n - 1)
    low, high = stats.poisson.interval(1 - ALPHA, math.comb(n, 3) * p**3)
    assert low <= found["triangles", "lasting"] <= high
    assert found["transitivity", "lasting"] == pytest.approx(p, rel=0.12)
    assert found["mean_clustering", "lasting"] == pytest.approx(p, rel=0.12)


@pytest.mark.parametrize("seed", range(8))
def test_structure_is_that_of_networkx(seed: int) -> None:
    """Parts, triangles and clustering of random networks, few or many couples, equal those of another program."""
    n, m = 60, (5, 20, 40, 60, 90, 150, 300, 900)[seed]
    pairs = random_pairs(n, m, seed)
    repeated = [*pairs, *((b, a, "spouse") for a, b, _ in pairs[::3])]
    found, graph = values(made(["msm"] * n, repeated)), nx.Graph([(a, b) for a, b, _ in pairs])
    graph.add_nodes_from(range(n))
    parts = [len(part) for part in nx.connected_components(graph)]
    assert found["parts", "lasting"] == sum(size > 1 for size in parts)
    assert found["largest_part", "lasting"] == max(parts) / n
    assert found["triangles", "lasting"] == sum(nx.triangles(graph).values()) / 3
    assert found["transitivity", "lasting"] == pytest.approx(nx.transitivity(graph))
    assert found["mean_clustering", "lasting"] == pytest.approx(nx.average_clustering(graph))
    assert math.isnan(found["assortativity_group", "lasting"])  # there is one group only


def test_a_long_chain_is_one_part() -> None:
    """Leaders of parts are found however far they are away, whatever the order of the couples."""
    n = 5000
    order = np.random.default_rng(5).permutation(n)
    leader = graphs.components(order[:-1], order[1:], n)
    assert (leader == 0).all()


def test_parts_of_lasting_pairs_and_of_the_month() -> None:
    """Two couples that a contact joins: two parts with two people each, then one with four. A fifth has nobody."""
    seen = made(["women", "clients", "street", "men", "men"],
                [(0, 1, "spouse"), (2, 3, "own_partner"), (2, 1, "one_off_client")])  # fmt: skip
    found = values(seen)
    assert (found["parts", "lasting"], found["largest_part", "lasting"]) == (2, 2 / 5)
    assert (found["parts", "month"], found["largest_part", "month"]) == (1, 4 / 5)


# --- partners --------------------------------------------------------------------------------------------------------


def test_numbers_of_partners() -> None:
    """Two pairs of the same people are one partner; contacts and needles are not lasting ones."""
    found = values(TOWN)
    assert found["people", "all"] == 6 and found["people", "street"] == 1
    assert found["pairs", "spouse"] == 2 and found["pairs", "own_partner"] == 0
    assert found["mean_partners", "all"] == pytest.approx((2 + 0 + 1 + 2 + 1 + 0) / 6)
    assert [found[f"partners_{k}", "all"] for k in (0, 1, 2, 3)] == pytest.approx([2 / 6, 2 / 6, 2 / 6, 0])
    assert found["mean_partners", "women"] == 1.0 and found["partners_2", "women"] == 0.5
    assert found["mean_partners", "spouse"] == pytest.approx(4 / 6)
    assert found["mean_partners", "clients/spouse"] == 1.0 and found["mean_partners", "street/one_off_client"] == 2.0
    assert math.isnan(found["mean_partners", "trans_women"])


def test_concurrency() -> None:
    """Of the women with lasting partners (a wife, a sex worker) one has two; of the men with any, one of two."""
    found = values(TOWN)
    assert found["concurrency", "woman"] == 0.5
    assert found["concurrency", "man"] == 0.5
    assert found["concurrency", "all"] == 0.5
    assert math.isnan(found["concurrency", "trans_woman"])


def test_age_gaps() -> None:
    """The man's age less the other's, however the pair is written; the second's less the first's of two men."""
    seen = made(["women", "men", "trans_women", "msm", "msm"],
                [(0, 1, "spouse"), (3, 2, "casual"), (4, 3, "needle")], age=[20, 27, 30, 34, 50])  # fmt: skip
    found = values(seen)
    assert found["age_gap", "spouse"] == 7.0
    assert found["age_gap", "casual"] == 4.0
    assert found["age_gap", "needle"] == -16.0
    assert found["age_gap", "all"] == 5.5
    assert math.isnan(found["age_gap", "own_partner"])


def test_pairs_with_one_partner_living_with_hiv() -> None:
    """Of the lasting pairs those with the client, and the pair that shares needles."""
    found = values(TOWN)
    assert found["discordant", "spouse"] == 0.5
    assert found["discordant", "all"] == pytest.approx(3 / 4)
    assert found["discordant", "one_off_client"] == 0.5
    assert found["discordant", "needle"] == 1.0


def test_assortativity_of_networks_that_are_alike_mixed_and_opposite() -> None:
    """1 where partners are always alike, 0 where all categories are joined equally often, -1 where never alike."""
    people = ["msm", "msm", "trans_women", "trans_women"]
    alike = made(people, [(0, 1, "casual"), (2, 3, "casual")], hiv=[0, 1])
    mixed = made(people, [(0, 1, "casual"), (2, 3, "casual"), (0, 2, "casual"), (1, 3, "casual")], hiv=[0, 1])
    opposite = made(people, [(0, 2, "casual"), (1, 3, "casual")], hiv=[0, 1])
    for seen, r in ((alike, 1.0), (mixed, 0.0), (opposite, -1.0)):
        found = values(seen)
        assert found["assortativity_group", "lasting"] == pytest.approx(r, abs=1e-12)
        assert found["assortativity_hiv", "lasting"] == pytest.approx(r, abs=1e-12)


def test_assortativity_is_that_of_networkx() -> None:
    """Newman's r of random couples of random groups."""
    draw = np.random.default_rng(8)
    people = [NAMES[k] for k in draw.integers(len(NAMES), size=80)]
    pairs = random_pairs(80, 200, 9)
    graph = nx.Graph([(a, b) for a, b, _ in pairs])
    nx.set_node_attributes(graph, dict(enumerate(people)), "group")
    expected = nx.attribute_assortativity_coefficient(graph, "group")
    assert values(made(people, pairs))["assortativity_group", "lasting"] == pytest.approx(expected)


def test_a_town_without_pairs_and_one_without_people() -> None:
    """There is nothing to be taken of nobody, and nothing fails."""
    found = values(made(["women", "men"]))
    assert found["parts", "lasting"] == 0 and found["partners_0", "all"] == 1.0
    assert math.isnan(values(made([]))["mean_partners", "all"])
    assert "people" in statistics_table(statistics(made(["women"])))


def test_order_does_not_matter() -> None:
    """Pairs in any order, and written either way, give the same numbers, but for who is first of two men."""
    pairs = random_pairs(80, 120, 4, sides=40)
    people = ["women"] * 40 + ["men"] * 40
    turned = [(b, a, kind) for a, b, kind in reversed(pairs)]
    ages = [18.0 + k % 40 for k in range(80)]
    assert values(made(people, pairs, ages)) == pytest.approx(values(made(people, turned, ages)), nan_ok=True)


def test_who_pairs_with_whom() -> None:
    """Each pair counts from both sides; shares are of a row; groups may be taken together, and kinds left out."""
    found = mixing(TOWN)
    women, men, clients = (NAMES.index(one) for one in ("women", "men", "clients"))
    assert found.counts["steady"][women].tolist() == found.counts["steady"][:, women].tolist()
    assert found.counts["steady"][women, men] == found.counts["steady"][women, clients] == 1
    assert found.shares("steady", "casual")[women, clients] == pytest.approx(2 / 3)
    assert found.total("regular", "one_off").sum() == 6
    one = mixing(TOWN, kinds=["casual"], names=["people"] * len(NAMES))
    assert one.names == ("people",)
    assert [int(one.counts[form].sum()) for form in ("steady", "casual")] == [0, 2]
    with pytest.raises(ValueError, match="no kind of pair is named 'marriage'"):
        mixing(TOWN, kinds=["marriage"])


def test_a_snapshot_must_hang_together() -> None:
    """People once each in order, and partners who are among them."""
    with pytest.raises(ValueError, match="in the order of their uid"):
        replace(TOWN, uid=TOWN.uid[::-1])
    with pytest.raises(ValueError, match="not among its people"):
        _ = replace(TOWN, uid_a=TOWN.uid_a + 1).ends
