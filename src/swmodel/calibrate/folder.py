"""The folder of a fit that is under way: whose it is, and whose runs it may learn from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from swmodel.calibrate.points import EARLIER, POINTS
from swmodel.calibrate.read import Calibration
from swmodel.results import whole_file
from swmodel.scenario.spec import Scenario
from swmodel.study import record as records
from swmodel.study.store import FolderError

FOLDER, STATE = "fit", "calibration.json"  # what is left at the end, and what the folder is of
INDENT = 1  # of JSON
FITTED_TO = ("the targets", "the surveys held back", "the search")  # in which a fit may differ whose runs are used


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
