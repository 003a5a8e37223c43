"""Write the pages of the documentation that are made from the code: order, parameters, measures, levers, cases.

`python docs/generate.py` writes them, `--check` names those that are stale and exits with 1. They are committed, so
that a reader of the repository sees them, and a test fails when they no longer say what the code says.
"""

from __future__ import annotations

import argparse
import ast
import csv
import inspect
import json
import math
import re
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from swmodel import model
from swmodel.binding import Step
from swmodel.declare import PHASES, Process
from swmodel.interventions import enrolment
from swmodel.processes.pathways import CAUSAL_SHARE
from swmodel.scenario.describe import describe_measures, describe_order, describe_parameters, parameter_table
from swmodel.scenario.load import load
from swmodel.scenario.ways import describe_pathways

DOCS = Path(__file__).parent
ROOT = DOCS.parent
NOTE = "<!-- Made by docs/generate.py; edit the code that it describes, then run `make docs-pages`. -->\n\n"
ELIGIBLE = {
    "anyone": "everyone",
    "hiv_negative": "people who do not live with HIV",
    "undiagnosed": "people who live with HIV and are not diagnosed",
    "diagnosed": "people diagnosed with HIV",
    "on_art": "people on ART",
}
QUANTILES = ("median", "low", "high")
EPIDEMIC = "prevalence"  # of measures, the one that no setting gives by year
MIDDLE = 0.5  # of a distribution
HARDLY = 0.05  # per cent, or points: what is shown as 0.0
CODE_OR_MARK = re.compile(r"(`[^`]*`)|([*<\[$])")  # outside code, these would be read as Markdown


def pages() -> dict[Path, str]:
    """Every generated page: its path, and its text."""
    steps = [Step(process) for process in (*model.PROCESSES, *model.INTERVENTIONS.values())]
    made = {
        "order": describe_order(steps, markdown=True),
        "parameters": describe_parameters(markdown=True),
        "measures": describe_measures(markdown=True),
        "levers": levers(),
        "standard_runs": standard_runs(),
        "validation": validation(),
        "pathways": describe_pathways(model.ARROWS, {}, CAUSAL_SHARE.default, markdown=True),
        "cases": cases(),
        "fits": fits(),
        "predictions": predictions(),
    }
    fragments = {DOCS / "generated" / f"{name}.md": text for name, text in made.items()}
    chapters = {DOCS / "model" / f"{name}.md": text for name, text in processes()}
    return {path: NOTE + text.rstrip() + "\n" for path, text in {**fragments, **chapters}.items()}


# --- the fits: from the files that `swmodel calibrate` wrote ---------------------------------------------------------


def fits() -> str:
    """Each shipped fit: its gates, its targets, what was learnt, and what was predicted."""
    found = sorted((ROOT / "calibration").glob("*/fit/fit.json"))
    return "\n\n".join(fit(json.loads(path.read_text(encoding="utf-8"))) for path in found) or "None is shipped yet."


