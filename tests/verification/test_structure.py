"""Violence, police and detention as chains in continuous time, and what an end of violence is worth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from plain import GROUPS, LAYOUT, STREET, call, counter
from scipy import stats
from whole import START, Look, begin, of_pairs, rows

from swmodel import codes, rng
from swmodel.arrows import ARROWS
from swmodel.declare import Process
from swmodel.engine import Engine
from swmodel.processes.police import police
from swmodel.processes.violence import histories_of_violence, violence
from swmodel.scenario.spec import Lever, Target
from swmodel.state import start_clocks

ALPHA = 1e-4
TWO_SIDED = stats.norm.isf(ALPHA / 2)
DT, N = 1.0 / 12, 100_000
KINDS = len(codes.PERPETRATORS)
OFF = {arrow.name: 1.0 for arrow in ARROWS}


class World:
    """N workers of one setting, for whom a kernel is called step by step; nothing else happens to them."""

    def __init__(self, process: Process, seed: int, **parameters: Any) -> None:
        self.process, self.time = process, START - 0.5 * DT
        everybody = np.arange(N, dtype=np.uint32)
        self.state: dict[str, Any] = {a.name: np.full(N, a.default, a.dtype) for a in process.attributes}
        for name in (a.name for a in process.attributes if a.clock):
            keys = np.array([rng.stream_key(seed, f"clock:{name}")], np.uint64)
            start_clocks(everybody, everybody, self.state[name].reshape(1, N), keys)
        self.state |= {
            "rows": everybody, "selling": everybody, "uid": everybody, "group": np.full(N, STREET, np.uint8),
            "dt": DT, "key": rng.stream_key(seed, process.name), "forced": np.zeros(N + 1, np.uint32),
            "steady_partners": np.zeros(N, np.int8), "managed": np.zeros(N, np.bool_),
            "work_volume": np.ones(N, np.float32), "partner_time": np.ones(N, np.float32),
            "care_state": np.zeros(N, np.int8), "assaulted": np.zeros(N + 1, np.uint32),
        }  # fmt: skip
        self.counted = {c.name: counter(c) for c in process.counters}
        self.parameters = parameters

    def steps(self, years: float) -> Iterator[float]:
        """Step by step; gives the time since the start at the end of each step."""
        for _ in range(round(years / DT)):
            self.time += DT
            self.state["work_volume"].fill(1.0)
            self.state["partner_time"].fill(1.0)
            for name in ("forced_by_clients", "forced_by_partners", "forced_by_others"):
                if name in self.state:
                    self.state[name].fill(0)
            call(self.process, **self.state, **self.counted, **self.parameters, time=self.time)
            yield self.time + 0.5 * DT - START


def two_state(onset: float, end: float, t: float) -> float:
    """The chance to be in a state at time t, if out of it at the start, it begins at one rate and ends at another."""
    return onset / (onset + end) * -np.expm1(-(onset + end) * t)


def binomial(count: int, p: float, n: int = N) -> float:
    """A two-sided p-value."""
    return float(stats.binomtest(int(count), n, p).pvalue)


def poisson(counts: np.ndarray, mean: float) -> float:
    """The p-value of chi-square for counts of each person against Poisson, cells of more than 20 people."""
    last = int(stats.poisson.isf(20.0 / len(counts), mean))
    p = stats.poisson.pmf(np.arange(last), mean)
    p = np.append(p, 1.0 - p.sum())
    return float(stats.chisquare(np.bincount(np.minimum(counts, last), minlength=last + 1), p * len(counts)).pvalue)


# --- case 22: violence -----------------------------------------------------------------------------------------------

BY = {"client": 0.5, "other": 0.3}  # hazards per year; workers have neither partner nor manager
V, MEMORY = sum(BY.values()), 0.577


@cache
def hurt() -> tuple[World, dict[float, int], np.ndarray]:
    """6 years of violence, seed 2201: the world, who was in the state at times, and lengths of states that began."""
    hazard, sexual = np.zeros((KINDS, GROUPS)), np.array([0.5, 0.0, 0.0, 0.0, 0.25])
    for who, amount in BY.items():
        hazard[codes.PERPETRATORS.index(who)] = amount
    world = World(violence, 2201, violence_hazard=hazard, sexual_share=sexual, violence_memory=MEMORY)
    found, lengths, until, times = {}, [], world.state["violence_until"], world.state["violence_times"]
    before, suffered = until.copy(), times.copy()
    for t in world.steps(6.0):
        found[round(t, 2)] = int((world.state["violence_until"] > world.time + 0.5 * DT).sum())
        began = (until != before) & (times == suffered + 1)  # once in the step, so that it is known when
        lengths.append(until[began].astype(float) - world.state["violence_last"][began])
        before, suffered = until.copy(), times.copy()
    return world, found, np.concatenate(lengths)


@pytest.mark.case("22")
@pytest.mark.parametrize("t", [0.25, 1.0, 6.0])
def test_violence_is_a_chain_of_two_states(t: float) -> None:
    """Violence is recent for v / (v + r) of people in the end, and before for (1 - exp(-(v + r) t)) times that.

    v is the hazard of violence and 1 / r its memory; further violence neither lengthens nor shortens it. Exact binomial
    at the end of a step, n = 100,000, alpha 1e-4; power 0.99 at a share 5, 3 or 3% off. Planted: violence lengthens
    what is recent; violence weighs a tenth longer.
    """
    _, found, _ = hurt()
    assert binomial(found[t], two_state(V, 1.0 / MEMORY, t)) > ALPHA


@pytest.mark.case("22")
def test_lengths_of_what_violence_leaves() -> None:
    """What lasts of violence has an exponential length of mean `violence_memory`.

    KS, n = 330,000 that began, alpha 1e-4 (distance 0.004); power 0.99 at a mean 2% off. Dates of single precision
    are within 0.0001 years. Planted: violence weighs a tenth longer.
    """
    _, _, lengths = hurt()
    assert len(lengths) > 300_000
    assert stats.kstest(lengths, "expon", args=(0.0, MEMORY)).pvalue > ALPHA


@pytest.mark.case("22")
def test_violence_is_a_poisson_process() -> None:
    """Each person suffers violence a Poisson number of times; by perpetrator, and sexual, in the shares of each.

    Chi-square over people with a mean of 4.8, exact binomials over 480,000 events; n = 100,000, alpha 1e-4; power 0.99
    at a mean 1% off, and at shares 1% off. What is recent begins with violence at other times: v x (years - years in
    the state) in expectation, and, as gaps between beginnings vary less than exponential ones, no more spread than
    Poisson; 330,000, power 0.99 at 2% off. Planted: what is left of a step after violence is lost; sexual violence by
    others as often as by clients; all violence begins what is recent anew.
    """
    world, found, _ = hurt()
    times, events = world.state["violence_times"], world.counted["violence_events"]
    total = int(events.sum())
    assert len(found) == 72 and total == times.sum() == world.counted["violence_suffered"].sum()
    assert poisson(times, V * 6.0) > ALPHA
    a = V + 1.0 / MEMORY
    began = V * N * (6.0 - V / a * (6.0 + np.expm1(-6.0 * a) / a))
    assert abs(world.counted["violence_onsets"].sum() - began) < TWO_SIDED * np.sqrt(began)
    assert events[[1, 2, 3]].sum() == 0 and binomial(events[0], BY["client"] / V, total) > ALPHA
    for who, share in ((0, 0.5), (4, 0.25)):
        assert binomial(world.counted["forced_acts"][who], share, int(events[who])) > ALPHA


@pytest.mark.case("22")
def test_violence_within_a_year() -> None:
    """1 - exp(-v) of people suffered violence within twelve months, and 1 - exp(-6 v) within the six years of the run.

    Exact binomial, n = 100,000, alpha 1e-4; power 0.99 at a share 2% off. What is told is the reported share of it.
    Planted: violence of eleven months counts for twelve.
    """
    world, _, _ = hurt()
    asked = {c.name: counter(c) for c in histories_of_violence.counters}
    call(histories_of_violence, **world.state, **asked, time=world.time, alive=np.ones(N, np.bool_),
         violence_reported=0.5)  # fmt: skip
    told = {name: int(found.sum()) for name, found in asked.items()}
    assert told["violence_asked"] == N
    assert binomial(told["violence_within_a_year"], -np.expm1(-V)) > ALPHA
    assert binomial(told["violence_ever"], -np.expm1(-6.0 * V)) > ALPHA
    assert told["violence_told"] == told["violence_within_a_year"] << 19  # 0.5, in units of 2^-20


# The odds of a condom with one-off clients are 1, and 0.25 to the power of a causal share of a half, after violence.
PLACE = {
    "sex_worker_share": 0.3, "client_share": 0.5, "client_visits": 40.0, "worker_volume": {"sex_workers": 200.0},
    "condom_use": 0.5, "condom_spread": 0.0, "sexual_share": 0.0, "violence_memory": MEMORY, "causal_share": 0.5,
    "violence_hazard": BY | {"all": 0.0}, **OFF, "violence_recent_to_condom_odds": 0.25,
}  # fmt: skip
NOT_USED, NOT_USED_AFTER = 1.0 / 2.0, 1.0 / 1.5
LOOKS = (59, 71, 77, 83, 95, 143)  # steps: before the lever starts with step 72, and after


def acts_without(levers: tuple[Lever, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Acts with one-off clients of those who sold sex four years before, and those of them without a condom.

    12 years of 30,000 people, seed 2202; at each of LOOKS, by uid.
    """
    run = begin(2202, 30_000, 12, levers=levers, **PLACE)
    acts, without = np.zeros((2, len(LOOKS), 60_000))

    def look(run: Engine) -> None:
        if run.step in LOOKS:
            uid, since = rows(run, "uid", "spell_start")
            a, kind, share, number = of_pairs(run, "pair_a", "kind", "condom_share", "pair_acts")
            paid = (kind == codes.ONE_OFF_CLIENT) & (since[a] <= run.step - 48)
            k = LOOKS.index(run.step)
            np.add.at(acts[k], uid[a[paid]], number[paid])
            np.add.at(without[k], uid[a[paid]], number[paid] * (1.0 - share[paid].astype(float)))

    Look(run, "discordant_pairs", look)
    run.run()
    return acts, without


