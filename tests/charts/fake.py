"""Made-up results shaped like those of Cotonou, to draw charts from without running the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from swmodel.results import COLUMNS
from swmodel.scenario.spec import Scenario, Survey

GR, A02 = "Geidelberg et al. 2021, fitting points", "Alary et al. 2002"
SURVEYS = (
    Survey("prevalence", "fsw", 1986, 0.033, source=GR),
    Survey("prevalence", "fsw", 1987, 0.082, source=GR),
    Survey("prevalence", "fsw", 1988, 0.192, source=GR),
    Survey("prevalence", "fsw", 1993, 0.533, n=374, source=A02),
    Survey("prevalence", "fsw", 1998, 0.406, 0.366, 0.447, 591, A02),
    Survey("prevalence", "fsw", 2008, 0.293, 0.249, 0.339, source=GR),
    Survey("prevalence", "clients", 1998, 0.084, 0.059, 0.1156, source=GR),
    Survey("prevalence", "clients", 2008, 0.058, 0.0348, 0.0902, source=GR),
    Survey("prevalence", "women", 1998, 0.035, 0.0242, 0.0477, source=GR),
    Survey("prevalence", "women", 2011, 0.022, 0.013, 0.0353, source=GR),
    Survey("prevalence", "men", 1998, 0.033, 0.0229, 0.0472, source=GR),
    Survey("prevalence", "men", 2011, 0.016, 0.0075, 0.0285, source=GR),
    Survey("on_art_share", "all", 2012, None, 0.42, 0.66, source=GR),
    Survey("on_art_share", "all", 2017, None, 0.60, 0.91, source=GR),
    Survey("on_art_share", "fsw", 2015, 0.24, 0.20, 0.28, source=GR),
    Survey("condom_use", "one_off_client", 1993, 0.25, 0.18, 0.33, source=GR),
    Survey("condom_use", "one_off_client", 2008, 0.92, 0.86, 0.99, source=GR),
)
GROUPS = {"fsw": (0.54, 1993.0, 0.012), "clients": (0.10, 1997.0, 0.20), "women": (0.042, 2002.0, 0.5),
          "men": (0.036, 2001.0, 0.49), "all": (0.044, 2001.0, 1.0)}  # peak, its year, share of adults  # fmt: skip
# final condom use, its mid-year, weight
KINDS = {"one_off_client": (0.92, 1996, 0.5), "regular_client": (0.78, 1999, 0.25), "own_partner": (0.3, 2005, 0.1),
         "casual": (0.45, 2008, 0.15), "spouse": (0.04, 2010, 0.4)}  # fmt: skip


def scenario(
    name: str = "cotonou", title: str = "Cotonou, Benin: HIV and sex work, 1985 to 2040", **other: object
) -> Scenario:
    """A scenario with Cotonou's surveys."""
    given: dict[str, object] = {
        "start": 1985.0, "stop": 2041.0, "step": 1 / 12, "people": 20_000, "seeds": 5, "seed": 1,
        "work_settings": ("bar", "street", "home"), "surveys": SURVEYS,
        "path": f"scenarios/settings/{name}.yaml", "places": 11.3,
    }  # fmt: skip
    return Scenario(name, title, **(given | other))  # type: ignore[arg-type]


def logistic(years: np.ndarray, middle: float, width: float = 3.0) -> np.ndarray:
    """A curve from 0 to 1."""
    return 1 / (1 + np.exp(-(years - middle) / width))


def frame(name: str = "cotonou", seeds: Sequence[int] = (1, 2, 3, 4, 5), years: tuple[int, int] = (1985, 2040),
          effect: float = 0.0, start: int = 2026, people: int = 20_000) -> pd.DataFrame:  # fmt: skip
    """A long table of results; a lever lowers new infections by the share `effect` from `start` on."""
    when = np.arange(years[0], years[1] + 1)
    rows: list[tuple[object, ...]] = []
    for seed in seeds:
        for (measure, group), values in one_run(seed, when, effect, start, people).items():
            rows += [(name, 0, seed, int(y), measure, group, float(v)) for y, v in zip(when, values, strict=True)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def one_run(seed: int, when: np.ndarray, effect: float, start: int, people: int) -> dict[tuple[str, str], np.ndarray]:
    """One simulation, made up: (measure, group) -> values over the years."""
    rng = np.random.default_rng(seed)
    found: dict[tuple[str, str], np.ndarray] = {}
    fewer = 1 - effect * np.clip((when - start) / 4, 0, 1) * rng.uniform(0.7, 1.3)
    for group, (peak, at, _) in GROUPS.items():
        rise = logistic(when, at - 5, 1.4) * np.exp(-np.clip(when - at, 0, None) / 22)
        noise = 1 + 0.05 * rng.standard_normal() + 0.02 * rng.standard_normal(len(when))
        found["prevalence", group] = peak * rise * noise
        rate = peak * 0.9 * (logistic(when, at - 7, 1.2) * np.exp(-np.clip(when - at + 4, 0, None) / 9) + 0.01)
        rate = rate * (1 + 0.15 * rng.standard_normal(len(when)) * (0.3 / peak) ** 0.3)
        found["incidence", group] = np.clip(rate * fewer, 0, None)
    for group, late in (("all", 0), ("fsw", 3)):
        found["diagnosed_share", group] = 0.05 + 0.87 * logistic(when, 2008 + late)
        found["on_art_share", group] = 0.83 * logistic(when, 2012 + late) * (when >= 2002)
        found["suppressed_share", group] = 0.78 * logistic(when, 2013 + late) * (when >= 2002)
    for kind, (level, at, weight) in KINDS.items():
        jitter = 0.02 * rng.standard_normal()
        found["condom_use", kind] = np.clip((level + jitter) * logistic(when, at), 0, 1)
        total = 60 * weight * (logistic(when, at - 6, 2) * np.exp(-np.clip(when - at, 0, None) / 12) + 0.02)
        found["new_infections_by_partner", kind] = rng.poisson(total * people / 20_000) * 1.0
    found["new_infections_by_partner", "all"] = sum(found["new_infections_by_partner", k] for k in KINDS)  # type: ignore[assignment]
    for group in ("fsw", "clients", "women", "men"):
        found["new_infections", group] = np.round(found["incidence", group] * GROUPS[group][2] * people * 2)
    found["new_infections", "all"] = sum(found["new_infections", g] for g in ("fsw", "clients", "women", "men"))  # type: ignore[assignment]
    return found


@dataclass
class Results:
    """As much of swmodel.results.Results as a chart needs."""

    table: pd.DataFrame
    draws: tuple[object, ...] = ()

    def to_df(self) -> pd.DataFrame:
        """The long table."""
        return self.table


@dataclass
class Comparison:
    """As much of swmodel.study.Comparison as a chart needs."""

    results: Results
    baseline: str
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)


LEVERS = {
    "condoms": ("Condom programme reaches nine in ten sex workers", 0.12),
    "outreach": ("Testing outreach and ART support", 0.3),
    "prep": ("Oral PrEP for women in street settings, 18 to 29 years old", 0.05),
}


def comparison(
    levers: Mapping[str, tuple[str, float]] = LEVERS, seeds: Sequence[int] = tuple(range(1, 11))
) -> Comparison:
    """A baseline and levers."""
    tables, scenarios = [frame(seeds=seeds)], {"cotonou": scenario()}
    for name, (title, effect) in levers.items():
        tables.append(frame(name, seeds=seeds, effect=effect))
        scenarios[name] = scenario(name, title, path=f"scenarios/{name}.yaml")
    return Comparison(Results(pd.concat(tables, ignore_index=True)), "cotonou", scenarios)
