"""Problems of a scenario: where each one is, in plain words, and the one error that carries them all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

NEAR_ENOUGH = 0.6  # similarity (0 to 1) above which a name is offered as "did you mean"
MOST_NAMES = 12  # names listed in a message before it says how many more there are


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: the file, the line and column (from 1; line 0 where a flag was at fault), and what is wrong."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}".replace("\n", "\\n")  # one line, whatever was read


class ScenarioError(Exception):
    """A scenario cannot be used. `problems` holds every fault; the text has one line for each, and their count."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        return "\n".join([*map(str, self.problems), f"{count} problem{'' if count == 1 else 's'} found"])


def nearest(name: object, known: Iterable[object]) -> str:
    """The known name most like `name`, or an empty text."""
    found = difflib.get_close_matches(str(name), [str(k) for k in known], 1, NEAR_ENOUGH)
    return found[0] if found else ""


def names(known: Iterable[object]) -> str:
    """Names as a list in words, cut where it would grow too long to read."""
    listed = [str(k) for k in known]
    more = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "") if listed else "(none)"


def sentence(what: str, got: str = "", allowed: str = "", near: str = "") -> str:
    """One message: what is wrong; the value; what is allowed; the nearest name."""
    parts = [what]
    if got:
        parts.append(f"got {got}")
    if allowed:
        parts.append(f"allowed: {allowed}")
    if near:
        parts.append(f"did you mean '{near}'?")
    return "; ".join(parts)
