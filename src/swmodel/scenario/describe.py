"""What a scenario will do, and what the model is made of, in plain words: as text, or as Markdown for the docs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swmodel import codes
from swmodel.declare import PHASES, RESERVED, VARIES, Param, dimensions
from swmodel.layout import EVERYONE, Layout
from swmodel.scenario import declarations as declared
from swmodel.scenario.check import plain, span
from swmodel.scenario.declarations import COVERAGE, DROPOUT, REACH, UPTAKE, Declarations
from swmodel.scenario.spec import Lever, Scenario
from swmodel.scenario.tables import WIDTH, bullet, heading, table
from swmodel.units import dimension
from swmodel.values import is_series

if TYPE_CHECKING:
    from swmodel.binding import Step

MONTHS = 12.0
DIGITS = 5  # significant digits of a number in a sentence
STATUS = {
    "anyone": "",
    "hiv_negative": "who do not live with HIV",
    "undiagnosed": "who live with HIV and are not diagnosed",
    "diagnosed": "who are diagnosed with HIV",
    "on_art": "who are on ART",
}
WITHOUT_UNIT = (
    "proportion",
    "count",
    "ratio",
    "calendar",
    "switch",
)  # dimensions whose unit the number need not repeat
NO_SOURCE = "no source given"


def describe_scenario(scenario: Scenario, declarations: Declarations | None = None, markdown: bool = False) -> str:
    """Populations, years, interventions and every value that differs from the model's defaults, in plain words.

    `declarations` are the model's own unless given; pass those with the scenario's extensions where it has any.
    """
    known = declarations if declarations is not None else declared.core()
    title = f"# {scenario.title}\n" if markdown else scenario.title
    parts = [title, *([text_of(scenario.description, markdown)] if scenario.description else []), ""]
    parts += [heading("The run", markdown), *(bullet(line, markdown) for line in the_run(scenario)), ""]
    parts += [heading("Interventions", markdown)]
    parts += [bullet(lever_words(lever, scenario, known), markdown) for lever in scenario.levers] or [
        bullet("none", markdown)
    ]
    parts += ["", heading("Values that differ from the model's defaults", markdown)]
    parts += [bullet(line, markdown) for line in differences(scenario, known)] or [bullet("none", markdown)]
    if scenario.surveys:
        measures = dict.fromkeys(survey.measure for survey in scenario.surveys)
        counts = (f"{m} ({sum(s.measure == m for s in scenario.surveys)})" for m in measures)
        parts += ["", heading("Surveys set beside the results", markdown), bullet(", ".join(counts), markdown)]
    return "\n".join(parts)


def text_of(text: str, markdown: bool) -> str:
    """A paragraph."""
    return text if markdown else textwrap.fill(text, WIDTH)


def the_run(scenario: Scenario) -> list[str]:
    """Years, people, seeds and populations, a sentence each."""
    step = scenario.step * MONTHS
    length = "1 month" if math.isclose(step, 1.0) else f"{short(step)} months"
    people = f"{scenario.people:,} adults at the start"
    if scenario.places != 1.0:
        people += f", each standing for {short(scenario.places)} real ones"
    seeds = "1 seed" if scenario.seeds == 1 else f"{scenario.seeds} seeds"
    lines = [
        f"from {plain(scenario.start)} to {plain(scenario.stop)}, in steps of {length}",
        people,
        f"{seeds}, the first of them {scenario.seed}",
    ]
    lines += places(scenario)
    lines += [f"also reported together as '{name}': {', '.join(members)}" for name, members in scenario.groups.items()]
    if scenario.extensions:
        lines.append(f"extensions: {', '.join(scenario.extensions)}")
    return lines


def places(scenario: Scenario) -> list[str]:
    """Who is in the place and where: roles, work settings, occupations, sites, kinds of pair; a sentence each."""
    layout = scenario.layout
    outside = dict.fromkeys(g.name.split(":")[0] for g in layout.groups if g.role != codes.WORKER)
    lines = [f"groups: {', '.join(outside)}"]
    for population, label in codes.WORKER_LABELS.items():
        settings = [name for name, of in layout.settings if of == population]
        if settings:
            who = {v: k for k, v in codes.SELLING.items()}[population].replace("_", " ")
            lines.append(f"sex workers who are {who} ('{label}'), by work setting: {', '.join(settings)}")
    if layout.occupations:
        lines.append(f"occupations of men: {', '.join(layout.occupations)}")
    if layout.sites:
        lines.append(f"sites: {', '.join(layout.sites)}")
    lines += [f"kind of pair '{k.name}': {k.form.replace('_', ' ')}, of {', '.join(k.of)}" for k in scenario.pair_kinds]
    return lines


def lever_words(lever: Lever, scenario: Scenario, known: Declarations) -> str:
    """One intervention as a sentence: name, years, target, how far it reaches, its own values."""
    process = known.interventions[lever.kind]
    name = lever.name if lever.name == lever.kind else f"{lever.name} ({lever.kind})"
    stop = f"until {plain(lever.stop)}" if math.isfinite(lever.stop) else "with no end"
    parts = [f"{name}: from {plain(lever.start)}, {stop}", f"for {target_words(lever, scenario)}"]
    if STATUS.get(process.eligible):
        parts[-1] += f" {STATUS[process.eligible]}"
    if lever.coverage is not None:
        parts.append(f"reaching a share of {value_words(COVERAGE, lever.coverage)}")
    elif lever.uptake is not None:
        parts.append(f"joined at a rate of {value_words(UPTAKE, lever.uptake)}")
        parts.append(f"left at a rate of {value_words(DROPOUT, lever.dropout)}")
    for param in process.params:
        given = param.name in lever.values
        words = value_words(param, lever.values.get(param.name, param.default))
        parts.append(f"{param.name} {words}" + ("" if given else " (default)"))
    sources = [
        f"{field}: {text}"
        for key, text in scenario.sources.items()
        for owner, _, field in [key.partition(".")]
        if owner == lever.name and field
    ]
    if sources:
        parts.append(f"sources: {', '.join(sources)}")
    if lever.start >= scenario.stop:
        parts.append("it starts after the end of this run, so it does nothing")
    return "; ".join(parts)


def target_words(lever: Lever, scenario: Scenario) -> str:
    """Whom an intervention may reach."""
    who = people_words(lever.target.groups, scenario.layout)
    since, before = lever.target.years_in_work
    if math.isfinite(before):
        who += f" who began to sell sex {plain(since)} to under {plain(before)} years ago"
    elif since > 0.0:
        who += f" who began to sell sex {plain(since)} years ago or earlier"
    low, high = lever.target.age
    if math.isfinite(high):
        return f"{who} aged {plain(low)} to under {plain(high)}"
    return who if low <= codes.ADULT_AGE else f"{who} aged {plain(low)} and over"


def people_words(groups: Sequence[str], layout: Layout) -> str:
    """The fewest labels that stand for just these groups, in words."""
    left, said = set(groups), []
    if left == set(layout.group_names):
        return "everyone"
    for label in sorted(layout.names, key=lambda name: -len(layout.expand(name))):
        members = set(layout.expand(label))
        if members and members <= left:
            sells = all(layout.groups[code].role == codes.WORKER for code in layout.members(label) or ())
            named = label if not sells or label in layout.work_settings else f"all {label}"
            said.append(f"sex workers in {named}" if label in layout.work_settings else named.replace("_", " "))
            left -= members
    return " and ".join([*said, *sorted(left)])


def differences(scenario: Scenario, known: Declarations) -> list[str]:
    """Every parameter whose value is not the default: value, default, source."""
    lines = []
    for section, params in known.sections.items():
        for name, param in params.items():
            if name in scenario.parameters and not same(scenario.parameters[name], param.default):
                value, default = scenario.parameters[name], param.default
                source = scenario.sources.get(name, NO_SOURCE)
                lines.append(
                    f"{section}.{name}: {value_words(param, value)} (default {value_words(param, default)}); {source}"
                )
    return lines


def same(one: Any, other: Any) -> bool:
    """True if two values are equal; a single value equals the label mapping that gives it to everyone."""
    alone = [v[EVERYONE] if isinstance(v, Mapping) and set(v) == {EVERYONE} else v for v in (one, other)]
    return bool(alone[0] == alone[1])


def value_words(param: Param, value: Any) -> str:
    """A value in words: number with unit, a series as year: number, labels with theirs."""
    unit = "" if dimension(param.unit) in WITHOUT_UNIT else f" {param.unit}"
    if is_series(value):
        points = list(value.items())
        if len(points) == 1:
            return f"{short(points[0][1])}{unit}"
        return ", ".join(f"{short(number)} in {plain(year)}" for year, number in points) + unit
    if isinstance(value, Mapping):
        return "; ".join(f"{label}: {value_words(param, part)}" for label, part in value.items())
    if dimension(param.unit) == "switch":
        return "yes" if value else "no"
    return f"{short(value)}{unit}"


def short(number: float) -> str:
    """A number to as many digits as a reader wants."""
    return plain(float(f"{float(number):.{DIGITS}g}")) if number != int(number) else plain(number)


def describe_order(steps: Sequence[Step], markdown: bool = False) -> str:
    """The order of one time step: every process with what it reads, writes and counts."""
    ordered = sorted(steps, key=lambda step: PHASES.index(step.process.phase))
    counters = {c.name for step in ordered for c in step.process.counters}
    params = {p.name for step in ordered for p in (*step.process.params, *(step.params or ()))}
    prepared = {name for step in ordered for name in step.process.prepares}
    rows = []
    for number, step in enumerate(ordered, 1):
        process = step.process
        taken = [name for name in process.arguments if name not in RESERVED and not name.endswith(VARIES)]
        others = counters | params | prepared | set(process.writes)
        reads = [name for name in taken if name not in others]
        counted = [name for name in taken if name in counters]
        words = [
            f"{verb} {', '.join(items)}"
            for verb, items in (("reads", reads), ("writes", process.writes), ("counts", counted))
            if items
        ]
        rows.append([str(number), process.phase, step.label(), process.over, "; ".join(words) or "-"])
    return table(["no", "phase", "process", "over", "what it touches"], rows, markdown)


def describe_parameters(declarations: Declarations | None = None, markdown: bool = False) -> str:
    """Every parameter by section: default, unit, range, meaning and source."""
    known = declarations if declarations is not None else declared.core()
    sections = {**known.sections}
    parts = [parameter_table(section, params.values(), markdown) for section, params in sections.items()]
    parts.append(parameter_table("every intervention", REACH, markdown))
    for kind, process in known.interventions.items():
        if process.params:
            parts.append(parameter_table(f"intervention {kind}", process.params, markdown))
    return "\n\n".join(parts)


def by_words(param: Param) -> str:
    """The dimensions along which a parameter varies, at the end of what it means."""
    return "".join(f", by {one.replace('_', ' ')}" if k == 0 else f" and {one.replace('_', ' ')}"
                   for k, one in enumerate(dimensions(param)))  # fmt: skip


def parameter_table(title: str, params: Iterable[Param], markdown: bool) -> str:
    """One section of the parameters."""
    rows = []
    for param in params:
        doc = param.doc + by_words(param)
        default = value_words(param, param.default)
        if markdown:
            rows.append([f"`{param.name}`", default, param.unit, span(*param.range), doc, param.source])
        else:
            rows.append(
                [param.name, f"{doc}. Default {default}; range {span(*param.range, param.unit)}. {param.source}"]
            )
    head = ["name", "default", "unit", "range", "meaning", "source"] if markdown else ["name", "meaning"]
    return heading(title, markdown) + "\n" + table(head, rows, markdown)


def describe_measures(declarations: Declarations | None = None, markdown: bool = False) -> str:
    """Every measure of the results: kind, unit, meaning, and the counters that it is made of."""
    known = declarations if declarations is not None else declared.core()
    rows = []
    for measure in known.measures.values():
        made = " + ".join(measure.numerator)
        if measure.denominator:
            made = (
                f"({made}) / ({' + '.join(measure.denominator)})"
                if " + " in made
                else f"{made} / {' + '.join(measure.denominator)}"
            )
        years = f" per {measure.per}" if measure.per else ""
        counter = known.counters.get(measure.numerator[0])
        by = " and ".join(d.replace("_", " ") for d in counter.by) if counter else ""
        name = f"`{measure.name}`" if markdown else measure.name
        rows.append([name, measure.kind, measure.unit, by, f"{measure.doc} ({made}{years})"])
    return table(["name", "kind", "unit", "by", "meaning"], rows, markdown)
