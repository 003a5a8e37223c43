"""A calibration file to what it means: the scenario, the priors of what is fitted, the targets, and how to search.

Every problem of the file is reported at once, each with its place, as for scenarios.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from swmodel.calibrate.chosen import FARTHEST, read_targets
from swmodel.calibrate.emulator import FEWEST
from swmodel.calibrate.fitted import Fitted, applied, extremes
from swmodel.calibrate.priors import KINDS, Prior, Priors
from swmodel.calibrate.targets import Target
from swmodel.declare import Param
from swmodel.layout import EVERYONE, Layout
from swmodel.scenario.check import Checker, plain, span
from swmodel.scenario.merge import merge_trees
from swmodel.scenario.problems import ScenarioError, names, nearest
from swmodel.scenario.quantities import allowed_labels, is_label, quantity
from swmodel.scenario.tree import Node, read
from swmodel.study.plan import Arm, StudyError, read_arm
from swmodel.values import is_series

TOP = ("extends", "title", "scenario", "simulation", "priors", "order", "sums", "targets", "search")
SIMULATION = ("people", "stop", "seed")
PRIOR = ("of", "bias", "labels", "years", "factor", "form", "shape", "from", "to", "source")
USUAL = "calibration"  # a file of this name is called after its folder


@dataclass(frozen=True)
class Search:
    """How to search: the method, the points of its first and later batches, those that are run twice, the most batches,
    the effective sample size wanted, how many draws to keep, and at how many of them to run the model as a check.
    """

    method: str = "waves"
    first: int = 1000
    batch: int = 400
    repeats: int = 50
    most: int = 8
    wanted: int = 400
    draws: int = 300
    check: int = 100


METHODS = ("waves", "imis", "abc")


@dataclass(frozen=True)
class Calibration:
    """What to fit. `simulations` are the points, each run once, with a seed of its own that counts from `seed`."""

    name: str
    title: str
    arm: Arm
    seed: int
    fitted: tuple[Fitted, ...]
    priors: Priors
    targets: tuple[Target, ...]
    search: Search
    path: str = ""
    held: tuple[Target, ...] = ()  # surveys that the fit may not see, to be predicted
    until: float = math.inf  # the year until which they are seen

    @property
    def surveyed(self) -> tuple[Target, ...]:
        """The surveys that every run is asked for, in the scenario's order: the same until whatever year is fitted."""
        return tuple(sorted((*self.targets, *self.held), key=lambda one: self.arm.scenario.surveys.index(one.survey)))


def read_calibration(path: str | Path, until: float = math.inf, **simulation: Any) -> Calibration:
    """A calibration from its file, to surveys until a year; later ones are held back.

    `simulation` overrides people, stop or seed where it is not None.

    Raises ScenarioError with every problem at once.
    """
    check, shown = Checker(), str(path)
    tree = read_tree(check, Path(path), shown)
    if tree is None:
        raise ScenarioError(check.problems)
    parts = check.fields(tree, "a calibration", TOP, ("scenario", "priors", "targets"))
    arm = read_scenario(check, parts, Path(path), simulation)
    if arm is None:
        raise ScenarioError(check.problems)
    fitted = read_priors(check, parts["priors"], arm) if "priors" in parts else ()
    targets = read_targets(check, parts["targets"], arm, fitted) if "targets" in parts else ()
    search = read_search(check, parts.get("search"))
    known = [one.name for one in fitted]
    order = read_order(check, parts.get("order"), known)
    sums = tuple(read_sum(check, one, known) for one in check.items(parts.get("sums"), "sums"))
    title = (check.text(parts["title"], "title") or "") if "title" in parts else ""
    if check.problems:
        raise ScenarioError(check.problems)
    priors = Priors(tuple(one.prior for one in fitted), order, sums)
    name = Path(path).resolve().parent.name if Path(path).stem == USUAL else Path(path).stem
    seen = tuple(target for target in targets if target.year <= until)
    if not seen:
        raise StudyError(f"there is no survey to fit to until {plain(until)}; the first is of {first_year(targets)}")
    held = tuple(target for target in targets if target.year > until)
    found = Calibration(name, title, arm, arm.scenario.seed, fitted, priors, seen, search, shown, held, until)
    try:
        priors.draw(1, generator())
    except ValueError as error:
        check.add(parts["order"] if "order" in parts else parts["sums"], str(error), "")
        raise ScenarioError(check.problems) from None
    return found


