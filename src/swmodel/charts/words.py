"""Numbers and labels as a reader who does not model would say them, and findings put into sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from swmodel import codes
from swmodel.layout import AT, NARROW
from swmodel.scenario.spec import Scenario

NBSP = "\u00a0"
SETTINGS_FOLDER = "settings"  # scenarios in it describe a place, and their titles begin with its name

GROUPS = {
    "fsw": "sex workers",
    "msw": "men who sell sex",
    "tsw": "trans women who sell sex",
    "sex_workers": "all sex workers",
    "clients": "clients",
    "clients_of_women": "clients of women",
    "clients_of_men": "clients of men",
    "clients_of_trans_women": "clients of trans women",
    "women": "other women",
    "men": "other men",
    "msm": "other men who have sex with men",
    "trans_women": "other trans women",
    "former": "former sex workers",
    "former_fsw": "women who sold sex before",
    "former_msw": "men who sold sex before",
    "former_tsw": "trans women who sold sex before",
    "others": "other women and men",
    "all": "all adults",
}
KINDS = {
    "one_off_client": "one-off clients",
    "regular_client": "regular clients",
    "own_partner": "sex workers' own partners",
    "casual": "casual partners",
    "spouse": "spouses and live-in partners",
    "needle": "people who share needles",
    "forced": "acts forced by police, managers and others",
    "all": "all partners",
}
STAGES = {"diagnosed_share": "diagnosed", "on_art_share": "on treatment", "suppressed_share": "virus suppressed"}

NOTICE = 0.1  # a change smaller than this share of the greatest value is not told
FIGURES, MORE_FIGURES = 2, 3  # significant figures of counts in sentences, and of those beside a chart


def group(label: str, scenario: Scenario | None = None) -> str:
    """A group's name in a sentence: "sex workers", "street sex workers" (`street`), "all women" (`women_all`).

    Women who sell sex are called so where men or trans women do too; "fsw@mombasa" are those in Mombasa, and
    "clients:truck_drivers" are truck drivers among clients.
    """
    label, _, site = label.partition(AT)
    label, _, occupation = label.partition(NARROW)
    found = plain_group(label, scenario)
    found = f"{occupation.replace('_', ' ')} among {found}" if occupation else found
    return f"{found} in {site.replace('_', ' ').title()}" if site else found


def plain_group(label: str, scenario: Scenario | None) -> str:
    """The name of a group that is not narrowed to a site or an occupation."""
    if label == "fsw" and scenario and scenario.workers:
        return "women who sell sex"
    if label in GROUPS:
        return GROUPS[label]
    name = label.replace("_", " ")
    if scenario and all_sex_workers(label, scenario):
        return f"{name} sex workers"
    return f"all {name.removesuffix(' all')}" if name.endswith(" all") else name


def all_sex_workers(label: str, scenario: Scenario) -> bool:
    """True for a work setting, and for a named union of work settings."""
    layout = scenario.layout
    members = layout.members(label) or ()
    return bool(members) and all(layout.groups[code].role == codes.WORKER for code in members)


def kind(label: str) -> str:
    """The name of a kind of partner."""
    return KINDS.get(label, label.replace("_", " "))


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """A proportion as per cent: 52 %, 5.2 %, 0.52 %."""
    return f"{decimal(100 * share)}{NBSP}%"


def decimal(value: float) -> str:
    """A number with two significant figures, or whole from 10 on: 134, 52, 5.2, 0.52, 0."""
    size = abs(value)
    places = 0 if size >= 9.95 else 1 if size >= 0.995 else 2
    text = f"{value:,.{places}f}"
    return re.sub(r"^-", "\u2212", text) if float(text.replace(",", "")) else "0"


def count(value: float) -> str:
    """A count with separators, to three significant figures: 1,230; 456. Below 10 it keeps a decimal if it has one."""
    if abs(value) >= 10**MORE_FIGURES:
        value = significant(value, MORE_FIGURES)
    whole = abs(value) >= 10 or math.isclose(value, round(value), abs_tol=0.05)
    text = f"{value:,.0f}" if whole else f"{value:.1f}"
    return "0" if not float(text.replace(",", "")) else text.replace("-", "\u2212")


def about(value: float) -> str:
    """A count for a sentence, to two significant figures: "about 1,200"; small ones exactly."""
    if abs(value) < 100:
        return count(value)
    return f"about {count(significant(value, FIGURES))}"


def significant(value: float, figures: int) -> float:
    """A value other than zero, rounded to so many significant figures."""
    return round(value, figures - 1 - math.floor(math.log10(abs(value))))


def listing(parts: Sequence[str]) -> str:
    """Parts as one phrase: "a", "a and b", "a, b and c"."""
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def span(first: int, last: int) -> str:
    """Years in words: "2035 to 2039", or the one year."""
    return f"{first} to {last}" if last > first else str(first)


def place(scenario: Scenario) -> str:
    """The place that a scenario is about, " in Cotonou", if its file says so and it is one; else nothing.

    A file in a folder `settings` describes a place, and its title begins with the name: "Cotonou, Benin: ...".
    """
    if Path(scenario.path).parent.name != SETTINGS_FOLDER or len(scenario.sites) > 1:
        return ""
    name = re.split(r"[,:;(]", scenario.title)[0].strip()
    return f" in {name}" if name else ""


def adults(scenario: Scenario) -> str:
    """Whom the counts of a chart are for: real adults if the scenario says how many, else the simulated ones."""
    simulated = f"{scenario.people:,} simulated adults at the start"
    if scenario.places == 1.0:
        return f"Counts are of {simulated}"
    stands = f"each for {decimal(scenario.places)} real adults"
    return f"Counts are scaled up to the whole population ({simulated}, {stands})"


def sentence(*parts: str) -> str:
    """Parts as sentences: each with a capital and a full stop, empty ones left out."""
    return " ".join(f"{capital(part.strip()).rstrip('.')}." for part in parts if part.strip())


def trend(years: np.ndarray, values: np.ndarray, say: Callable[[float], str]) -> str:
    """What a series did, as a predicate: "peaked at 52 % in 1993 and fell to 30 % by 2008".

    `years` and `values` have shape (years,) without NaN and at least one value; `say` puts a value into words.
    """
    first, last, top = float(values[0]), float(values[-1]), float(values.max())
    start, end, when = int(years[0]), int(years[-1]), int(years[values.argmax()])
    little = NOTICE * top
    if len(years) == 1:
        return f"stood at {say(last)} in {end}"
    if top - last < little:
        low, turn = float(values.min()), int(years[values.argmin()])
        if first - low > little:
            return f"fell from {say(first)} in {start} to {say(low)} in {turn} and rose to {say(last)} by {end}"
        if last - first > little:
            return f"rose from {say(first)} in {start} to {say(last)} by {end}"
        return f"stayed near {say(float(np.median(values)))} from {start} to {end}"
    after = values[values.argmax() :]
    low, turn = float(after.min()), int(years[values.argmax() + after.argmin()])
    rise = f"fell from {say(first)} in {start}" if top - first < little else f"peaked at {say(top)} in {when}"
    if last - low > little:
        joined = f"{rise} to {say(low)}" if top - first < little else f"{rise}, fell to {say(low)}"
        return f"{joined} in {turn} and rose to {say(last)} by {end}"
    return f"{rise} to {say(last)} by {end}" if top - first < little else f"{rise} and fell to {say(last)} by {end}"
