"""The record of a study, kept as run.json: what was run, with which values, by which versions.

It is complete enough to draw the charts again and to know whether another command would run the same thing.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swmodel import jit
from swmodel.scenario.spec import Lever, PairKind, Ratio, Scenario, Survey, Target
from swmodel.study.plan import Arm, Study

if TYPE_CHECKING:
    from swmodel.declare import Param

FORMAT = 2  # of run.json; changes whenever an older program could not read it
DIGEST_BYTES = 8
PACKAGES = ("swmodel", "numpy", "numba")
WORDS = (
    "title",
    "description",
    "path",
    "surveys",
    "sources",
    "seeds",
    "extensions",
    "posterior",
)  # they change no simulated number


def versions() -> dict[str, str]:
    """Python and the packages that a result depends on; "unknown" for a package that is not installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def plain(value: Any) -> Any:
    """A value as JSON has it: keys are text, infinity is null, tuples are lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def from_plain(value: Any) -> Any:
    """A parameter's value back from JSON: the years of a series become numbers again."""
    if isinstance(value, Mapping):
        return {number_or_text(key): from_plain(part) for key, part in value.items()}
    return value


def number_or_text(key: str) -> float | str:
    """A year as a number; a label as it is."""
    try:
        return float(key)
    except ValueError:
        return key


def resolved(scenario: Scenario) -> dict[str, Any]:
    """A scenario as JSON has it; `restored` gives an equal one back."""
    made = plain(asdict(scenario))
    assert isinstance(made, dict)
    return made


def restored(saved: Mapping[str, Any]) -> Scenario:
    """The scenario that `resolved` wrote. Raises KeyError or TypeError on anything else."""
    values = {f.name: saved.get(f.name, "") if f.name == "posterior" else saved[f.name] for f in fields(Scenario)}
    values |= {
        **{name: tuple(saved[name]) for name in ("work_settings", "occupations", "sites", "answers")},
        "pair_kinds": tuple(PairKind(kind["name"], kind["form"], tuple(kind["of"])) for kind in saved["pair_kinds"]),
        "extensions": tuple(saved["extensions"]),
        "groups": {name: tuple(members) for name, members in saved["groups"].items()},
        "parameters": {name: from_plain(value) for name, value in saved["parameters"].items()},
        "levers": tuple(restored_lever(lever) for lever in saved["levers"]),
        "surveys": tuple(restored_survey(survey) for survey in saved["surveys"]),
    }
    return Scenario(**values)


def restored_survey(saved: Mapping[str, Any]) -> Survey:
    """One survey; a record of before surveys had ages has none."""
    age = saved.get("age")
    kind = Ratio if "other_group" in saved else Survey
    return kind(**{**saved, "age": tuple(age) if age is not None else None})


def restored_lever(saved: Mapping[str, Any]) -> Lever:
    """One intervention; an end that JSON has as null is never."""
    spans = (saved["target"][name] for name in ("age", "years_in_work"))
    ends = ((low, math.inf if high is None else high) for low, high in spans)
    target = Target(tuple(saved["target"]["groups"]), *ends)
    values = {name: from_plain(saved[name]) for name in ("coverage", "uptake", "dropout", "values")}
    stop = math.inf if saved["stop"] is None else saved["stop"]
    return Lever(saved["name"], saved["kind"], saved["start"], stop, target, **values)


# --- which run is it -------------------------------------------------------------------------------------------------


def digest(value: Any) -> str:
    """A short digest of anything that JSON can hold."""
    text = json.dumps(plain(value), sort_keys=True).encode()
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).hexdigest()


def fingerprint(study: Study) -> dict[str, Any]:
    """What must be equal for two studies to give the same results, part by part, so that a difference has a name."""
    scenarios = [
        {
            name: value
            for name, value in resolved(arm.scenario).items()
            if name not in (*WORDS, "people", "stop", "seed")
        }
        for arm in study.arms
    ]
    return {
        "scenarios": [arm.name for arm in study.arms],
        "people": [arm.scenario.people for arm in study.arms],
        "stop": [arm.scenario.stop for arm in study.arms],
        "seeds": list(study.seeds),
        "contents of the scenarios": digest(scenarios),
        "parameter draws": digest([study.draws, study.side_by_side] if study.side_by_side else study.draws),
        "extensions": digest([file_digest(one.path) for arm in study.arms for one in arm.extensions]),
        "versions": digest([jit.SOURCE_DIGEST, versions()]),
    }


def file_digest(path: str) -> str:
    """A digest of a file's contents; of its name where there is no such file."""
    try:
        return hashlib.blake2b(Path(path).read_bytes(), digest_size=DIGEST_BYTES).hexdigest()
    except OSError:
        return digest(path)


def difference(saved: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """In words, what differs between two fingerprints; empty if nothing does."""
    parts = []
    for name, value in now.items():
        before = saved.get(name)
        if before == value:
            continue
        shown = isinstance(value, list) and isinstance(before, list)
        parts.append(f"{name} ({listed(before)} there, {listed(value)} here)" if shown else name)
    return ", ".join(parts)


def listed(values: Any) -> str:
    """A list in a few words: equal numbers once, a run of seeds as its ends."""
    unique = list(dict.fromkeys(values))
    whole = all(isinstance(value, int) for value in unique)
    if whole and len(unique) > 2 and unique == list(range(unique[0], unique[0] + len(unique))):
        return f"{unique[0]} to {unique[-1]}"
    return " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in unique)


# --- the record ------------------------------------------------------------------------------------------------------


def record(study: Study, date: str) -> dict[str, Any]:
    """The whole record of a study that is about to run; the runs' times are added when they are known."""
    return {
        "format": FORMAT,
        "finished": False,
        "date": date,
        "versions": versions(),
        "source_digest": jit.SOURCE_DIGEST,
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "fingerprint": fingerprint(study),
        "seeds": list(study.seeds),
        "draws": plain(study.draws),
        "runs": [],
        "scenarios": {
            arm.name: {"resolved": resolved(arm.scenario), "parameters": list(parameter_records(arm))}
            for arm in study.arms
        },
    }


def parameter_records(arm: Arm) -> Iterator[dict[str, Any]]:
    """Every parameter of an arm, and of its interventions: value, default, unit, source, and whether it was set."""
    scenario = arm.scenario
    levers: dict[str, Param] = {}  # "instance.parameter"
    for step in arm.contents(scenario):
        levers |= {f"{step.instance}.{p.name}": p for p in step.process.params if step.instance}
    for param in arm.params.values():
        if param not in levers.values():
            yield parameter_record(param, param.name, scenario.parameters, scenario.sources)
    for lever in scenario.levers:
        for name, param in levers.items():
            if name == f"{lever.name}.{param.name}":
                yield parameter_record(param, name, lever.values, scenario.sources)


def parameter_record(param: Param, name: str, values: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, Any]:
    """One parameter with where its value comes from."""
    given = param.name in values
    return {
        "name": name,
        "section": param.section,
        "value": plain(values.get(param.name, param.default)),
        "default": plain(param.default),
        "unit": param.unit,
        "set": given,
        "source": sources.get(name, "no source given" if given else param.source),
    }
