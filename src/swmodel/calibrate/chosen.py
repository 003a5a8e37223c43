"""Which surveys of a scenario a calibration is fitted to, and how each is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from swmodel import codes
from swmodel.calibrate.fitted import Fitted
from swmodel.calibrate.survey import BY_AGE
from swmodel.calibrate.targets import Target
from swmodel.scenario.check import Checker, plain
from swmodel.scenario.problems import names
from swmodel.scenario.spec import Ratio, Survey
from swmodel.scenario.tree import Node
from swmodel.study.plan import Arm

TARGET = ("measure", "group", "age", "ratio", "from", "until", "design_effect", "spread", "bias", "source")
OLDEST = 120.0  # years of age
FARTHEST = 10.0  # a bias or spread beyond this many logits is a slip of the pen


@dataclass(frozen=True)
class Rule:
    """Which surveys are fitted, and how they are read."""

    node: Node
    measure: str
    groups: tuple[str, ...]
    first: float
    last: float
    design_effect: float
    spread: float
    bias: str
    ratio: bool  # of surveys that compare two groups or years, and of no others
    age: tuple[float, float] | None  # of surveys of just these ages; of any, if none are given

    def takes(self, survey: Survey) -> bool:
        """True for a survey that this rule is about."""
        return (survey.measure == self.measure and self.ratio == isinstance(survey, Ratio)
                and self.first <= survey.year <= self.last and self.age in (None, survey.age)
                and (not self.groups or survey.group in self.groups))  # fmt: skip


def read_targets(check: Checker, node: Node, arm: Arm, fitted: tuple[Fitted, ...]) -> tuple[Target, ...]:
    """The surveys of the scenario that are fitted, each by the first rule that takes it."""
    surveys, units = arm.scenario.surveys, {measure.name: measure.unit for measure in arm.measures}
    rules = [rule for one in check.items(node, "targets") if (rule := read_rule(check, one, arm, fitted)) is not None]
    if not node.value:
        check.add(node, "targets is empty; there is nothing to fit to", "")
    found: list[Target] = []
    used: set[int] = set()
    for survey in surveys:
        taken = next((k for k, one in enumerate(rules) if one.takes(survey)), None)
        if taken is not None:
            used.add(taken)
            target = read_target(check, rules[taken], survey, units[survey.measure], arm)
            found += [target] if target is not None else []
    for k, rule in enumerate(rules):
        if k not in used:
            measures = sorted({f"{one.measure} of {one.group}" for one in surveys})
            check.add(rule.node, f"no survey of the scenario is of {rule.measure} as this says", "", names(measures))
    return tuple(found)


def read_rule(check: Checker, node: Node, arm: Arm, fitted: tuple[Fitted, ...]) -> Rule | None:
    """One rule, or None after a problem."""
    before = len(check.problems)
    parts = check.fields(node, "a target", TARGET, ("measure",))
    surveys = arm.scenario.surveys
    measure = check.choice(parts["measure"], "the target's measure", dict.fromkeys(s.measure for s in surveys)) \
        if "measure" in parts else None  # fmt: skip
    groups = check.choices(parts["group"], "the target's group", dict.fromkeys(s.group for s in surveys)) \
        if "group" in parts else []  # fmt: skip
    ends = {"from": -math.inf, "until": math.inf}
    for end in ends:
        if end in parts:
            ends[end] = check.number(parts[end], end, 1900, 2200) or 0.0
    effect = check.number(parts["design_effect"], "design_effect", 1.0, 100.0) if "design_effect" in parts else 1.0
    spread = check.number(parts["spread"], "spread", 0.0, FARTHEST) if "spread" in parts else 0.0
    biases = [one.name for one in fitted if one.param is None]
    bias = check.choice(parts["bias"], "bias", biases) if "bias" in parts else ""
    ratio = check.flag(parts["ratio"], "ratio") if "ratio" in parts else False
    age = read_ages(check, parts["age"]) if "age" in parts else None
    if len(check.problems) > before:
        return None
    years = ends["from"], ends["until"]
    return Rule(node, str(measure), tuple(groups), *years, effect or 1.0, spread or 0.0, bias or "", ratio, age)


def read_ages(check: Checker, node: Node) -> tuple[float, float] | None:
    """The ages that a rule is about, or None after a problem."""
    ends = [check.number(one, "age", codes.ADULT_AGE, OLDEST) for one in check.items(node, "age")]
    ages = [one for one in ends if one is not None]
    if len(ages) == 2 == len(ends) and ages[0] < ages[1]:
        return ages[0], ages[1]
    if len(ages) == len(ends):
        check.add(node, "age must be a list of two ages, the first below the second", None, "such as [20, 25]")
    return None


def read_target(check: Checker, rule: Rule, survey: Survey, unit: str, arm: Arm) -> Target | None:
    """A survey as a target, or None after a problem; messages name the rule, and say which survey."""
    target = Target(survey, unit, survey.design_effect or rule.design_effect, rule.spread, rule.bias)
    first, last = arm.scenario.start, arm.scenario.stop
    if not all(first <= math.floor(one.year) <= last - 1.0 for one in survey.asked):
        check.add(rule.node, f"the run from {plain(first)} to {plain(last)} does not cover the whole year of "
                  f"{target.name}; give 'until', or another 'stop'", "")  # fmt: skip
        return None
    alone = not target.counted and (survey.low is None or survey.high is None)
    if alone and (survey.estimate is None or not target.spread > 0.0):
        lacks = "n, or low and high" if target.share else "low and high"
        check.add(rule.node, f"the survey of {target.name} gives no {lacks}, so nothing says how sure it is; "
                  "give a 'spread', which then is all its error", "")  # fmt: skip
        return None
    if survey.age is not None and survey.measure not in BY_AGE:
        check.add(rule.node, f"only {', '.join(BY_AGE)} can be asked of some ages, not {target.name}", "")
        return None
    if not target.share and not min(x for x in (survey.low, survey.estimate, survey.high) if x is not None) > 0.0:
        check.add(rule.node, f"{target.name} is compared on a log scale, and goes down to 0", "")
        return None
    if not target.counted and not alone and not target.error > 0.0:
        check.add(rule.node, f"the interval of {target.name} has no width", "")
        return None
    if target.counted and not target.design_effect < (survey.n or 0):
        check.add(rule.node, f"a design effect of {target.design_effect:g} is impossible with {survey.n} people "
                  f"asked ({target.name})", "")  # fmt: skip
        return None
    return target