def shares_after(acts: np.ndarray, without: np.ndarray) -> tuple[float, float]:
    """The share of acts of those for whom violence is recent, and its standard error if that has the chance p.

    Someone's state at one look goes with that at another as exp(-(v + r) t).
    """
    share = (without.sum() / acts.sum() - NOT_USED) / (NOT_USED_AFTER - NOT_USED)
    years = np.array(LOOKS[: len(acts)]) * DT
    kept = np.exp(-(V + 1.0 / MEMORY) * np.abs(years[:, None] - years))
    p = V / (V + 1.0 / MEMORY)
    return float(share), float(np.sqrt(p * (1.0 - p) * (kept * (acts @ acts.T)).sum()) / acts.sum())


@pytest.mark.case("22")
def test_what_an_end_of_violence_is_worth() -> None:
    """Ending all violence takes non-use of condoms from a mean over two states to that of the other, as exp(-r t).

    All else is frozen: with violence, a share p = v / (v + r) of acts has odds of a condom of a half; t after its end,
    p exp(-r t), and at last none, exactly. Normal with the variance of independent workers, n = 3,700 at 6 looks, and
    at one; alpha 1e-4; power 0.99 at a share 10% off, and at one 32% off five months after the end. Planted: what
    was only observed is taken whole; the lever leaves violence by others.
    """
    target = Target(("street",))
    end = Lever("end", "violence_reduction", START + 6.0, START + 12.0, target, coverage=1.0,
                values={"violence_ratio": 0.0})  # fmt: skip
    acts, without = acts_without()
    p = V / (V + 1.0 / MEMORY)
    share, error = shares_after(acts, without)
    assert (acts[0] > 0).sum() > 3500 and error < 0.005
    assert abs(share - p) < TWO_SIDED * error
    same, ended = acts_without((end,))
    assert np.array_equal(same, acts) and np.array_equal(ended[:2], without[:2])
    left = p * np.exp(-5 * DT / MEMORY)  # exposure is as of the end of the step before
    found = (ended[2].sum() / acts[2].sum() - NOT_USED) / (NOT_USED_AFTER - NOT_USED)
    error = np.sqrt(left * (1.0 - left) * (acts[2] ** 2).sum()) / acts[2].sum()
    assert error < 0.0085 and abs(found - left) < TWO_SIDED * error
    assert abs(ended[5].sum() / acts[5].sum() - NOT_USED) < 1e-6


