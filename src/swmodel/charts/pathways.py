"""A picture of the causal layer: exposures on the left, what they change on the right, arrows between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from swmodel.charts.style import BLUE, GREY, INK, ORANGE, SETTINGS, SMALL, VERMILLION
from swmodel.declare import Process
from swmodel.pathways import Arrow, graph

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

COLOURS = {"strong": BLUE, "moderate": VERMILLION, "weak": ORANGE, "assumption": GREY}
WIDTHS = {"strong": 1.8, "moderate": 1.6, "weak": 1.3, "assumption": 0.7}
SALT = "swmodel"  # makes the identifiers of an SVG file the same every time
LEFT, RIGHT, APART = 0.0, 1.0, 1.0


def as_graph(arrows: Sequence[Arrow], processes: Sequence[Process]) -> nx.DiGraph:
    """The arrows, and the processes that turn a mediator into an exposure of the next step, as a networkx graph."""
    import networkx as nx

    made = nx.DiGraph()
    for arrow in arrows:
        made.add_node(arrow.exposure, sort="exposure")
        made.add_node(arrow.mediator, sort="mediator")
        made.add_edge(arrow.exposure, arrow.mediator, sort="arrow", grade=arrow.grade, effect=arrow.effect)
    for mediator, exposure, process in graph(arrows, processes).fed:
        made.add_edge(mediator, exposure, sort="process", process=process)
    return made


def draw(arrows: Sequence[Arrow], processes: Sequence[Process], path: Path) -> None:
    """Write the picture as SVG, PNG or PDF, by the ending of `path`."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    made = as_graph(arrows, processes)
    places = places_of(made)
    settings: dict[Any, Any] = {**SETTINGS, "svg.hashsalt": SALT, "axes.grid": False}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(9.0, 0.55 * max(place[1] for place in places.values()) + 1.6), layout="constrained")
        axes = figure.subplots()
        axes.axis("off")
        for start, end, about in made.edges(data=True):
            connect(axes, places[start], places[end], about)
        for node, (x, y) in places.items():
            words, side = spelled(node), "right" if x == LEFT else "left"
            shift = -0.015 if x == LEFT else 0.015
            axes.text(x + shift, y, words, ha=side, va="center", color=INK)
        axes.set_xlim(-0.38, 1.38)
        axes.set_ylim(0.2, max(place[1] for place in places.values()) + 0.9)
        axes.set_title("What weighs on people who sell sex, and what it changes")
        used = [grade for grade in COLOURS if any(arrow.grade == grade for arrow in arrows)]
        keys = [Line2D([], [], color=COLOURS[grade], label=f"evidence: {grade}") for grade in used]
        keys += [Line2D([], [], color=INK, linestyle=":", label="events, by the next step")]
        figure.legend(handles=keys, loc="outside lower center", ncols=3, frameon=False, fontsize=SMALL)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def places_of(made: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Where each node stands: exposures left as declared, mediators right, each near what leads to it."""
    left = [node for node, sort in made.nodes(data="sort") if sort == "exposure"]
    right = [node for node, sort in made.nodes(data="sort") if sort == "mediator"]
    right.sort(key=lambda node: mean(left.index(one) for one in made.predecessors(node) if one in left))
    most = max(len(left), len(right))
    found: dict[str, tuple[float, float]] = {}
    for x, nodes in ((LEFT, left), (RIGHT, right)):
        gap = (most - 1) / max(len(nodes) - 1, 1)
        found |= {node: (x, APART * (most - k * gap)) for k, node in enumerate(nodes)}
    return found


def spelled(node: str) -> str:
    """The name of a node in words."""
    return " ".join({"art": "ART", "hiv": "HIV"}.get(word, word) for word in node.split("_"))


def connect(axes: Axes, start: tuple[float, float], end: tuple[float, float], about: dict[str, Any]) -> None:
    """One arrow; those of processes lead back, dotted."""
    arrow = about["sort"] == "arrow"
    colour = COLOURS[about["grade"]] if arrow else INK
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": WIDTHS[about["grade"]] if arrow else 0.9,
             "linestyle": "-" if arrow else ":", "shrinkA": 2, "shrinkB": 2,
             "connectionstyle": "arc3,rad=0" if arrow else "arc3,rad=0.12"}  # fmt: skip
    axes.annotate("", xy=end, xytext=start, arrowprops=style)