def read_tree(check: Checker, path: Path, shown: str) -> Node | None:
    """The tree of a calibration file over that of the file that it extends, as for priors that places share."""
    tree = read(path, shown, check.problems)
    below = tree.value.get("extends") if tree is not None and tree.is_map else None
    if tree is None or below is None:
        return tree
    name = check.text(below, "extends")
    if name is None or not (path.parent / name).is_file():
        check.add(below, "extends names a file that does not exist") if name is not None else None
        return None
    shared = read(path.parent / name, os.path.normpath(os.path.join(os.path.dirname(shown), name)), check.problems)
    if shared is not None and shared.is_map and "extends" in shared.value:
        check.add(shared.value["extends"], "a file that is extended may not extend another one")
    return merge_trees(shared, tree) if shared is not None and shared.is_map else None


def first_year(targets: tuple[Target, ...]) -> str:
    """The year of the first target."""
    return plain(min(target.year for target in targets))


def generator() -> Any:
    """A generator for checks, whose numbers go nowhere."""
    import numpy as np

    return np.random.default_rng(0)


def read_scenario(check: Checker, parts: dict[str, Node], path: Path, simulation: dict[str, Any]) -> Arm | None:
    """The scenario that is fitted, with the people and years of the fit; None after a problem."""
    if "scenario" not in parts:
        return None
    name = check.text(parts["scenario"], "scenario")
    given = check.fields(parts.get("simulation"), "simulation", SIMULATION)
    numbers = {key: (check.number if key == "stop" else check.integer)(node, f"simulation.{key}", 0, math.inf)
               for key, node in given.items()}  # fmt: skip
    if name is None or None in numbers.values():
        return None
    target = path.parent / name
    if not target.is_file():
        check.add(parts["scenario"], "scenario names a file that does not exist")
        return None
    wanted: dict[str, Any] = dict(numbers)
    try:
        return read_arm(target, **{**wanted, **{key: value for key, value in simulation.items() if value is not None}})
    except ScenarioError as error:
        check.problems += error.problems
        return None


# --- priors ----------------------------------------------------------------------------------------------------------


def read_priors(check: Checker, node: Node, arm: Arm) -> tuple[Fitted, ...]:
    """What is fitted, in the order of the file."""
    found = [read_prior(check, str(name), body, arm) for name, body in check.mapping(node, "priors").items()]
    if not found:
        check.add(node, "priors is empty; nothing would be fitted", "")
    sound = [one for one in found if one is not None]
    for k, one in enumerate(sound):
        for other in sound[:k]:
            if one.param is not None and one.param == other.param and overlap(one, other):
                where = node.value[one.name]
                check.add_key(where, f"'{one.name}' and '{other.name}' set the same number, {one.param.name}")
        if one.factor:
            check_factor(check, node.value[one.name], one, sound, arm)
    return tuple(sound)


def overlap(one: Fitted, other: Fitted) -> bool:
    """True if two priors of a parameter would write to the same place, so that the second undoes the first."""
    if one.factor != other.factor:
        return False  # a factor on what another prior sets is meant
    labels = not one.labels or not other.labels or bool(set(one.labels) & set(other.labels))
    years = not one.years or not other.years or bool(set(one.years) & set(other.years))
    return labels and years


