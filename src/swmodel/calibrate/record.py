"""A fit as the small files that are left of it: its draws, and a record of how it was made and how it stands."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from swmodel.calibrate import gates, pull
from swmodel.calibrate.fit import Fit
from swmodel.calibrate.folder import INDENT, fingerprint, of_scenario
from swmodel.calibrate.posterior import DRAWS, FIT, FORMAT
from swmodel.results import whole_file
from swmodel.scenario.spec import Ratio
from swmodel.study import record as records

QUANTILES = (0.025, 0.5, 0.975)


def write(found: Fit, folder: Path) -> dict[str, Any]:
    """Write `draws.csv` and `fit.json` to a folder; returns what the latter holds."""
    folder.mkdir(parents=True, exist_ok=True)
    names = found.calibration.priors.names
    with whole_file(folder / DRAWS) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("draw", *names))
        writer.writerows((number, *(f"{value:.6g}" for value in row)) for number, row in enumerate(found.draws))
    record = as_record(found)
    with whole_file(folder / FIT) as temporary:
        temporary.write_text(json.dumps(record, indent=INDENT, ensure_ascii=False) + "\n", encoding="utf-8")
    return record


def as_record(found: Fit) -> dict[str, Any]:
    """Everything about a fit but its draws, as JSON has it."""
    one = found.calibration
    made = {
        "format": FORMAT,
        "name": one.name,
        "title": one.title,
        "converged": found.converged,
        "gates": [asdict(gate) for gate in found.gates],
        "fingerprint": fingerprint(one),
        "of": of_scenario(one.arm.scenario),
        "versions": records.versions(),
        "scenario": one.arm.scenario.name,
        "people": one.arm.scenario.people,
        "seed": one.seed,
        "runs": found.runs,
        "search": asdict(one.search),
        "waves": [{**asdict(wave), "off": wave.off.tolist(), "error": wave.error.tolist(),
                   "noise": wave.noise.tolist()} for wave in found.history],
        "fitted": [fitted_record(found, k) for k in range(len(one.fitted))],
        "values": {p.name: one.arm.scenario.parameters.get(p.name, p.default) for f in one.fitted if (p := f.param)},
        "targets": target_records(found),
        "predictions": [asdict(one) for one in found.predictions],
        "correlations": [[round(value, 3) for value in row] for row in pull.correlations(found.draws).tolist()],
    }  # fmt: skip
    plain = records.plain(made)
    assert isinstance(plain, dict)
    return plain


def fitted_record(found: Fit, k: int) -> dict[str, Any]:
    """One fitted number: where it goes, its prior, and its posterior."""
    one = found.calibration.fitted[k]
    low, middle, high = np.quantile(found.draws[:, k], QUANTILES).tolist()
    ends = one.prior.quantile(np.array(QUANTILES)).tolist()
    return {"name": one.name, "of": f"{one.param.section}.{one.param.name}" if one.param else "", "labels": one.labels,
            "years": one.years, "factor": one.factor, "unit": one.param.unit if one.param and not one.factor else "",
            "source": one.source, "from": one.prior.low, "to": one.prior.high, "form": one.prior.kind,
            "prior": ends, "median": middle, "low": low, "high": high}  # fmt: skip


def target_records(found: Fit) -> list[dict[str, Any]]:
    """The targets: what each survey found, what the fit says, where the survey lies in it, and what it pulls at."""
    targets = found.calibration.targets
    places, pulls = gates.pits(targets, found.surveys), pull.pulls(found.posterior, found.likelihoods)
    made = []
    for k, target in enumerate(targets):
        model = found.checked[:, k][np.isfinite(found.checked[:, k])]
        quantiles: Mapping[str, float] = {}
        if len(model):
            ends = target.unscaled(np.quantile(model, QUANTILES)).tolist()
            quantiles = dict(zip(("low", "median", "high"), ends, strict=True))
        prior = target.unscaled(np.nanquantile(found.before[:, k], QUANTILES)).tolist()
        moves = [round(move, 3) for move in pulls[k].moves.tolist()] if pulls[k].known else None
        survey = target.survey
        than = {"other_group": survey.other_group, "other_year": survey.other_year} \
            if isinstance(survey, Ratio) else {}  # fmt: skip
        aged = {"aged": survey.aged} if survey.aged else {}
        made.append({"name": target.name, "measure": survey.measure, "group": survey.group, "year": survey.year,
                     **than, **aged, "share": target.share, "estimate": target.estimate, "interval": target.interval,
                     "allowed": target.allowed,
                     "source": survey.source, "prior": prior, "model": quantiles, "pit": float(places[k]),
                     "pull": moves})  # fmt: skip
    return made
