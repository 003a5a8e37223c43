"""Forced pairs: people at risk, each with partners living with HIV, sent through the model's own kernels.

Parameters are neutral, so that a test names only what it is about.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from swmodel import codes, rng
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.exits import end_pairs
from swmodel.processes.transmission import discordant_pairs, exposure, force_of_infection, infection
from swmodel.state import start_clocks

ALPHA = 1e-4
M = 200_000
BETA = 0.0034  # the risk per act of the reference numbers in the table of cases
MONTH = 1.0 / 12
KINDS, STAGES = len(codes.PAIR_KINDS), len(codes.HIV_STAGES)


class Pairs:
    """M susceptible people, each in `partners` pairs with people living with HIV, who are the "men" or the "women".

    Women stand in the first rows, men after them. Pair p belongs to the susceptible person p modulo M.
    """

    def __init__(self, seed: int, sick: str = "men", group: int = codes.FIRST_SETTING, partners: int = 1,
                 kind: int = codes.ONE_OFF_CLIENT) -> None:  # fmt: skip
        count = M * partners
        women, n = (M, M + count) if sick == "men" else (count, M + count)
        self.step, self.seed, self.count = 0, seed, count
        self.at_risk, self.sick = (slice(0, M), slice(M, n)) if sick == "men" else (slice(count, n), slice(0, count))
        self.uid = np.arange(n, dtype=np.uint32)
        self.group = np.full(n, group, np.int8)
        self.group[women:] = codes.CLIENTS
        self.stage, self.care = np.zeros(n, np.int8), np.zeros(n, np.int8)
        self.stage[self.sick] = codes.CD4_500
        self.infectiousness, self.susceptibility, self.frailty = np.ones(n), np.ones(n), np.ones(n)
        self.circumcised = np.zeros(n, np.bool_)
        self.odds = np.ones(n)
        self.force, self.infected_step = np.zeros(n, np.int64), np.full(n, -1, np.int32)
        self.clock = np.zeros((1, n))
        key = np.array([rng.stream_key(seed, "clock:infection_clock")], np.uint64)
        start_clocks(np.arange(n, dtype=np.uint32), self.uid, self.clock, key)
        own, partner = np.arange(count, dtype=np.uint32) % M, np.arange(count, dtype=np.uint32)
        self.a, self.b = (own, partner + M) if sick == "men" else (partner, own + count)
        self.a, self.b = self.a.astype(np.uint32), self.b.astype(np.uint32)
        self.propensity = np.ones(count)
        self.kind = np.full(count, kind, np.int8)
        self.share, self.acts, self.hazard = np.zeros(count), np.zeros(count), np.zeros(count)
        self.infections = np.zeros(4, np.int64)
        self.acts_counted = np.zeros(KINDS, np.int64)

    def advance(self, n: float = 1.0, beta: float = BETA, f: float = 0.0, e: float = 0.0, fixed: float = 1.0,
                dt: float = MONTH, **other: Any) -> int:  # fmt: skip
        """One step of `n` acts in a one-off pair, or of acts at `act_rate` in a lasting one; all infections so far."""
        values = {
            "woman_to_man": 1.0, "unsuppressed": 1.0, "suppressed": 1.0, "breakage": 0.0, "spread": 0.0,
            "circumcision": 1.0, "stages": np.ones(STAGES), "cofactor": np.ones(KINDS), "act_rate": np.zeros(KINDS),
            "regular_contacts": 24.0,
        }  # fmt: skip
        if other.keys() - values.keys():
            raise TypeError(f"no such value: {other.keys() - values.keys()}")
        values |= other
        by_kind = [np.zeros(KINDS, np.int64) for _ in range(5)]
        acts_and_condoms.kernel(
            0, self.count, dt, self.group, self.odds, self.a, self.b, self.kind, self.propensity, self.share, self.acts,
            values["act_rate"], values["regular_contacts"], n, np.full(KINDS, f), np.ones(1), values["spread"],
            *by_kind,
        )  # fmt: skip
        self.acts_counted += by_kind[1]
        rows = np.empty(self.count + 1, np.uint32)
        discordant = rows[: discordant_pairs.kernel(self.count, self.stage, self.a, self.b, rows)].copy()
        exposure.kernel(
            discordant, self.stage, self.care, self.infectiousness, self.susceptibility, self.frailty, self.circumcised,
            self.a, self.b, self.kind, self.share, self.acts, self.hazard, beta, values["woman_to_man"],
            values["stages"], values["unsuppressed"], values["suppressed"], e, values["breakage"],
            values["circumcision"], values["cofactor"], fixed,
        )  # fmt: skip
        count = force_of_infection.kernel(discordant, self.stage, self.a, self.b, self.hazard, self.force, rows)
        infection.kernel(rows[:count].copy(), self.step, dt, self.group, self.force, self.clock[0],
                         np.zeros(len(self.stage)), self.stage, self.infected_step, np.ones(6),
                         self.infections)  # fmt: skip
        self.step += 1
        return int(self.infections.sum())

    def end(self, until: np.ndarray) -> None:
        """End the pairs whose date `until` has come, after `advance`, as the model does at the end of a step."""
        n = len(self.uid)
        partners = np.ones(n, np.int8), np.ones(n, np.int8)
        end_pairs.kernel(self.count, self.step - 1, np.ones(n, np.bool_), self.group, self.a, until, self.kind, self.b,
                         *partners, np.zeros(2, np.int64), np.zeros(self.count, np.uint32))  # fmt: skip

    def when(self) -> np.ndarray:
        """The step of infection of each person at risk; a number above any step for those still susceptible."""
        step = self.infected_step[self.at_risk]
        return np.where(step >= 0, step, np.iinfo(np.int32).max)


def agrees(events: int, p: float, n: int = M) -> bool:
    """True if `events` of n fit the probability p."""
    return bool(stats.binomtest(events, n, p).pvalue > ALPHA)
