"""One HTML page: headings, paragraphs, tables and charts as SVG, with its style inside."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from html import escape

from swmodel.charts.page import Sheet, described

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: 0.85rem; width: 100%; }
th, td { text-align: left; padding: 0.25rem 0.6rem 0.25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.warning { border-left: 4px solid #D55E00; padding: 0.4rem 0.8rem; background: #fdf1ea; }
figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
@media print { body { margin: 0; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""
NUMBER = re.compile(r"[-\u2212+]?[0-9].*")


def document(title: str, parts: Iterable[str]) -> str:
    """The whole page."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n</head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def heading(words: str) -> str:
    """A heading."""
    return f"<h2>{escape(words)}</h2>"


def paragraph(words: str, warning: bool = False) -> str:
    """A paragraph, or a warning."""
    kind = ' class="warning"' if warning else ""
    return f"<p{kind}>{escape(words)}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells that begin with a digit stand to the right."""
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    for row in rows:
        kinds = (' class="number"' if NUMBER.fullmatch(cell) else "" for cell in row)
        lines.append("".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)))
    return "<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"


def figure(sheet: Sheet) -> str:
    """A chart, with what a screen reader says of it."""
    drawing = io.StringIO()
    sheet.figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    svg = described(drawing.getvalue(), sheet)
    return f"<figure>{own_names(svg[svg.index('<svg') :], sheet.name)}</figure>"


def own_names(svg: str, name: str) -> str:
    """The drawing with names of its own for its parts, so that several may stand on one page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'\1="#{name}-\2"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    return re.sub(r'aria-labelledby="(\S+) (\S+)"', rf'aria-labelledby="{name}-\1 {name}-\2"', svg)
