"""Points of a calibration in a file, a line each as soon as it is run: where it lies, and what surveys found there."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

POINTS = "points.jsonl"
EARLIER = "earlier.jsonl"  # points of another fit of the same priors and surveys
Points = dict[int, tuple[list[float], list[float]]]  # by number: where, and the model's number for each survey


def keep(file: Path, number: int, z: Sequence[float], found: Sequence[float], seconds: float) -> None:
    """Add one line to the file of points."""
    numbers = [one if math.isfinite(one) else None for one in found]
    line = json.dumps({"point": number, "z": z, "numbers": numbers, "seconds": round(seconds, 3)})
    with file.open("a", encoding="utf-8") as f:
        f.write(line + "\n")


def usual_seconds(files: Sequence[Path]) -> float:
    """The mean time of the runs in files of points; 0 if there are none."""
    seconds = []
    for line in (line for file in files if file.exists() for line in file.read_text(encoding="utf-8").splitlines()):
        try:
            seconds.append(float(json.loads(line)["seconds"]))
        except (ValueError, KeyError, TypeError):
            continue
    return sum(seconds) / len(seconds) if seconds else 0.0


def read_points(file: Path) -> Points:
    """The points of a file; a last line that was cut off is no point."""
    found: Points = {}
    if file.exists():
        text = file.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            file.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
        for line in text.splitlines():
            try:
                one = json.loads(line)
                found[int(one["point"])] = (list(one["z"]), list(one["numbers"]))
            except (ValueError, KeyError, TypeError):
                continue
    return found
