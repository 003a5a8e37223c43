"""Who pairs with whom: for steady, casual and paid pairs, the share of a group's partners that are in each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from swmodel.analysis.network import Mixing, mixing
from swmodel.analysis.snapshot import (
    CASUAL,
    CLIENT,
    FORMER,
    MSM,
    PAID,
    STEADY,
    TRANS_WOMEN,
    WOMEN,
    WORKER,
    Snapshot,
)
from swmodel.charts import style, words
from swmodel.charts.page import EDGE, LEADING, POINT, Sheet, Text, measure, page, save, wrap

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANELS = (
    ("Spouses and steady partners", (STEADY,)),
    ("Casual partners", (CASUAL,)),
    ("Paid sex (regular and one-off clients)", PAID),
)
MOST = 12  # groups that can be read; with more, occupations and then work settings are taken together
CELL, HEADING, BETWEEN, EDGE_OF_NAME = 0.25, 0.3, 0.16, 0.09  # inches: a row, the title of a panel, gaps
FEW = 10  # partners of a row; shares of fewer are chance, and are shown in grey
DARK = 0.85  # share from which the number in a cell is white
SELLERS = {WOMEN: "female", MSM: "male", TRANS_WOMEN: "trans"}
OTHERS = {WOMEN: "other women", "men": "other men", MSM: "men who have sex with men", TRANS_WOMEN: "other trans women"}


@dataclass(frozen=True, eq=False)
class Panel:
    """One heat map: names of its rows and columns, partners counted (rows, columns), and the shares of each row."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: np.ndarray
    shares: np.ndarray

    @property
    def labels(self) -> list[str]:
        """The names of rows as they are shown, with the number of partners."""
        totals = self.counts.sum(axis=1).tolist()
        return [f"{words.capital(name)} ({total:,})" for name, total in zip(self.rows, totals, strict=True)]


def mixing_picture(seen: Snapshot, path: Path) -> list[Path]:
    """Draw who pairs with whom as `path`.svg and .png, with .csv and .txt; returns the files. Raises OutputError."""
    path = Path(path)
    with style.drawing():
        return save(mixing_sheet(seen, path.name), path.parent)


def mixing_sheet(seen: Snapshot, name: str = "mixing") -> Sheet:
    """The picture of who pairs with whom, with its words and numbers."""
    found = mixing(seen, names=group_words(seen))
    panels = [panel for title, forms in PANELS if (panel := panel_of(found, title, forms))]
    subtitle = words.sentence(seen.title, f"Of all partners of a group in {when(seen)}, per cent who are in each group")
    small = any((panel.counts.sum(axis=1) < FEW).any() for panel in panels)
    grey = f"Grey: shares of fewer than {FEW} partners, which chance may move far" if small else ""
    caption = words.sentence(
        "A row adds up to 100; behind its name stands how many partners its people have together", "Empty: none", grey,
        "One simulation",
    )  # fmt: skip
    text = Text(mixing_title(seen), subtitle, caption)
    names = max((measure(label, style.SMALL) for panel in panels for label in panel.labels), default=0.0) + EDGE_OF_NAME
    across = style.WIDTH - 2 * EDGE - names
    heads = [columns_of(panel, across)[-1] for panel in panels]
    tall = [HEADING + head + CELL * len(panel.rows) for panel, head in zip(panels, heads, strict=True)]
    total = sum(tall) + BETWEEN * max(len(panels) - 1, 0) if panels else CELL
    figure, box = page(text, total, left=names, bottom=0.0, right=0.0)
    down = 0.0
    for panel, head, height in zip(panels, heads, tall, strict=True):
        top = box.top - (down + HEADING + head) * box.inch[1]
        cells = CELL * len(panel.rows) * box.inch[1]
        ax = figure.add_axes((box.left, top - cells, box.right - box.left, cells))
        draw_cells(ax, panel)
        draw_words(ax, panel, across, names)
        down += height + BETWEEN
    return Sheet(name, figure, text, mixing_table(panels), mixing_values(panels))


