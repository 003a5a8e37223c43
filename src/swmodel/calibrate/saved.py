"""A fit on disk: whose folder it is while it goes on, and the small files that are left of it at the end."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from swmodel.calibrate import gates, pull
from swmodel.calibrate.read import Calibration
from swmodel.calibrate.simulate import EARLIER, POINTS
from swmodel.results import whole_file
from swmodel.scenario.spec import Ratio, Scenario
from swmodel.study import record as records
from swmodel.study.store import FolderError

if TYPE_CHECKING:
    from swmodel.calibrate.fit import Fit

FIT, DRAWS, FOLDER, STATE = "fit.json", "draws.csv", "fit", "calibration.json"
FORMAT = 1  # of fit.json
INDENT = 1
FITTED_TO = ("the targets", "the surveys held back", "the search")  # in which a fit may differ whose runs are used
QUANTILES = (0.025, 0.5, 0.975)


# --- the folder of a fit that is under way ---------------------------------------------------------------------------


def fingerprint(calibration: Calibration) -> dict[str, str]:
    """Short digests of what decides a fit, by what a message calls it."""
    parts = {
        "the scenario": {name: part for name, part in records.resolved(calibration.arm.scenario).items()
                         if name == "surveys" or name not in records.WORDS},
        "the extensions": [records.file_digest(one.path) for one in calibration.arm.extensions],
        "the priors": [asdict(one.prior) | {"of": one.param.name if one.param else "", "labels": one.labels,
                       "years": one.years, "factor": one.factor} for one in calibration.fitted],
        "the constraints": [calibration.priors.order, calibration.priors.sums],
        "the surveys": [asdict(target.survey) for target in calibration.surveyed],
        "the targets": [asdict(target) for target in calibration.targets],
        "the surveys held back": [asdict(target) for target in calibration.held],
        "the search": asdict(calibration.search),
        "the version of swmodel": records.versions()["swmodel"],
    }  # fmt: skip
    return {name: records.digest(part) for name, part in parts.items()}


def claim(calibration: Calibration, folder: Path, resume: bool, overwrite: bool, earlier: Path | None = None) -> None:
    """Take the folder for this fit, and the runs of an `earlier` one to learn from. Raises FolderError if the folder
    holds another fit, or this one and nobody said to go on, or if the earlier one is of something else.
    """
    state, ours = folder / STATE, fingerprint(calibration)
    if earlier is not None:
        ours["the runs to learn from"] = usable(earlier, ours)
    if state.exists() and not overwrite:
        theirs = state_of(folder, "name another folder with --out, or use --overwrite")
        differs = [name for name, value in ours.items() if theirs.get(name) != value]
        if differs:
            raise FolderError(f"{folder} holds another fit; what differs: {', '.join(differs)}; name another folder "
                              f"with --out, or replace it with --overwrite")  # fmt: skip
        if not resume:
            raise FolderError(f"{folder} holds this fit already; go on with --resume, or replace it with --overwrite")
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / POINTS).unlink(missing_ok=True)
    (folder / EARLIER).unlink(missing_ok=True)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)  # an earlier fit is not to be taken for the one that begins
    if earlier is not None:
        shutil.copyfile(earlier / POINTS, folder / EARLIER)
    with whole_file(state) as temporary:
        temporary.write_text(json.dumps(ours, indent=INDENT) + "\n", encoding="utf-8")


def state_of(folder: Path, way: str) -> dict[str, str]:
    """The digests of the fit that a folder is of. Raises FolderError."""
    try:
        return dict(json.loads((folder / STATE).read_text(encoding="utf-8")))
    except OSError:
        raise FolderError(f"{folder} holds no runs of a fit; {way}") from None
    except (ValueError, TypeError):
        raise FolderError(f"{folder / STATE} is damaged; {way}") from None


def usable(earlier: Path, ours: Mapping[str, str]) -> str:
    """A digest of the runs of another fit, which may differ in what is fitted to and how, and in nothing that decides
    what a run finds. Raises FolderError.
    """
    theirs = state_of(earlier, "leave --from out, or name the folder of a fit")
    differs = [name for name, value in ours.items() if name not in FITTED_TO and theirs.get(name) != value]
    if differs:
        raise FolderError(f"nothing can be learnt from the runs in {earlier}; what differs: {', '.join(differs)}")
    if not (earlier / POINTS).is_file():
        raise FolderError(f"{earlier} has lost its {POINTS}; leave --from out")
    return records.file_digest(str(earlier / POINTS))


def of_scenario(scenario: Scenario) -> dict[str, str]:
    """Short digests of what a scenario must share with the one that was fitted, by what a message calls it."""
    there = (scenario.work_settings, scenario.workers, scenario.occupations, scenario.sites, scenario.groups)
    kinds = [asdict(kind) for kind in scenario.pair_kinds]
    surveys = [asdict(survey) for survey in scenario.surveys]
    parts = {"who is in the place": (there, kinds), "the first year": scenario.start, "the step": scenario.step,
             "the surveys": surveys}  # fmt: skip
    return {name: records.digest(part) for name, part in parts.items()}


# --- the fit as a small file -----------------------------------------------------------------------------------------


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
        made.append({"name": target.name, "measure": survey.measure, "group": survey.group, "year": survey.year,
                     **than, "share": target.share, "estimate": target.estimate, "interval": target.interval,
                     "source": survey.source, "prior": prior, "model": quantiles, "pit": float(places[k]),
                     "pull": moves})  # fmt: skip
    return made