# --- case 23: police -------------------------------------------------------------------------------------------------

CONTACT, ARREST, DETENTION = 4.0, 0.3, 0.25
H = CONTACT * ARREST  # hazard of arrest while free


@cache
def arrested(share: float) -> tuple[World, dict[float, int], dict[float, float]]:
    """8 years of police, seed 2301: the world, who is held at times, and years held until then."""
    world = World(police, 2301, police_contact=np.full(GROUPS, CONTACT), arrest_share=share, detention=DETENTION,
                  extortion_share=0.4, confiscation_share=0.2, confiscation_lasts=0.02, police_memory=0.3)  # fmt: skip
    held, years = {}, {}
    for t in world.steps(8.0):
        held[round(t, 2)] = int((world.state["detained_until"] > world.time + 0.5 * DT).sum())
        years[round(t, 2)] = float(world.counted["time_detained"].sum()) / 2.0**20
    return world, held, years


@pytest.mark.case("23")
@pytest.mark.parametrize("t", [0.25, 1.0, 8.0])
def test_detention_is_an_alternating_renewal(t: float) -> None:
    """h s / (1 + h s) of people are held in the end, if arrest has the hazard h while free and s is the mean time held.

    Before, that times 1 - exp(-(h + 1 / s) t). Exact binomial, n = 100,000, alpha 1e-4; power 0.99 at a share 4% off.
    Planted: who is arrested is at risk again at once; people are held a tenth longer.
    """
    _, held, _ = arrested(ARREST)
    assert two_state(H, 1.0 / DETENTION, 100.0) == pytest.approx(H * DETENTION / (1.0 + H * DETENTION), rel=1e-12)
    assert binomial(held[t], two_state(H, 1.0 / DETENTION, t)) > ALPHA