def group_words(seen: Snapshot) -> tuple[str, ...]:
    """A readable name for each group code, without its site; coarser ones where there would be too many."""
    levels = (
        [(role, population, name.split("@")[0]) for role, population, name in groups(seen)],
        [(role, population, name.split("@")[0].split(":")[0]) for role, population, name in groups(seen)],
        [(role, population, "") for role, population, _ in groups(seen)],
    )
    present = np.bincount(seen.group, minlength=len(seen.group_names)) > 0
    for level in levels[:2]:
        if len({one for one, some in zip(level, present, strict=True) if some}) <= MOST:
            return tuple(said(*one, seen) for one in level)
    return tuple(said(*one, seen) for one in levels[2])


def groups(seen: Snapshot) -> list[tuple[str, str, str]]:
    """Role, population and name of each group."""
    return list(zip(seen.roles, seen.populations, seen.group_names, strict=True))


def said(role: str, population: str, name: str, seen: Snapshot) -> str:
    """A group in words: "brothel sex workers", "clients", "other men: truck drivers"."""
    several = len({one for r, one, _ in groups(seen) if r == WORKER}) > 1
    base, _, occupation = name.replace("_", " ").partition(":")
    if role == WORKER:
        return f"{base or SELLERS[population]} sex workers" if base or several else "sex workers"
    if role == FORMER:
        return f"former {SELLERS[population]} sex workers" if several else "former sex workers"
    made = OTHERS[population]
    if role == CLIENT:
        made = base if base.startswith("clients of") else client_words(population, seen)
    return f"{made}: {occupation}" if occupation else made


def client_words(population: str, seen: Snapshot) -> str:
    """Clients whose group is not named: of men's and trans women's where they are of that population."""
    several = len({one for r, one, _ in groups(seen) if r == CLIENT}) > 1
    return "clients" if not several else "clients of men, trans women" if population == MSM else "clients of women"


def panel_of(found: Mixing, title: str, forms: Sequence[str]) -> Panel | None:
    """One panel without empty rows and columns; None without any pair."""
    counts = found.total(*forms)
    kept = np.flatnonzero(counts.sum(axis=1))
    if not len(kept):
        return None
    names = tuple(found.names[k] for k in kept)
    return Panel(title, names, names, counts[np.ix_(kept, kept)], found.shares(*forms)[np.ix_(kept, kept)])


# --- what is drawn ---------------------------------------------------------------------------------------------------


def columns_of(panel: Panel, across: float) -> tuple[list[str], bool, float]:
    """The names of columns, whether they stand upright, and the height they take, in inches.

    They are broken into lines; where `across` inches for all columns leave no room for a word, they are turned instead.
    """
    room = across / len(panel.columns) - 0.06
    if max(measure(word, style.SMALL) for name in panel.columns for word in name.split()) > room:
        return list(panel.columns), True, max(measure(name, style.SMALL) for name in panel.columns) + 0.1
    names = [wrap(name, room, style.SMALL) for name in panel.columns]
    return names, False, max(name.count("\n") + 1 for name in names) * style.SMALL * LEADING * POINT + 0.06