def read_prior(check: Checker, name: str, node: Node, arm: Arm) -> Fitted | None:
    """One prior, or None after a problem."""
    before, where = len(check.problems), f"priors.{name}"
    whole = node.is_map and not {"from", "to", "bias", "factor"} & set(node.value)  # the declared range
    parts = check.fields(node, where, PRIOR, () if whole else ("from", "to"))
    if not node.is_map:
        return None
    bias = "bias" in parts
    param = read_param(check, parts, node, where, arm)
    if len(check.problems) > before or (param is None and not bias):
        return None
    layout = arm.scenario.layout
    labels = read_labels(check, parts.get("labels"), where, param, layout)
    years = tuple(check.number(one, f"{where}.years", 1900, 2200) or 0.0 for one in
                  check.items(parts.get("years"), f"{where}.years"))  # fmt: skip
    factor = "factor" in parts and check.flag(parts["factor"], f"{where}.factor")
    ends = [read_end(check, parts[end], f"{where}.{end}", param, factor) for end in ("from", "to") if end in parts]
    if whole and param is not None:
        ends = declared_ends(check, node, param, where)
    form = check.choice(parts["form"], f"{where}.form", KINDS) if "form" in parts else "uniform"
    shape = [read_end(check, one, f"{where}.shape", None, False) for one in
             check.items(parts.get("shape"), f"{where}.shape")]  # fmt: skip
    source = (check.text(parts["source"], f"{where}.source") or "") if "source" in parts else ""
    if len(check.problems) > before or len(ends) < 2:
        return None
    try:
        prior = Prior(
            name, float(ends[0] or 0), float(ends[1] or 0), form or "uniform", tuple(float(s or 0) for s in shape)
        )
        _ = prior.kept
    except ValueError as error:
        check.add(node, str(error), "")
        return None
    one = Fitted(prior, param, labels, years, factor, source)
    return one if param is None or fits(check, node, one, arm) else None


def read_param(check: Checker, parts: dict[str, Node], node: Node, where: str, arm: Arm) -> Param | None:
    """The parameter that a prior is of; None for a bias, or after a problem."""
    if "bias" in parts:
        if "of" in parts:
            check.add(parts["bias"], f"{where} is of a parameter and a bias; give one of them", "")
        elif parts["bias"].value is not True:
            check.add(parts["bias"], f"{where}.bias must be true, or left out", None, "true")
        if "years" in parts:
            check.add(parts["years"].value[0] if parts["years"].is_list and parts["years"].value else parts["years"],
                      f"{where} is one bias for all years; it cannot differ by year")  # fmt: skip
        return None
    if "of" not in parts:
        check.add(node, f"{where} needs 'of: section.parameter', or 'bias: true'", "")
        return None
    named = {f"{param.section}.{param.name}": param for param in arm.params.values()}
    found = check.choice(parts["of"], f"{where}.of", named)
    return named[found] if found else None


def read_labels(check: Checker, node: Node | None, where: str, param: Param | None, layout: Layout) -> tuple[str, ...]:
    """The labels that a prior is narrowed to."""
    items = check.items(node, f"{where}.labels")
    if items and (param is None or param.by is None):
        check.add(items[0], f"{where} is one value for everybody; it cannot differ by label")
        return ()
    for item in items:
        if param is not None and not is_label(param, item.value, layout):
            allowed = allowed_labels(param, layout)
            check.add(item, f"unknown label in {where}", None, names(allowed), nearest(item.text, allowed))
    return tuple(dict.fromkeys(str(item.value) for item in items))


def declared_ends(check: Checker, node: Node, param: Param, where: str) -> list[float | None]:
    """The range that a parameter is declared with, as a prior that says nothing else."""
    if not all(math.isfinite(end) for end in param.range):
        check.add(node, f"{where} needs 'from' and 'to': the declared range of {param.name} has no end", "")
        return []
    return [float(end) for end in param.range]


def read_end(check: Checker, node: Node, where: str, param: Param | None, factor: bool) -> float | None:
    """One end of a prior, in the unit of its parameter; factors and biases have none."""
    if param is not None and not factor:
        return quantity(check, node, param, where)
    if factor or where.endswith(".shape"):
        return check.number(node, where, 0.0 if factor else -math.inf, math.inf)
    return check.number(node, where, -FARTHEST, FARTHEST)


