"""Measures of what weighs on people who sell sex; only in runs in which it does."""

from swmodel.declare import Measure

SUFFERED = (
    Measure(
        "violence_past_year",
        "share of sex workers who suffered violence within twelve months",
        "proportion",
        "ratio",
        ("violence_within_a_year",),
        ("violence_asked",),
        of="worker",
    ),
    Measure(
        "violence_told",
        "share of sex workers who say face to face that they suffered violence within twelve months",
        "proportion",
        "ratio",
        ("violence_told",),
        ("violence_asked",),
        of="worker",
    ),
    Measure(
        "violence_ever",
        "share of sex workers who suffered violence since the start of the run",
        "proportion",
        "ratio",
        ("violence_ever",),
        ("violence_asked",),
        of="worker",
    ),
    Measure(
        "violence_weighs",
        "share of sex workers for whom violence is recent",
        "proportion",
        "ratio",
        ("violence_weighs",),
        ("violence_asked",),
        of="worker",
    ),
    Measure("violence_suffered", "violence against sex workers", "count", "flow", ("violence_suffered",), of="worker"),
    Measure(
        "violence_rate",
        "violence for each year of a sex worker",
        "per year",
        "ratio",
        ("violence_suffered",),
        ("violence_asked",),
        "year",
        of="worker",
    ),
    Measure("violence_by_perpetrator", "violence by perpetrator", "count", "flow", ("violence_events",)),
    Measure("forced_acts", "acts forced on sex workers, by perpetrator", "count", "flow", ("forced_acts",)),
)
