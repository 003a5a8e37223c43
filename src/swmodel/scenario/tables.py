"""Plain tables: aligned text for a terminal, and Markdown for the pages of the docs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 118  # characters of a line of text
NARROWEST = 24  # characters of a last column, however wide the others are
GAP = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool = False) -> str:
    """Rows under a head. In text, the last column is wrapped to the width of a line."""
    if markdown:
        lines: list[Sequence[str]] = [head, ["---"] * len(head), *rows]
        return "\n".join("| " + " | ".join(escape(cell) for cell in line) + " |" for line in lines)
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head) - 1)]
    before = sum(widths) + len(GAP) * len(widths)
    room = max(NARROWEST, WIDTH - before)
    written = []
    for row in [head, ["-" * len(title) for title in head], *rows]:
        start = "".join(cell.ljust(width) + GAP for cell, width in zip(row, widths, strict=False))
        for k, part in enumerate(textwrap.wrap(row[-1], room) or [""]):
            written.append(((start if k == 0 else " " * before) + part).rstrip())
    return "\n".join(written)


def escape(cell: str) -> str:
    """A cell as Markdown shows it."""
    return " ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;")


def heading(text: str, markdown: bool = False) -> str:
    """A heading of a section."""
    return f"## {text}\n" if markdown else f"{text}\n{'=' * len(text)}"


def bullet(text: str, markdown: bool = False) -> str:
    """One item of a list, wrapped in text."""
    return f"- {text}" if markdown else textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="      ")