def fits(check: Checker, node: Node, one: Fitted, arm: Arm) -> bool:
    """True if a prior can be put where it says; a problem else."""
    assert one.param is not None
    value = arm.scenario.parameters.get(one.param.name, one.param.default)
    keyed: Mapping[str, Any] = value if isinstance(value, Mapping) and not is_series(value) else {}
    held: list[Any] = [keyed.get(label, keyed.get(EVERYONE) if keyed else value) for label in one.labels] or [value]
    for label, part in zip(one.labels or ("",), held, strict=True):
        words = f"{one.param.name}{f' of {label}' if label else ''}"
        if (part is None or shared(label, keyed, arm.scenario.layout)) and (one.factor or one.years):
            check.add(node, f"the scenario gives no value of its own to {words}", f"'{label}'", names(keyed))
            return False
        if one.years and not is_series(part):
            check.add(node, f"{words} has no years in the scenario, so 'years' cannot be fitted", "")
            return False
        if one.factor and one.years and (missing := [year for year in one.years if year not in part]):
            check.add(node, f"{words} has no value in {plain(missing[0])}", "", names(plain(y) for y in part))
            return False
    return True


def shared(label: str, keyed: Mapping[str, Any], layout: Layout) -> bool:
    """True for a group of which the scenario speaks under other labels: its value is not one to fit a part of."""
    members = layout.members(label) if label and label not in keyed else None
    return bool(members) and any((layout.members(key) or frozenset()) & (members or frozenset())
                                 for key in keyed if key != EVERYONE)  # fmt: skip


def check_factor(check: Checker, node: Node, one: Fitted, others: list[Fitted], arm: Arm) -> None:
    """A factor may not lead its parameter out of its range, nor what other priors set of it."""
    assert one.param is not None
    plain_ones = [other for other in others if other.param == one.param and not other.factor]
    changed = [one.put(applied(arm.scenario, plain_ones, {o.name: getattr(o.prior, side) for o in plain_ones}).get(
        one.param.name, arm.scenario.parameters.get(one.param.name, one.param.default)), end)
        for side in ("low", "high") for end in (one.prior.low, one.prior.high)]  # fmt: skip
    low, high = min(extremes(value)[0] for value in changed), max(extremes(value)[1] for value in changed)
    if not (one.param.range[0] <= low and high <= one.param.range[1]):
        check.add(node, f"with this factor {one.param.name} goes from {low:g} to {high:g}, out of its range", "",
                  span(*one.param.range, one.param.unit))  # fmt: skip


def read_order(check: Checker, node: Node | None, known: list[str]) -> tuple[tuple[str, ...], ...]:
    """Names whose numbers must rise: one list of them, or several."""
    items = check.items(node, "order")
    if node is not None and items and not any(item.is_list for item in items):
        return (tuple(check.choices(node, "order", known)),)
    return tuple(tuple(check.choices(one, "order", known)) for one in items)


def read_sum(check: Checker, node: Node, known: list[str]) -> tuple[tuple[str, ...], float]:
    """One constraint {of: [names], most: number}."""
    parts = check.fields(node, "a sum", ("of", "most"), ("of", "most"))
    listed = check.choices(parts["of"], "of", known) if "of" in parts else []
    most = check.number(parts["most"], "most", -math.inf, math.inf) if "most" in parts else None
    return tuple(listed), most if most is not None else math.inf


def read_search(check: Checker, node: Node | None) -> Search:
    """How to search; what is not given is the default."""
    parts = check.fields(node, "search", Search.__dataclass_fields__)
    given: dict[str, Any] = {}
    for name, value in parts.items():
        if name == "method":
            given[name] = check.choice(value, "search.method", METHODS)
        else:
            number = given[name] = check.integer(value, f"search.{name}", 0 if name == "repeats" else 1)
            if name == "first" and number is not None and number < FEWEST:
                check.add(value, "search.first is too few to learn from", None, f"{FEWEST} or more")
    return replace(Search(), **{name: value for name, value in given.items() if value is not None})