def fit(record: Mapping[str, Any]) -> str:
    """One fit."""
    state = "It passed every gate." if record["converged"] else "**It is not converged.**"
    made = (f"{record['runs']:,} runs of {record['people']:,} people, first seed {record['seed']}, with swmodel "
            f"{record['versions']['swmodel']}. {state}")  # fmt: skip
    gates = ["| gate | passed | found |", "| --- | --- | --- |"]
    gates += [f"| {one['name']} | {'yes' if one['passed'] else 'no'} | {one['words']} |" for one in record["gates"]]
    targets = ["| survey | found | fit, median (95 %) | priors alone | share of predicted surveys below |",
               "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for one in record["targets"]:
        model, prior = [one["model"].get(key, math.nan) for key in QUANTILES], one["prior"]
        targets.append(f"| {one['name']} | {number(one, one['estimate'])} | {three(one, model)} | "
                       f"{three(one, (prior[1], prior[0], prior[2]))} | {one['pit']:.2f} |")  # fmt: skip
    learnt = ["| fitted | prior, 95 % | posterior, median (95 %) | unit |", "| --- | --- | --- | --- |"]
    for one in record["fitted"]:
        posterior = f"{one['median']:.3g} ({one['low']:.3g} to {one['high']:.3g})"
        prior = f"{one['prior'][0]:.3g} to {one['prior'][2]:.3g}"
        learnt.append(f"| `{one['name']}` | {prior} | {posterior} | {one['unit']} |")
    return "\n\n".join([f"### {record['title'] or record['name']}", made, "\n".join(gates),
                        "Shares in per cent.", "\n".join(targets), "\n".join(learnt)])  # fmt: skip


def number(target: Mapping[str, Any], value: float) -> str:
    """A survey's or the model's number: a share in per cent, any other in its unit."""
    return f"{100.0 * value:.3g}" if target["share"] else f"{value:,.0f}" if value >= 1000.0 else f"{value:.3g}"


def three(target: Mapping[str, Any], numbers: Iterable[float]) -> str:
    """Median, lowest and highest."""
    middle, low, high = (number(target, value) for value in numbers)
    return f"{middle} ({low} to {high})"


def predictions() -> str:
    """Every survey that a shipped fit was kept from, with what was predicted and the scores; then all together."""
    made = sorted((ROOT / "calibration").glob("*/until_*/fit.json"))
    records = [(path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in made]
    if not records:
        return "None is shipped yet."
    head = ["| setting, fitted until | survey | found | predicted, median (95 %) | share below | score | no change "
            "| line |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    rows, every = [], []
    for folder, record in records:
        year = folder.name.removeprefix("until_") + ("" if record["converged"] else ", not converged")
        for one in record["predictions"]:
            scores = " | ".join(score(one, one[key]) for key in ("score", "no_change", "line"))
            predicted = three(one, (one["median"], one["low"], one["high"]))
            rows.append(f"| {record['name']}, {year} | {one['name']} | {number(one, one['found'])} | {predicted} | "
                        f"{one['pit']:.2f} | {scores} |")  # fmt: skip
            every.append(one)
    return "\n\n".join([pooled(every), "\n".join([*head, *rows])])


def score(one: Mapping[str, Any], value: float | None) -> str:
    """A score, of shares in percentage points; a dash where nobody asked before."""
    return "-" if value is None else number(one, value)


def pooled(every: Sequence[Mapping[str, Any]]) -> str:
    """Coverage over all settings, and the scores of shares beside those of the two predictions without a model."""
    alone = [one for one in every if one["name"].startswith(EPIDEMIC)]
    return (f"{coverage(every)} Of {scores(every)} Care and condom use change as a setting's file says by year, which "
            f"rivals cannot know, and which was written with some of these surveys in view: their rows are hardly "
            f"predictions. For prevalence alone, of {scores(alone)} Several surveys of one setting are predicted by "
            "one fit, so these are not independent tests.")  # fmt: skip


def coverage(every: Sequence[Mapping[str, Any]]) -> str:
    """How many surveys lie within what was predicted, and above its middle."""
    inside = sum(one["low"] <= one["found"] <= one["high"] for one in every)
    upper = sum(one["pit"] > MIDDLE for one in every)
    return (f"Of {len(every)} surveys, {inside} lie within the central 95 % of what was predicted, and {upper} above "
            f"its median.")  # fmt: skip


def scores(every: Sequence[Mapping[str, Any]]) -> str:
    """The mean scores of shares of which there was an earlier survey."""
    rivals = [one for one in every if one["share"] and one["no_change"] is not None]
    mean = {key: 100.0 * statistics.fmean(one[key] for one in rivals) if rivals else math.nan
            for key in ("score", "no_change", "line")}  # fmt: skip
    better = {key: sum(one["score"] < one[key] for one in rivals) for key in ("no_change", "line")}
    return (f"the {len(rivals)} shares of which there was an earlier survey, the mean score is "
            f"{mean['score']:.1f} percentage points, of *no change* {mean['no_change']:.1f} and of the *line* "
            f"{mean['line']:.1f}; the fit is nearer than no change in {better['no_change']}, than the line in "
            f"{better['line']}.")  # fmt: skip


# --- the processes: a page for each file -----------------------------------------------------------------------------


def processes() -> Iterator[tuple[str, str]]:
    """A page for each file of the core: its module's docstring, then each process, in the order of a step."""
    for files in by_file(sorted(model.PROCESSES, key=lambda one: PHASES.index(one.phase))):
        module = sys.modules[files[0].kernel.__module__]
        about = inspect.cleandoc(module.__doc__ or "")
        title = files[0].module.replace("_", " ").capitalize().replace("Hiv", "HIV")
        yield files[0].module, "\n\n".join([f"# {title}", prose(about), *(chapter(one) for one in files)])


def by_file(ordered: Iterable[Process]) -> list[list[Process]]:
    """Processes of one file together; files in the order in which a step first comes to them."""
    files: dict[str, list[Process]] = {}
    for one in ordered:
        files.setdefault(one.kernel.__module__, []).append(one)
    return list(files.values())


def chapter(process: Process) -> str:
    """One process: the rule in words, when it runs, what it changes, and its parameters with their sources."""
    often = "in the last step of each year" if process.every == "year" else "in every step"
    rows = {"people": "for each person", "pairs": "for each pair", "step": "once"}
    over = rows.get(process.over, f"for each row of the roll `{process.over}`")
    lines = [f"Runs in the phase *{process.phase}*, {often}, {over}."]
    if process.writes:
        lines.append(f"Writes {codes(process.writes)}.")
    if process.counters:
        lines.append(f"Counts {codes(c.name for c in process.counters)}.")
    lines += [f"Makes the roll `{roll.name}`: {prose(roll.doc)}." for roll in process.rolls]
    parts = [f"## {process.name}", prose(process.doc), " ".join(lines)]
    if process.attributes:
        table = ["| attribute | of | meaning |", "| --- | --- | --- |"]
        table += [f"| `{a.name}` | {a.table} | {prose(a.doc)} |" for a in process.attributes]
        parts.append("\n".join(table))
    if process.params:
        parts.append(parameter_rows(process))
    return "\n\n".join(parts)


def parameter_rows(process: Process) -> str:
    """The table of a process's parameters, without the heading that the full list gives it."""
    return parameter_table("", process.params, markdown=True).split("\n", 1)[1].strip()


def levers() -> str:
    """How people are reached, then each intervention."""
    reached = ["## How people are reached", prose(inspect.cleandoc(enrolment.__doc__ or ""))]
    return "\n\n".join([*reached, *(lever(process) for process in model.INTERVENTIONS.values())])


def lever(process: Process) -> str:
    """One intervention: what it does, whom it may reach, and its own parameters."""
    parts = [f"## {process.name}", prose(process.doc), f"May reach {ELIGIBLE[process.eligible]}."]
    return "\n\n".join([*parts, *([parameter_rows(process)] if process.params else [])])


# --- the lever scenarios: from the files and the standard runs ------------------------------------------------------


def standard_runs() -> str:
    """Each lever scenario: rows of the Note, evidence, what it moved and what it left alone."""
    with (DOCS / "standard_runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = []
    for name in dict.fromkeys(row["lever"] for row in rows):
        scenario = load(ROOT / "scenarios" / "levers" / f"{name}.yaml")
        mine = [row for row in rows if row["lever"] == name]
        about = f"Rows {', '.join(scenario.answers)} of the Guidance Note; evidence: {scenario.evidence}."
        parts += [f"### `{name}`: {scenario.title}", prose(scenario.description), about, moved(mine)]
    return "\n\n".join(parts)


def moved(rows: Sequence[dict[str, str]]) -> str:
    """What one lever moved, at each share of observed effects taken as causal, and what it left as it was."""
    measures = {measure.name: measure.doc for measure in model.MEASURES}
    shares = list(dict.fromkeys(row["causal_share"] for row in rows))
    lines, hardly, still = [], [], []
    for measure, group in dict.fromkeys((row["measure"], row["group"]) for row in rows):
        found = [row for row in rows if (row["measure"], row["group"]) == (measure, group)]
        words = f"{measures[measure]} ({group.replace('_', ' ')})"
        if not any(int(row["moved"]) for row in found):
            still.append(words)
            continue
        if all(abs(float(row["change"])) < HARDLY for row in found):
            hardly.append(words)
            continue
        lines.append(f"| {words} | " + " | ".join(map(percent, found)) + " |")
    head = [
        f"| change, % | {' | '.join(f'causal share {float(s):g}' for s in shares)} |",
        "| --- " * (len(shares) + 1) + "|",
    ]
    table = "\n".join([*head, *lines]) if lines else "It moved nothing at all: no number of any run differs."
    parts = [table]
    if hardly:
        parts.append(f"Changed by less than {HARDLY:g}: {'; '.join(hardly)}.")
    if still and lines:
        parts.append(f"Left alone, bit for bit: {'; '.join(still)}.")
    return "\n\n".join(parts)


def percent(row: dict[str, str]) -> str:
    """A relative change in percent with its interval; "-" where no run differs."""
    if not int(row["moved"]):
        return "0"
    mean, low, high = (float(row[name]) for name in ("change", "low", "high"))
    points = " points" if row["unit"] == "points" else ""
    return f"{mean:.1f} ({low:.1f} to {high:.1f}){points}"


def validation() -> str:
    """Published results beside ours, from the validation runs."""
    with (DOCS / "validation_runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = ["| row | what | theirs | ours | draws | verdict |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        theirs, ours = (spread(row, who) for who in ("theirs", "ours"))
        lines.append(f"| {row['row']} | {row['what']} | {theirs} | {ours} | {row['draws']} | {row['verdict']} |")
    return "\n".join(lines)


def spread(row: Mapping[str, str], who: str) -> str:
    """A number with its interval, where it has one."""
    within = f" ({row[who + '_low']} to {row[who + '_high']})" if row[who + "_low"] != "nan" else ""
    return row[who] + within


def prose(text: str) -> str:
    """A docstring as Markdown: what is neither code nor meant as a mark is escaped."""
    blocks = text.split("\n\n")
    return "\n\n".join(block if is_display(block) else CODE_OR_MARK.sub(escaped, block) for block in blocks)


def is_display(block: str) -> bool:
    """True for an indented block, such as an equation: Markdown shows it as it stands."""
    return all(line.startswith("    ") for line in block.splitlines() if line)


def escaped(found: re.Match[str]) -> str:
    """Code as it is; a mark with a backslash before it."""
    return found[1] or "\\" + found[2]


def codes(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


# --- the verification cases: from the marks of the tests -------------------------------------------------------------


def cases() -> str:
    """Every test that is marked with a case: the case's number, what the test shows, and where it is."""
    rows = sorted({row for path in sorted((ROOT / "tests").rglob("test_*.py")) for row in marked(path)}, key=in_order)
    lines = [f"| {number} | {prose(about)} | `{place}` |" for number, about, place in rows]
    return "\n".join(["| case | what the test shows | test |", "| --- | --- | --- |", *lines])


def in_order(row: tuple[str, str, str]) -> tuple[int, str, str]:
    """Sorts 2a before 2b before 12."""
    number = re.match(r"\d+", row[0])
    return (int(number[0]) if number else 0, row[0], row[2])


def marked(path: Path) -> Iterator[tuple[str, str, str]]:
    """(case, first sentence of the docstring, place) for every marked test of one file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            about = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            for number in numbers(node.decorator_list):
                yield number, about, f"{path.relative_to(ROOT).as_posix()}::{node.name}"


def numbers(decorators: Sequence[ast.expr]) -> Iterator[str]:
    """The arguments of every `@pytest.mark.case(...)`."""
    for one in decorators:
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "case":
            yield from (str(argument.value) for argument in one.args if isinstance(argument, ast.Constant))


# --- writing ---------------------------------------------------------------------------------------------------------


def stale() -> list[Path]:
    """Pages that differ from what the code says, are missing, or belong to nothing any more."""
    made = pages()
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return wrong + [path for path in generated_files() if path not in made]


def generated_files() -> list[Path]:
    """Files on disk that say they were generated."""
    files = [*(DOCS / "generated").glob("*.md"), *(DOCS / "model").glob("*.md")]
    return [path for path in files if path.read_text(encoding="utf-8").startswith(NOTE.strip())]


def write() -> None:
    """Write every page, and remove those of processes that are gone."""
    made = pages()
    for path in generated_files():
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="name the stale pages, write nothing")
    if not parser.parse_args().check:
        write()
        return 0
    wrong = stale()
    for path in wrong:
        print(f"{path.relative_to(ROOT)} is stale: run `make docs-pages`")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
