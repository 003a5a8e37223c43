"""A part of the network as a picture: people as marks, pairs as lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from swmodel.analysis import graphs
from swmodel.analysis.sample import CONTACTS, Sample, sample
from swmodel.analysis.snapshot import (
    CASUAL,
    CLIENT,
    FORCED,
    FORMER,
    FORMS,
    MAN,
    NEEDLE,
    ONE_OFF,
    REGULAR,
    STEADY,
    TRANS_WOMAN,
    WOMAN,
    WORKER,
    Snapshot,
)
from swmodel.charts import style, words
from swmodel.charts.mixing import mixing_picture, when
from swmodel.charts.page import EDGE, Sheet, Text, measure, page, save
from swmodel.charts.placing import packed, placed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["mixing_picture", "network_picture"]

# Who somebody is in the picture: name, colour. In the order of the legend.
WOMEN, MEN, TRANS_WOMEN, CLIENTS, WORKERS, FORMERS = "women", "men", "trans women", "clients", "sex workers", "former"
LOOKS = {
    WORKERS: ("sex workers", style.VERMILLION),
    FORMERS: ("former sex workers", style.GREEN),
    CLIENTS: ("clients of sex workers", style.BLUE),
    WOMEN: ("other women", style.PURPLE),
    MEN: ("other men", style.SKY),
    TRANS_WOMEN: ("other trans women", style.ORANGE),
}
SHAPES = {WOMAN: "o", MAN: "s", TRANS_WOMAN: "D"}
SHAPE_NAMES = {WOMAN: "circles: women", MAN: "squares: men", TRANS_WOMAN: "diamonds: trans women"}
LINES = {  # form -> name, colour, width, dashes
    STEADY: ("spouses and steady partners", style.INK, 1.5, "-"),
    CASUAL: ("casual partners", style.GREY, 1.0, "-"),
    REGULAR: ("regular clients", style.ORANGE, 1.1, (0, (4.0, 1.3))),
    ONE_OFF: ("one-off clients", style.ORANGE, 1.1, (0, (1.0, 1.4))),
    NEEDLE: ("shared needles", style.GREEN, 1.5, (0, (5, 1.2, 1, 1.2))),
    FORCED: ("forced acts by police, managers and others", style.VERMILLION, 1.1, (0, (1.0, 1.0))),
}
MARK, RING = 26.0, 1.5  # size of a mark in square points, and the width of the ring of those living with HIV
UNIT, TALL, GAP = 0.16, 4.6, 0.12  # inches: a couple, the largest part, room around a part
ROW, TEXT_GAP, ITEM_GAP, SAMPLE_LINE = 0.21, 0.09, 0.24, 0.3  # inches of the legend
ACROSS = style.WIDTH - 2 * EDGE  # inches between the edges of the page
ENOUGH = 10  # clients for a share of them to be a finding
HALF = 0.5


def network_picture(seen: Snapshot, path: Path) -> list[Path]:
    """Draw about 200 people of a snapshot as `path`.svg and .png, with .csv and .txt; returns the four files.

    Raises OutputError.
    """
    path = Path(path)
    with style.drawing():
        return save(network_sheet(seen, path.name), path.parent)


def network_sheet(seen: Snapshot, name: str = "network") -> Sheet:
    """The picture of the network with its words and numbers."""
    chosen = sample(seen)
    at, height = where(seen, chosen)
    text = Text(network_title(seen), network_subtitle(seen), network_caption(seen, chosen))
    items = legend(seen, chosen)
    rows = flowed(items)
    below = len(rows) * ROW + 0.06
    figure, box = page(text, height + below, left=0.0, right=0.0, bottom=0.0)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    ax.set_axis_off()
    ax.set_xlim(0, ACROSS)
    ax.set_ylim(0, height + below)
    at = at + np.array([0.0, below])
    draw_pairs(ax, seen, chosen, at)
    draw_people(ax, seen, chosen, at)
    for line, row in enumerate(rows):
        for x, (draw, _) in row:
            draw(ax, x, below - 0.06 - (line + 0.5) * ROW)
    return Sheet(name, figure, text, network_table(seen, chosen, at), network_values(seen, chosen))


def where(seen: Snapshot, chosen: Sample) -> tuple[np.ndarray, float]:
    """Places of the people chosen, in their order, in inches; and the height they take. Shape (chosen, 2)."""
    first, second = (ends[chosen.pairs] for ends in seen.ends)
    parts = []
    for part in chosen.parts:
        number = {person: k for k, person in enumerate(part)}
        couples = {(number[a], number[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True) if a in number}
        parts.append(placed(len(part), sorted(couples)))
    at, height = packed(parts, ACROSS, TALL, UNIT, GAP)
    return (np.concatenate(at) if at else np.zeros((0, 2))), height


def looks(seen: Snapshot) -> np.ndarray:
    """Who each person is in the picture: a key of LOOKS; shape (people,)."""
    by_sex = np.take(np.array([WOMEN, MEN, TRANS_WOMEN], object), seen.sex)
    for role, name in ((CLIENT, CLIENTS), (WORKER, WORKERS), (FORMER, FORMERS)):
        by_sex[seen.in_role(role)] = name
    return by_sex


# --- what is drawn ---------------------------------------------------------------------------------------------------


def draw_pairs(ax: Axes, seen: Snapshot, chosen: Sample, at: np.ndarray) -> None:
    """A line for each pair, those of longer standing on top."""
    number = {person: k for k, person in enumerate(chosen.people)}
    first, second = (ends[chosen.pairs] for ends in seen.ends)
    for form in reversed(FORMS):
        which = seen.of_form(form)[chosen.pairs]
        _, shade, width, dashes = LINES[form]
        for a, b in zip(first[which].tolist(), second[which].tolist(), strict=True):
            x, y = at[[number[a], number[b]]].T
            ax.plot(x, y, color=shade, linewidth=width, linestyle=dashes, solid_capstyle="butt", zorder=2)


def draw_people(ax: Axes, seen: Snapshot, chosen: Sample, at: np.ndarray) -> None:
    """A mark for each person: colour by role, shape by sex, with a black ring for those living with HIV."""
    people = np.array(chosen.people, np.int64)
    look, sex, hiv = looks(seen)[people], seen.sex[people], seen.lives_with_hiv[people]
    for name, (_, shade) in LOOKS.items():
        for code, shape in SHAPES.items():
            for ring in (False, True):
                which = (look == name) & (sex == code) & (hiv == ring)
                if which.any():
                    mark(ax, at[which, 0], at[which, 1], shape, shade, ring)


def mark(ax: Axes, x: np.ndarray | float, y: np.ndarray | float, shape: str, shade: str, ring: bool) -> None:
    """Marks of one look."""
    edge, width = (style.BLACK, RING) if ring else ("white", 0.5)
    size = MARK * (0.85 if shape != "o" else 1.0)
    ax.scatter(x, y, size, color=shade, marker=shape, edgecolors=edge, linewidths=width, zorder=4 + ring)


Item = tuple[Callable[["Axes", float, float], None], float]  # draws at a place; and the width it takes, in inches


def legend(seen: Snapshot, chosen: Sample) -> list[list[Item]]:
    """The lines of the legend, of what is in the picture: who, how, and which pairs."""
    people = np.array(chosen.people, np.int64)
    look, sex, hiv = looks(seen)[people], seen.sex[people], seen.lives_with_hiv[people]
    who = [
        mark_item(words_of, SHAPES[int(np.bincount(sex[look == name]).argmax())], shade, False)
        for name, (words_of, shade) in LOOKS.items()
        if (look == name).any()
    ]
    how = []
    if any(len(np.unique(sex[look == name])) > 1 for name in LOOKS):
        present = [code for code in SHAPES if (sex == code).any()]
        how = [mark_item(SHAPE_NAMES[code], SHAPES[code], style.FAINT, False) for code in present]
    if hiv.any():
        how.append(mark_item("black ring: living with HIV", SHAPES[int(np.bincount(sex[hiv]).argmax())], "white", True))
    pairs = [line_item(form) for form in FORMS if seen.of_form(form)[chosen.pairs].any()]
    return [[*who, *how], pairs]


def mark_item(text: str, shape: str, shade: str, ring: bool) -> Item:
    """A mark with what it stands for."""

    def draw(ax: Axes, x: float, y: float) -> None:
        mark(ax, x + 0.06, y, shape, shade, ring)
        ax.text(x + 0.12 + TEXT_GAP, y, text, size=style.SMALL, va="center_baseline")

    return draw, 0.12 + TEXT_GAP + measure(text, style.SMALL)


def line_item(form: str) -> Item:
    """A line with the pairs that it stands for."""
    text, shade, width, dashes = LINES[form]

    def draw(ax: Axes, x: float, y: float) -> None:
        ax.plot([x, x + SAMPLE_LINE], [y, y], color=shade, linewidth=width, linestyle=dashes, solid_capstyle="butt")
        ax.text(x + SAMPLE_LINE + TEXT_GAP, y, text, size=style.SMALL, va="center_baseline")

    return draw, SAMPLE_LINE + TEXT_GAP + measure(text, style.SMALL)


def flowed(groups: list[list[Item]]) -> list[list[tuple[float, Item]]]:
    """Items with their places from the left, row by row; each group begins a new row."""
    rows: list[list[tuple[float, Item]]] = []
    for group in groups:
        x = ACROSS
        for item in group:
            if x + item[1] > ACROSS:
                rows.append([])
                x = 0.0
            rows[-1].append((x, item))
            x += item[1] + ITEM_GAP
    return rows


# --- what is said ----------------------------------------------------------------------------------------------------


def network_title(seen: Snapshot) -> str:
    """How many clients also have a steady partner; without clients, how far the network hangs together."""
    place = f" in {seen.place}" if seen.place else ""
    first, second = seen.ends
    clients = seen.in_role(CLIENT)
    if clients.sum() >= ENOUGH:
        steady = np.zeros(len(seen.uid), bool)
        which = seen.of_form(STEADY)
        steady[first[which]] = steady[second[which]] = True
        share = float(steady[clients].mean())
        if share > HALF:
            return f"Most men who buy sex{place} also have a wife or steady partner: {words.percent(share)}"
        return f"{words.percent(share)} of men who buy sex{place} also have a wife or steady partner"
    size = len(seen.uid)
    largest = np.bincount(graphs.components(*graphs.joined(first, second, size), size)).max(initial=0)
    return f"The largest connected part of the network{place} holds {words.percent(largest / max(size, 1))} of adults"


def network_subtitle(seen: Snapshot) -> str:
    """What a mark and a line are, and when."""
    return words.sentence(seen.title, f"Each mark is an adult, each line a pair, in {when(seen)}")


def network_caption(seen: Snapshot, chosen: Sample) -> str:
    """What is sampled, and what is not."""
    people, size = len(chosen.people), len(seen.uid)
    if not people:
        return words.sentence(f"None of {size:,} adults has a partner", "One simulation")
    largest, further = len(chosen.parts[0]), len(chosen.parts) - 1
    of = f"{largest} of the {chosen.sizes[0]:,}" if largest < chosen.sizes[0] else f"the {chosen.sizes[0]:,}"
    more = f" and {further} smaller part{'' if further == 1 else 's'}" if further else ""
    drawn = f"{people} of {size:,} adults are drawn: {of} people in the largest connected part{more}"
    grown = "Each part begins with the sex worker (or client, or other adult) who has most partners, and follows pairs"
    limits = f"outward, but at most {CONTACTS} one-off contacts of a person; people further out are not drawn"
    number, others, couples = chosen.rest
    few = ", most of them couples" if couples > HALF * number else ""
    rest = [f"{others:,} adults in {number:,} smaller parts{few}"] if number else []
    rest += [f"{chosen.alone:,} who have no partner in that month"] if chosen.alone else []
    undrawn = f"Not drawn: {'; '.join(rest)}" if rest else ""
    return words.sentence(drawn, f"{grown} {limits}", undrawn, "One simulation")


def network_values(seen: Snapshot, chosen: Sample) -> str:
    """How many people and pairs of each look are drawn."""
    people = np.array(chosen.people, np.int64)
    if not len(people):
        return "Nobody is drawn."
    look, hiv = looks(seen)[people], seen.lives_with_hiv[people]
    who = [
        f"{said} {(look == name).sum()} ({(hiv & (look == name)).sum()} living with HIV)"
        for name, (said, _) in LOOKS.items()
        if (look == name).any()
    ]
    number = {form: int(seen.of_form(form)[chosen.pairs].sum()) for form in FORMS}
    pairs = [f"{LINES[form][0]} {count}" for form, count in number.items() if count]
    parts = [str(len(part)) for part in chosen.parts]
    return (
        f"People as marks, joined by lines. People drawn: {words.listing(who)}. "
        f"Pairs drawn: {words.listing(pairs)}. People in each connected part: {words.listing(parts)}."
    )


def network_table(seen: Snapshot, chosen: Sample, at: np.ndarray) -> pd.DataFrame:
    """The people drawn, with their part of the network and their place in inches."""
    import pandas as pd

    people = np.array(chosen.people, np.int64)
    part = [k for k, members in enumerate(chosen.parts, 1) for _ in members]
    return pd.DataFrame({
        "uid": seen.uid[people], "part": np.array(part, np.int64), "shown_as": looks(seen)[people],
        "group": [seen.group_names[code] for code in seen.group[people]], "lives_with_hiv": seen.lives_with_hiv[people],
        "x": at[:, 0].round(3), "y": at[:, 1].round(3),
    })  # fmt: skip