def draw_cells(ax: Axes, panel: Panel) -> None:
    """The cells of one panel in shades of blue, each with its share in per cent."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    rows, columns = panel.shares.shape
    shades = LinearSegmentedColormap.from_list("shares", ["white", style.BLUE])
    few = panel.counts.sum(axis=1) < FEW
    shown = np.where(few[:, None], 0.0, panel.shares)
    ax.imshow(shown, cmap=shades, vmin=0.0, vmax=1.0, aspect="auto", interpolation="nearest")
    ax.set_axis_off()
    for k in range(1, rows):
        ax.axhline(k - 0.5, color=style.FAINT, linewidth=0.6)
    for k in range(1, columns):
        ax.axvline(k - 0.5, color=style.FAINT, linewidth=0.6)
    ax.add_patch(Rectangle((-0.5, -0.5), columns, rows, fill=False, edgecolor=style.GREY, linewidth=0.8, clip_on=False))
    for row, column in zip(*np.nonzero(panel.counts), strict=True):
        share = float(panel.shares[row, column])
        shade = style.readable(style.GREY) if few[row] else "white" if share > DARK else style.INK
        ax.text(column, row, per_cent(share), ha="center", va="center_baseline", size=style.SMALL, color=shade)


def draw_words(ax: Axes, panel: Panel, across: float, names: float) -> None:
    """The title of one panel and the names of its rows and columns; `names` inches are to the left of the cells."""
    columns, upright, head = columns_of(panel, across)

    def beside(text: str, at: tuple[float, float], away: tuple[float, float], **look: Any) -> None:
        """Text at a place of the cells, moved by some inches."""
        look = {"size": style.SMALL, "textcoords": "offset points", "annotation_clip": False, **look}
        ax.annotate(text, at, (away[0] / POINT, away[1] / POINT), **look)

    for k, label in enumerate(panel.labels):
        beside(label, (-0.5, k), (-EDGE_OF_NAME, 0.0), ha="right", va="center_baseline")
    for k, name in enumerate(columns):
        turn = {"rotation": 90} if upright else {}
        beside(name, (k, -0.5), (0.0, 0.04), ha="center", va="bottom", linespacing=LEADING - 0.1, **turn)
    beside(panel.title, (-0.5, -0.5), (-names, head + 0.04), va="bottom", size=style.TEXT, weight="bold")


def per_cent(share: float) -> str:
    """A share as it stands in a cell."""
    return "<1" if share < 0.005 else ">99" if 0.995 <= share < 1 else f"{100 * share:.0f}"


# --- what is said ----------------------------------------------------------------------------------------------------


def when(seen: Snapshot) -> str:
    """The month and the year of a snapshot: "December 2009"."""
    months = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip
    return f"{months[int(seen.time % 1.0 * len(months))]} {int(seen.time)}"


def mixing_title(seen: Snapshot) -> str:
    """How many of the unpaid partners of women who do not sell sex are clients: the way out of sex work for HIV."""
    place = f" in {seen.place}" if seen.place else ""
    which = seen.of_form(STEADY, CASUAL)
    a, b = (ends[which] for ends in seen.ends)
    others = np.array([one == WOMEN for one in seen.populations])[seen.group] & ~seen.in_role(WORKER)
    clients = seen.in_role(CLIENT)
    total = int(others[a].sum() + others[b].sum())
    buying = int((others[a] & clients[b]).sum() + (others[b] & clients[a]).sum())
    if not buying:
        return f"Who pairs with whom{place} in {when(seen)}"
    share = words.percent(buying / total)
    return f"{share} of husbands and casual partners of women who do not sell sex{place} are men who buy sex"


def mixing_table(panels: Sequence[Panel]) -> pd.DataFrame:
    """The numbers of the cells."""
    import pandas as pd

    rows = [
        (panel.title, row, column, int(panel.counts[i, j]), float(f"{panel.shares[i, j]:.6g}"))
        for panel in panels
        for i, row in enumerate(panel.rows)
        for j, column in enumerate(panel.columns)
    ]
    return pd.DataFrame(rows, columns=["pairs", "group", "partners", "count", "share"])


def mixing_values(panels: Sequence[Panel]) -> str:
    """The cells in words."""
    told = []
    for panel in panels:
        parts = []
        for i, row in enumerate(panel.rows):
            cells = [
                f"{words.percent(float(panel.shares[i, j]))} {column}"
                for j, column in enumerate(panel.columns)
                if panel.counts[i, j]
            ]
            parts.append(f"of those of {row}, {words.listing(cells)}")
        told.append(f"{panel.title}: {'; '.join(parts)}.")
    return "Heat maps. " + (" ".join(told) if told else "There are no pairs.")
