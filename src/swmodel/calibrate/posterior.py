"""A fit as other commands use it: draws of its posterior over the parameters of scenarios of the same place."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from swmodel.calibrate.fitted import Fitted, applied, standing
from swmodel.calibrate.folder import of_scenario
from swmodel.calibrate.priors import Draw, Prior
from swmodel.scenario.spec import Scenario
from swmodel.study import record as records
from swmodel.study.plan import Arm
from swmodel.study.store import FolderError

FIT, DRAWS = "fit.json", "draws.csv"
FORMAT = 1  # of fit.json


@dataclass(frozen=True)
class SavedFit:
    """What is left of a fit: equally weighted draws, and the record of how it was made."""

    folder: str
    draws: tuple[Draw, ...]
    record: Mapping[str, Any]

    @property
    def converged(self) -> bool:
        """True if it passed every gate."""
        return bool(self.record["converged"])

    @property
    def words(self) -> str:
        """What reports say of it, on one line."""
        failed = ", ".join(gate["name"] for gate in self.record["gates"] if not gate["passed"])
        state = "" if self.converged else f"; NOT CONVERGED: it fails {failed}"
        return f"Parameters: {self.record['title'] or self.record['name']}, {len(self.draws)} draws{state}"

    def some(self, count: int) -> tuple[Draw, ...]:
        """So many draws, spread over all of them; those that there are, round again, if there are fewer."""
        if count >= len(self.draws):
            return tuple(self.draws[k % len(self.draws)] for k in range(count))
        return tuple(self.draws[int(k)] for k in np.linspace(0, len(self.draws) - 1, count).round())

    def over(self, arm: Arm) -> Arm:
        """A scenario whose draws are those of the fit. Raises FolderError if it is of another place or version."""
        version = records.versions()["swmodel"]
        made = self.record["versions"]["swmodel"]
        if made != version:
            raise FolderError(f"{self.folder} was made with swmodel {made}, and this is {version}; fit again")
        differs = [name for name, value in of_scenario(arm.scenario).items() if self.record["of"].get(name) != value]
        if differs:
            what = f"{self.folder} is not a fit of {arm.name}; what differs: {', '.join(differs)}"
            raise FolderError(f"{what}; fit again with its data, or run the scenario's own values (--posterior none)")
        fitted, scenario = self.fitted(arm), arm.scenario
        values, names = records.from_plain(self.record["values"]), {one.name for one in fitted}

        def apply(one: Scenario, draw: Draw) -> dict[str, Any]:
            """The draw over what was fitted; what this scenario says otherwise stands, and what else is drawn too."""
            drawn = applied(replace(one, parameters={**one.parameters, **values}), fitted, draw)
            found = {name: standing(one.parameters.get(name, values[name]), values[name], value)
                     for name, value in drawn.items()}  # fmt: skip
            return {**found, **{name: value for name, value in draw.items() if name not in names}}

        if not self.converged:  # charts, tables and records have the title
            scenario = replace(scenario, title=f"{scenario.title} (parameters of a fit that is not converged)")
        return replace(arm, scenario=scenario, apply=apply)

    def fitted(self, arm: Arm) -> tuple[Fitted, ...]:
        """Where the numbers of each draw go. Raises FolderError for a parameter that the model does not have."""
        params = {f"{param.section}.{param.name}": param for param in arm.params.values()}
        found = []
        for one in self.record["fitted"]:
            if one["of"] and one["of"] not in params:
                raise FolderError(
                    f"{self.folder} has the parameter '{one['of']}', which {arm.name} does not; fit again"
                )
            prior = Prior(one["name"], one["from"], one["to"])
            found.append(Fitted(prior, params.get(one["of"]), tuple(one["labels"]), tuple(one["years"]), one["factor"]))
        return tuple(found)


def read_fit(folder: str | Path) -> SavedFit:
    """The fit in a folder. Raises FolderError."""
    folder = Path(folder)
    try:
        record = json.loads((folder / FIT).read_text(encoding="utf-8"))
        with (folder / DRAWS).open(encoding="utf-8", newline="") as file:
            rows: Sequence[Mapping[str, str]] = list(csv.DictReader(file))
        if record.get("format") != FORMAT:
            raise FolderError(f"{folder / FIT} was written by another version of swmodel; fit again")
        names = [one["name"] for one in record["fitted"]]
        draws = tuple({name: float(row[name]) for name in names} for row in rows)
        if not all(math.isfinite(value) for draw in draws for value in draw.values()):
            raise ValueError("a draw is no number")
        _ = SavedFit(str(folder), draws, record).words, record["versions"]["swmodel"]
        _ = record["of"].items(), record["values"].items()
    except OSError:
        raise FolderError(
            f"{folder} holds no fit: it needs {FIT} and {DRAWS}, which `swmodel calibrate` writes"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FolderError(f"the files in {folder} are damaged: {error}") from None
    if not draws:
        raise FolderError(f"{folder / DRAWS} holds no draws")
    return SavedFit(str(folder), draws, record)
