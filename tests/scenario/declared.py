"""A small set of declarations, so that the tests of scenario files do not depend on the model's contents."""

from __future__ import annotations

from swmodel.declare import Attr, Counter, Measure, Param, intervention, process
from swmodel.scenario.declarations import Declarations, declared

SOURCE = "assumption: made for tests"
CONSTANT = ("entry_age", "leave_age")


def params(*made: tuple) -> tuple[Param, ...]:
    """Parameters from (name, default, unit, range, doc[, by]); the ages at entry and leaving may not vary in time."""
    return tuple(Param(n, d, u, r, SOURCE, doc, *by, constant=n in CONSTANT) for n, d, u, r, doc, *by in made)


@process(
    phase="demography", over="step", section="people",
    params=params(
        ("entry_age", 18.0, "years of age", (18.0, 30.0), "age at entry"),
        ("leave_age", 60.0, "years of age", (40.0, 100.0), "age at which people leave the population"),
        ("population_growth", 0.03, "per year", (-0.05, 0.1), "growth of the adult population"),
        ("migration", 1.0, "switch", (0.0, 1.0), "whether sex workers arrive from elsewhere"),
    ),
    attributes=(Attr("age", "f8", 0.0, "years"),),
    counters=(Counter("people", "people alive"), Counter("living_with_hiv", "people living with HIV")),
)  # fmt: skip
def ageing(step, entry_age, leave_age, population_growth, migration, age, people, living_with_hiv):
    """People grow older."""


@process(
    phase="transmission", over="pairs", section="transmission",
    params=params(
        ("condom_efficacy", 0.8, "proportion", (0.58, 0.95), "share of transmission that a condom prevents"),
        ("infectivity", 0.001, "probability per act", (0.0, 0.02), "chance of infection for one act"),
        ("acute_duration", 2.9, "months", (1.0, 6.0), "mean length of the acute stage"),
        ("acts", {"spouse": 70.0, "all": 20.0}, "per year", (0.0, 400.0), "acts in a pair", "pair_kind"),
        ("condom_use", {2000: 0.1, 2015: 0.6}, "proportion", (0.0, 1.0), "share of acts with a condom", "group"),
    ),
    counters=(
        Counter("condom_acts", "acts with a condom", ("pair_kind",), True),
        Counter("acts_all", "acts", ("pair_kind",), True),
    ),
)  # fmt: skip
def transmission(lo, hi, condom_efficacy, infectivity, acute_duration, acts, condom_use, condom_acts, acts_all):
    """Infection passes between the partners of a pair."""


@process(
    phase="care", section="care",
    params=params(("art_start", {2004: 0.0, 2015: 0.3}, "per year", (0.0, 12.0), "rate of starting ART")),
)  # fmt: skip
def care(lo, hi, art_start):
    """People who are diagnosed start ART."""


@intervention(
    eligible="hiv_negative",
    params=params(
        ("prep_efficacy", 0.9, "proportion", (0.0, 1.0), "reduction of risk while it is taken"),
        ("adherence", {"all": 0.7}, "proportion", (0.0, 1.0), "share of time in which it is taken", "group"),
    ),
)  # fmt: skip
def oral_prep(lo, hi, prep_efficacy, adherence):
    """Daily oral PrEP."""


@intervention(params=params(("condom_gain", 2.0, "odds ratio", (1.0, 20.0), "change of the odds of condom use")))
def condom_programme(lo, hi, condom_gain):
    """Outreach that raises condom use."""


MEASURES = (
    Measure(
        "prevalence", "share of people who live with HIV", "proportion", "ratio", ("living_with_hiv",), ("people",)
    ),
    Measure("people", "people alive", "people", "stock", ("people",)),
    Measure("condom_use", "share of acts with a condom", "proportion", "ratio", ("condom_acts",), ("acts_all",)),
)

DECLARED: Declarations = declared(
    (ageing, transmission, care), {"oral_prep": oral_prep, "condom_programme": condom_programme}, MEASURES
)
