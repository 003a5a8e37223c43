"""Pictures of a network: whom they show, where people stand, and what the words say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest

from analysis.towns import TOWN, made, random_pairs
from swmodel.analysis.network import Snapshot
from swmodel.analysis.sample import CONTACTS, FURTHER, LARGEST, PEOPLE, sample
from swmodel.charts import network, placing
from swmodel.charts.mixing import MOST, group_words, mixing_picture, mixing_sheet
from swmodel.charts.network import network_picture, network_sheet
from swmodel.charts.style import drawing
from swmodel.charts.words import NBSP

ENDINGS = (".svg", ".png", ".csv", ".txt")


def city(seed: int = 1) -> Snapshot:
    """30 sex workers with 300 clients, most of whom have a wife, and 200 other couples; 100 women have nobody."""
    draw = np.random.default_rng(seed)
    people = ["street"] * 30 + ["clients"] * 300 + ["women"] * 600 + ["men"] * 200
    pairs = [(330 + k, 30 + k, "spouse") for k in range(210)]
    pairs += [(630 + k, 930 + k, "spouse") for k in range(200)]
    pairs += [(int(draw.integers(30)), 30 + k, "regular_client") for k in range(0, 300, 2)]
    pairs += [(int(draw.integers(30)), int(30 + draw.integers(300)), "one_off_client") for _ in range(600)]
    return made(people, sorted(set(pairs)), hiv=range(0, 300, 5))


# --- whom they show --------------------------------------------------------------------------------------------------


def test_a_sample_is_of_the_largest_part_and_then_of_others() -> None:
    """About 200 people; each part hangs together, and the counts of those left out add up to everybody."""
    seen = city()
    found = sample(seen)
    assert len(found.parts[0]) == LARGEST and PEOPLE - 1 <= len(found.people) <= PEOPLE
    assert len(set(found.people)) == len(found.people)
    assert list(found.sizes) == sorted(found.sizes, reverse=True)
    first, second = (ends[found.pairs] for ends in seen.ends)
    graph = nx.Graph(list(zip(first.tolist(), second.tolist(), strict=True)))
    assert sorted(map(sorted, nx.connected_components(graph))) == sorted(map(sorted, found.parts))
    assert sum(found.sizes) + found.rest[1] + found.alone == len(seen.uid)
    assert found.rest[0] == found.rest[2] and found.rest[1] == 2 * found.rest[0]  # couples are all that is left


def test_a_sample_begins_with_a_sex_worker_and_follows_few_contacts() -> None:
    """The one with most pairs; of 40 contacts of a month a few are followed, of wives and regular clients all."""
    pairs = [(0, 1 + k, "one_off_client") for k in range(40)]
    pairs += [(41, 1, "spouse"), (0, 42, "own_partner"), (43, 42, "casual")]
    seen = made(["street"] + ["clients"] * 40 + ["women", "men", "street"], pairs)
    found = sample(seen)
    assert found.parts[0][0] == 0
    assert set(found.parts[0]) == {0, *range(1, 1 + CONTACTS), 41, 42, 43}
    assert found.sizes == (44,)


def test_further_parts_are_cut_where_they_are_large() -> None:
    """Two parts of 300 women and men each: some of the first, fewer of the second."""
    couples = [(k, k + 1, "casual") for k in range(299)] + [(k, k + 1, "casual") for k in range(300, 599)]
    found = sample(made(["women", "men"] * 300, couples))
    assert [len(part) for part in found.parts] == [LARGEST, FURTHER]


def test_a_sample_does_not_depend_on_the_order_of_pairs() -> None:
    """The same people, in the same order."""
    seen = city()
    order = np.random.default_rng(2).permutation(len(seen.kind))
    names = ("uid_a", "uid_b", "kind", "years_together", "years_left", "acts")
    turned = replace(seen, **{name: getattr(seen, name)[order] for name in names})
    assert sample(turned).parts == sample(seen).parts


# --- where people stand ----------------------------------------------------------------------------------------------


def test_couples_and_chains_are_placed_exactly() -> None:
    """What can be laid out in a plane is: a couple 1 apart; a chain in line, lying flat, the first to the left."""
    assert placing.placed(2, [(0, 1)]).tolist() == [[-0.5, 0.0], [0.5, 0.0]]
    chain = placing.placed(3, [(0, 1), (1, 2)])
    assert np.abs(chain[:, 1]).max() < 0.01
    assert np.diff(chain[:, 0]) == pytest.approx([1.5**0.5] * 2, abs=0.01)
    assert placing.placed(1, []).tolist() == [[0.0, 0.0]]


def test_people_do_not_stand_on_each_other() -> None:
    """Around a hub of 60 partners everybody has room, and a picture is the same every time."""
    star = [(0, k) for k in range(1, 61)]
    at = placing.placed(61, star)
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)[np.triu_indices(61, 1)]
    assert apart.min() > 0.05 * apart.max()
    assert (placing.placed(61, star) == at).all()


def test_parts_do_not_overlap() -> None:
    """Boxes of parts are within the page and apart from each other."""
    parts = []
    for n in (40, 12, 8, 8, 5, 3, 2, 2):
        chain = [(k, k + 1) for k in range(n - 1)]
        parts.append(placing.placed(n, chain + [(a, b) for a, b, _ in random_pairs(n, n // 2, n)]))
    boxed, height = placing.packed(parts, 6.9, 4.0, 0.2, 0.1)
    boxes = [(*one.min(axis=0), *one.max(axis=0)) for one in boxed]
    for k, (x, y, right, top) in enumerate(boxes):
        assert x >= 0 and y >= 0 and right <= 6.9 and top <= height
        for x2, y2, right2, top2 in boxes[:k]:
            assert right < x2 or right2 < x or top < y2 or top2 < y


# --- what they say ---------------------------------------------------------------------------------------------------


def test_four_files_a_picture_and_the_same_bytes_every_time(tmp_path: Path) -> None:
    """SVG, PNG, CSV and alternative text, which the SVG has too."""
    for draw, name in ((network_picture, "network"), (mixing_picture, "mixing")):
        first = draw(city(), tmp_path / "a" / name)
        assert first == [tmp_path / "a" / f"{name}{ending}" for ending in ENDINGS]
        second = draw(city(), tmp_path / "b" / name)
        assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
        root = ElementTree.fromstring(first[0].read_text())
        space = "{http://www.w3.org/2000/svg}"
        title = root.findtext(f"{space}title")
        assert title and first[3].read_text().startswith(title)
        assert "One simulation" in (root.findtext(f"{space}desc") or "")


def said(text: str) -> str:
    """Text with ordinary spaces."""
    return text.replace(NBSP, " ")


def test_the_title_says_how_many_clients_have_a_steady_partner() -> None:
    """210 of 300; fewer than half; and where nobody buys, how far the network hangs together."""
    seen = city()
    with drawing():
        assert said(network_sheet(seen).text.title) == (
            "Most men who buy sex in Cotonou also have a wife or steady partner: 70 %"
        )
    few = replace(seen, kind=np.where(seen.uid_b < 10 * 130, seen.kind, 2), place="")
    assert said(network.network_title(few)) == "33 % of men who buy sex also have a wife or steady partner"
    assert said(network.network_title(made(["women", "men", "men", "men"], [(0, 1, "spouse")]))) == (
        "The largest connected part of the network in Cotonou holds 50 % of adults"
    )


def test_the_caption_says_what_is_drawn() -> None:
    """How many of how many, what is left out, and when."""
    with drawing():
        sheet = network_sheet(city())
    assert f"{len(sheet.table)} of 1,130 adults are drawn: 130 of the " in sheet.text.caption
    assert "most of them couples; " in sheet.text.caption
    assert "in December 2009" in sheet.text.subtitle
    assert f"sex workers {(sheet.table['shown_as'] == 'sex workers').sum()} (" in sheet.values


def test_a_town_without_pairs_can_be_drawn(tmp_path: Path) -> None:
    """Both pictures say that there are none."""
    seen = made(["women", "men"])
    assert "None of 2 adults has a partner" in network_picture(seen, tmp_path / "network")[3].read_text()
    assert "There are no pairs." in mixing_picture(seen, tmp_path / "mixing")[3].read_text()


def test_shares_of_the_heat_maps() -> None:
    """Of a row, as in the table beside the picture; a group of too few partners is marked."""
    with drawing():
        sheet = mixing_sheet(TOWN)
    cells = sheet.table.set_index(["pairs", "group", "partners"])["share"]
    assert cells["Spouses and steady partners", "other women", "clients"] == 0.5
    assert cells["Paid sex (regular and one-off clients)", "clients", "street sex workers"] == 1.0
    assert said(sheet.text.title) == (
        "67 % of husbands and casual partners of women who do not sell sex in Cotonou are men who buy sex"
    )
    assert "Grey: shares of fewer than 10 partners" in sheet.text.caption


def test_groups_have_readable_names() -> None:
    """Without sites; without occupations and settings where there would be too many to be read."""
    sites = ("mombasa", "nairobi")
    base = {"women": ("outside", "women"), "brothel": ("worker", "women"), "male_bar": ("worker", "msm"),
            "former_msw": ("former_worker", "msm"), "clients_of_men": ("client", "msm"),
            "men:truck_drivers": ("outside", "men"), "clients_of_women:truck_drivers": ("client", "men")}  # fmt: skip

    def seen(groups: dict[str, tuple[str, str]]) -> Snapshot:
        full = [(f"{name}@{site}", *what) for name, what in groups.items() for site in sites]
        n = len(full)
        return replace(
            made(["women"] * n), group=np.arange(n), group_names=tuple(one[0] for one in full),
            roles=tuple(one[1] for one in full), populations=tuple(one[2] for one in full), sites=sites * (n // 2),
        )  # fmt: skip

    assert group_words(seen(base))[::2] == (
        "other women", "brothel sex workers", "male bar sex workers", "former male sex workers", "clients of men",
        "other men: truck drivers", "clients of women: truck drivers",
    )  # fmt: skip
    many = base | {f"men:job_{k}": ("outside", "men") for k in range(MOST)}
    assert group_words(seen(many))[10:14] == ("other men", "other men", "clients of women", "clients of women")
    more = base | {f"setting_{k}": ("worker", "women") for k in range(MOST)}
    assert set(group_words(seen(more))[2:6]) == {"female sex workers", "male sex workers"}


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """An error that the command line can show."""
    from swmodel.study.store import OutputError

    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"^cannot write .*file"):
        mixing_picture(TOWN, tmp_path / "file" / "mixing")