@pytest.mark.case("23")
def test_time_held() -> None:
    """Of the last six years h s / (1 + h s) is spent held.

    Normal with the variance of an alternating renewal over T years, 2 p (1 - p) (T / a - (1 - exp(-a T)) / a^2) with
    a = h + 1 / s; n = 100,000, alpha 1e-4; power 0.99 at a share 1% off. Planted: people are held a tenth longer; time
    held before this step is not counted.
    """
    _, _, years = arrested(ARREST)
    p, a, span = H * DETENTION / (1.0 + H * DETENTION), H + 1.0 / DETENTION, 6.0
    error = np.sqrt(2.0 * p * (1.0 - p) * (span / a + np.expm1(-a * span) / a**2) / N)
    assert error < 0.003 * p * span
    assert abs((years[8.0] - years[2.0]) / N - p * span) < TWO_SIDED * error


@pytest.mark.case("23")
def test_arrests_in_free_time() -> None:
    """Contacts and arrests come at their hazards over the time that people are free, and only then.

    What is counted less hazard x free time is a martingale whose variance is that: normal, 2.5 million contacts and
    740,000 arrests, alpha 1e-4; power 0.99 at 0.4 and 0.7% off. Money is extorted and condoms are taken in their shares
    of the other contacts, exact binomials. Planted: who is arrested is at risk again at once; extortion at arrests
    too.
    """
    world, _, years = arrested(ARREST)
    free = N * 8.0 - years[8.0]
    contacts, arrests, asked, took = (
        int(world.counted[name].sum()) for name in ("police_contacts", "arrests", "extortions", "confiscations")
    )
    assert contacts == world.state["police_times"].sum() and world.counted["policed"].sum() == N * 96
    assert abs(contacts - CONTACT * free) < TWO_SIDED * np.sqrt(CONTACT * free)
    assert abs(arrests - H * free) < TWO_SIDED * np.sqrt(H * free)
    assert binomial(asked, 0.4, contacts - arrests) > ALPHA and binomial(took, 0.2, contacts - arrests) > ALPHA


@pytest.mark.case("23")
def test_contacts_without_arrest() -> None:
    """If nobody is arrested contacts are a Poisson process, and what lasts of one is a chain of two states.

    Chi-square over people with a mean of 32, exact binomial of those for whom contact is recent after 8 years; n =
    100,000, alpha 1e-4; power 0.99 at a mean 0.3% off, at a share 2% off. Planted: contact with police weighs a tenth
    longer.
    """
    world, held, _ = arrested(0.0)
    assert set(held.values()) == {0}
    assert poisson(world.state["police_times"], CONTACT * 8.0) > ALPHA
    assert (
        binomial((world.state["police_until"] > world.time + 0.5 * DT).sum(), two_state(CONTACT, 1.0 / 0.3, 8.0))
        > ALPHA
    )
    assert LAYOUT.group_names[STREET] == "street"
