"""The page around a chart: title, what is measured, caption; how it is measured out and how it is saved."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from swmodel.charts import style
from swmodel.study.store import told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

EDGE, GAP = 0.15, 0.1  # inches
POINT = 1 / 72  # inches
LEADING = 1.3
ALT, TABLE = ".txt", ".csv"


@dataclass(frozen=True)
class Text:
    """The words of a chart. The title says the finding, the subtitle what is measured, the caption how to read it."""

    title: str
    subtitle: str
    caption: str


@dataclass(frozen=True)
class Sheet:
    """A finished chart: its file name without ending, its figure, its words, its numbers, and its values in words."""

    name: str
    figure: Figure
    text: Text
    table: pd.DataFrame
    values: str

    @property
    def alt(self) -> str:
        """The alternative text: everything that the picture says."""
        return f"{self.text.title}\n\n{self.text.subtitle}\n\n{self.values}\n\n{self.text.caption}\n"


@dataclass(frozen=True)
class Box:
    """The part of a page that is left for axes, as fractions of the figure; `inch` turns inches into fractions."""

    left: float
    right: float
    bottom: float
    top: float
    inch: tuple[float, float]

    def cells(self, rows: int, columns: int, across: float, down: float) -> list[tuple[float, float, float, float]]:
        """Places for axes (left, bottom, width, height), row by row, with gaps of `across` and `down` inches."""
        gap_x, gap_y = across * self.inch[0], down * self.inch[1]
        width = (self.right - self.left - (columns - 1) * gap_x) / columns
        height = (self.top - self.bottom - (rows - 1) * gap_y) / rows
        return [
            (self.left + column * (width + gap_x), self.top - height - row * (height + gap_y), width, height)
            for row in range(rows)
            for column in range(columns)
        ]


def page(
    text: Text, height: float, left: float = 0.55, right: float = 0.15, bottom: float = 0.3, above: float = 0.0
) -> tuple[Figure, Box]:
    """A figure with its words in place and a box of `height` inches for the axes.

    `left`, `right`, `bottom` and `above` (inches) are kept free around the box for ticks, labels and headings.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = style.WIDTH - 2 * EDGE
    parts = [
        (wrap(text.title, width, style.TITLE, "bold"), style.TITLE, "bold", style.INK),
        (wrap(text.subtitle, width, style.TEXT), style.TEXT, "normal", style.INK),
        (wrap(text.caption, width, style.SMALL), style.SMALL, "normal", "#555555"),
    ]
    tall = [tallness(lines, size) for lines, size, _, _ in parts]
    total = EDGE + tall[0] + 0.5 * GAP + tall[1] + 2 * GAP + above + height + bottom + 2 * GAP + tall[2] + EDGE
    figure = Figure(figsize=(style.WIDTH, total), dpi=style.DPI, facecolor="white")
    FigureCanvasAgg(figure)
    tops = (total - EDGE, total - EDGE - tall[0] - 0.5 * GAP, EDGE + tall[2])
    for (lines, size, weight, shade), top in zip(parts, tops, strict=True):
        x, y = EDGE / style.WIDTH, top / total
        figure.text(x, y, lines, size=size, weight=weight, color=shade, va="top", linespacing=LEADING)
    floor = EDGE + tall[2] + 2 * GAP + bottom
    inch = (1 / style.WIDTH, 1 / total)
    x0, x1 = (EDGE + left) / style.WIDTH, 1 - (EDGE + right) / style.WIDTH
    return figure, Box(x0, x1, floor / total, (floor + height) / total, inch)


def tallness(lines: str, size: float) -> float:
    """The height of a block of lines, in inches."""
    return (lines.count("\n") + 1) * size * LEADING * POINT if lines else 0.0


def measure(text: str, size: float, weight: str = "normal") -> float:
    """The width of one line of text, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=style.SETTINGS["font.family"], size=size, weight=weight)  # type: ignore[arg-type]
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) * POINT


def wrap(text: str, width: float, size: float, weight: str = "normal") -> str:
    """The text broken at spaces into lines no wider than `width` inches; a no-break space does not break."""
    lines: list[str] = []
    for word in (piece for whole in text.split(" ") for piece in pieces(whole, width, size, weight)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def pieces(word: str, width: float, size: float, weight: str) -> list[str]:
    """A word in pieces that fit a line: the whole word, but for such as a long web address."""
    found = [""]
    for letter in word if measure(word, size, weight) > width else ():
        if measure(found[-1] + letter, size, weight) > width:
            found.append("")
        found[-1] += letter
    return found if found[0] else [word]


def save(sheet: Sheet, folder: Path) -> list[Path]:
    """Write a chart as SVG, PNG, CSV and text; the same bytes every time. Raises OutputError."""
    picture, drawing = io.BytesIO(), io.StringIO()
    sheet.figure.savefig(picture, format="png", dpi=style.DPI, metadata={"Software": None, "Title": sheet.text.title})
    sheet.figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    contents = {
        ".svg": described(drawing.getvalue(), sheet).encode(),
        ".png": picture.getvalue(),
        TABLE: sheet.table.to_csv(index=False, lineterminator="\n").encode(),
        ALT: sheet.alt.encode(),
    }
    files = []
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for ending, content in contents.items():
            files.append(folder / f"{sheet.name}{ending}")
            files[-1].write_bytes(content)
    return files


def described(svg: str, sheet: Sheet) -> str:
    """The SVG with a title and a description that a screen reader reads out."""
    start = svg.index(">", svg.index("<svg")) + 1
    names = f' role="img" aria-labelledby="{sheet.name}-title {sheet.name}-desc">'
    title = f'\n <title id="{sheet.name}-title">{escape(sheet.text.title)}</title>'
    words = " ".join(part for part in (sheet.text.subtitle, sheet.values, sheet.text.caption) if part)
    return f'{svg[: start - 1]}{names}{title}\n <desc id="{sheet.name}-desc">{escape(words)}</desc>{svg[start:]}'
