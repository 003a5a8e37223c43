"""Forced pairs: people at risk, each with partners living with HIV, sent through the model's own kernels.

Parameters are neutral, so that a test names only what it is about.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from plain import CLIENTS, GROUPS, KINDS, STAGES, STREET, call
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


class Pairs:
    """M susceptible people, each in `partners` pairs with people living with HIV, who are the "men" or the "women".

    Women stand in the first rows, men after them. Pair p belongs to the susceptible person p modulo M. Women are of
    `group`, and whoever is not a woman is a client; `sex` and `position` may be changed, as for pairs of two men.
    """

    def __init__(self, seed: int, sick: str = "men", group: int = STREET, partners: int = 1,
                 kind: int = codes.ONE_OFF_CLIENT) -> None:  # fmt: skip
        count = M * partners
        women, n = (M, M + count) if sick == "men" else (count, M + count)
        self.step, self.seed, self.count = 0, seed, count
        self.at_risk, self.sick = (slice(0, M), slice(M, n)) if sick == "men" else (slice(count, n), slice(0, count))
        self.uid = np.arange(n, dtype=np.uint32)
        self.group, self.sex = np.full(n, group, np.uint8), np.full(n, codes.FEMALE, np.int8)
        self.group[women:], self.sex[women:] = CLIENTS, codes.MALE
        self.position = np.full(n, codes.VERSATILE, np.int8)
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
        self.infections = np.zeros(GROUPS, np.int64)
        self.acts_counted = np.zeros(KINDS, np.int64)

    def advance(self, n: float = 1.0, beta: float = BETA, f: float = 0.0, e: float = 0.0, fixed: float = 1.0,
                dt: float = MONTH, **other: Any) -> int:  # fmt: skip
        """One step of `n` acts in a one-off pair, or of acts at `act_rate` in a lasting one; all infections so far."""
        values = {
            "woman_to_man": 1.0, "unsuppressed_risk": 1.0, "suppressed_risk": 1.0, "condom_breakage": 0.0,
            "condom_spread": 0.0, "circumcision_risk": 1.0, "stage_risk": np.ones(STAGES),
            "sti_cofactor": np.ones(KINDS), "act_rate": np.zeros(KINDS), "regular_contacts": 24.0,
            "anal_share": np.zeros(KINDS), "anal_condom_ratio": 1.0, "anal_receptive_risk": 0.0,
            "anal_insertive_risk": 0.0, "needle_risk": 0.0,
        }  # fmt: skip
        if other.keys() - values.keys():
            raise TypeError(f"no such value: {other.keys() - values.keys()}")
        values |= other
        values |= {"acts_per_contact": n, "condom_use": np.full(KINDS, f), "risk_per_act": beta, "condom_efficacy": e,
                   "fixed_acts": fixed, "setting_condom_odds": np.ones(GROUPS)}  # fmt: skip
        rows = np.empty(self.count + 1, np.uint32)
        state = {
            "lo": 0, "hi": self.count, "n_pairs": self.count, "dt": dt, "step": self.step, "group": self.group,
            "sex": self.sex, "position": self.position, "condom_odds": self.odds,
            "client_condom_odds": np.ones(len(self.sex)), "work_volume": np.ones(len(self.sex)),
            "partner_time": np.ones(len(self.sex)),
            "pair_a": self.a, "pair_b": self.b,
            "kind": self.kind, "pair_propensity": self.propensity, "condom_share": self.share, "pair_acts": self.acts,
            "hiv_stage": self.stage, "care_state": self.care, "infectiousness": self.infectiousness,
            "susceptibility": self.susceptibility, "frailty": self.frailty, "circumcised": self.circumcised,
            "hazard": self.hazard, "force": self.force, "infection_clock": self.clock[0],
            "infected_step": self.infected_step, "stage_clock": np.zeros(len(self.stage)),
            "stage_duration": np.ones(STAGES), "acts": np.zeros(KINDS, np.int64), "infections": self.infections,
        }  # fmt: skip
        call(acts_and_condoms, **state, **values)
        self.acts_counted += state["acts"]
        discordant = rows[: call(discordant_pairs, discordant=rows, **state)].copy()
        call(exposure, rows=discordant, **state, **values)
        count = call(force_of_infection, discordant=discordant, exposed=rows, **state)
        call(infection, rows=rows[:count].copy(), **state)
        self.step += 1
        return int(self.infections.sum())

    def end(self, until: np.ndarray) -> None:
        """End the pairs whose date `until` has come, after `advance`, as the model does at the end of a step."""
        n = len(self.uid)
        partners = {f"{form}_partners": np.ones(n, np.int8) for form in ("steady", "casual", "needle")}
        call(end_pairs, n_pairs=self.count, step=self.step - 1, dt=MONTH, alive=np.ones(n, np.bool_), group=self.group,
             injects=np.zeros(n, np.bool_), pair_a=self.a, pair_b=self.b, kind=self.kind, until=until,
             since=np.zeros(self.count, np.int32), regular_pairs=np.zeros((GROUPS, GROUPS)),
             regular_apart=np.zeros(GROUPS), pairs_book=np.zeros(2, np.int64),
             pairs_free=np.zeros(self.count, np.uint32), **partners)  # fmt: skip

    def when(self) -> np.ndarray:
        """The step of infection of each person at risk; a number above any step for those still susceptible."""
        step = self.infected_step[self.at_risk]
        return np.where(step >= 0, step, np.iinfo(np.int32).max)


def agrees(events: int, p: float, n: int = M) -> bool:
    """True if `events` of n fit the probability p."""
    return bool(stats.binomtest(events, n, p).pvalue > ALPHA)
