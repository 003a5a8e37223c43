"""Books that must balance at every step of the whole model: people, infections, pairs, and what pairs do. All exact."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
PARTNERS = {"steady_partners": (codes.SPOUSE, codes.OWN_PARTNER), "casual_partners": (codes.CASUAL,)}
MORE = {"tests_per_year": 1.0, "art_rate": 2.0, "eligible_from": 1.0, "risk_per_act": 0.004}  # so that all of it occurs
KINDS = len(codes.PAIR_KINDS)


class Look:
    """A look at the books in the middle of a step, after the acts; the engine calls it like a process."""

    def __init__(self, steps: int, books: Books) -> None:
        self.active, self.books = np.ones(steps, np.bool_), books

    def run(self, run: Engine) -> None:
        """Note every book that does not balance now."""
        self.books.pairs()
        self.books.acts()


class Books:
    """A small Cotonou with care, PrEP and ten times its HIV at the start: the steps at which each book was wrong.

    5,000 people, 120 steps; `seen` counts what happened, so that no book balances for want of entries.
    """

    def __init__(self, seed: int) -> None:
        scenario = load(SETTING, people=5000, stop=1995)
        share = {group: 10.0 * x for group, x in scenario.parameters["initial_prevalence"].items()}
        prep = Lever("prep", "oral_prep", 1986.0, 1995.0, Target(("women", *scenario.work_settings)), coverage=0.3)
        values = {**scenario.parameters, **MORE, "initial_prevalence": share}
        scenario = replace(scenario, parameters=values, levers=(prep,))
        self.wrong: dict[str, list[int]] = defaultdict(list)
        self.seen: Counter[str] = Counter()
        self.run = run = Engine(scenario, contents(scenario), seed)
        self.regulars = np.zeros(run.pairs.capacity, np.bool_)  # rows of regular pairs at the end of the last step
        names = [call.process.name for call in run.calls]
        run.calls.insert(names.index("acts_and_condoms") + 1, Look(run.n_steps, self))
        while run.step < run.n_steps:
            was = {name: run.people.arrays[name].copy() for name in ("alive", "hiv_stage")}
            run.advance()
            self.people(was["alive"])
            self.infections(was["alive"], was["hiv_stage"])
            self.pairs()
            self.regular_pairs()

    def check(self, book: str, *equal: Any) -> None:
        """Note the step under `book` unless all of one array is true, or two are equal."""
        if not (np.array_equal(*equal) if len(equal) == 2 else np.all(equal[0])):
            self.wrong[book].append(self.run.step)

    def rows(self, table: str, *names: str) -> list[np.ndarray]:
        """Some attributes of every row of a table that was ever in use."""
        found = getattr(self.run, table)
        return [found.arrays[name][: found.n] for name in names]

    def counted(self, name: str) -> np.ndarray:
        """A counter as it stands within the step, or at its end; an expected one in fixed point."""
        start, shape = self.run.layout[name]
        return self.run.totals[start : start + int(np.prod(shape))]

    def people(self, was: np.ndarray) -> None:
        """N(t+1) = N(t) + entrants + immigrants - departures; every row is in use or free, once."""
        step, tables = self.run.step - 1, self.run.calls[0].step.tables
        alive, entered, cause, uid, immigrant = self.rows("people", "alive", "entered", "cause", "uid", "immigrant")
        new = entered == step
        immigrants, coming = tables["immigrants"][step].sum(), tables["scheduled"][step].sum()
        gone = (was[: len(alive)] | new) & ~alive
        self.check("entrants", [(new & ~immigrant).sum(), (new & immigrant).sum()], [coming, immigrants])
        self.check("people", alive.sum(), was.sum() + coming + immigrants - self.counted("departures").sum())
        self.check("departures", np.bincount(cause[gone], minlength=len(codes.CAUSES)), self.counted("departures"))
        self.check("identity", len(np.unique(uid[alive])), alive.sum())
        self.check("rows", np.sort(self.run.people.free[: self.run.people.book[1]]), np.flatnonzero(~alive))
        self.seen.update(codes.CAUSES[k] for k in cause[gone])
        self.seen["immigrant"] += int(immigrants)

    def infections(self, was: np.ndarray, stage_before: np.ndarray) -> None:
        """S + I = N; I(t+1) = I(t) + infections + arrivals with HIV - departures with HIV; nobody recovers."""
        step = self.run.step - 1
        alive, group, stage, entered, infected, care, prep = self.rows(
            "people", "alive", "group", "hiv_stage", "entered", "infected_step", "care_state", "on_prep"
        )
        sick, new, had = stage > 0, infected == step, (was & (stage_before > 0))[: len(alive)]
        arrived, gone = (entered == step) & sick & ~new, (was[: len(alive)] | (entered == step)) & ~alive & sick
        groups = len(self.counted("people"))
        for counter, who in (
            ("people", alive), ("susceptible", alive & ~sick), ("living_with_hiv", alive & sick),
            ("diagnosed", alive & sick & (care >= codes.DIAGNOSED)), ("infections", new),
            ("prep_users", alive & ~sick & (prep == 1)),
            ("on_art", alive & sick & ((care == codes.ON_ART) | (care == codes.SUPPRESSED))),
        ):  # fmt: skip
            self.check(counter, np.bincount(group[who], minlength=groups), self.counted(counter))
        self.check("status", self.counted("people"), self.counted("susceptible") + self.counted("living_with_hiv"))
        self.check("living", (alive & sick).sum(), had.sum() + new.sum() + arrived.sum() - gone.sum())
        self.check("recovery", sick[had])
        self.seen["infected"] += int(new.sum())
        self.seen["arrived with HIV"] += int(arrived.sum())
        self.check("cumulative", self.seen["infected"], self.run.count("infections").sum())

    def pairs(self) -> None:
        """Each pair is of two living people, a woman and a man; numbers of partners are those in the table of pairs."""
        alive, sex = self.rows("people", "alive", "sex")
        a, b, kind, until = self.rows("pairs", "pair_a", "pair_b", "kind", "until")
        used = kind != codes.NONE
        self.check("free rows", a[~used], b[~used])
        self.check("pair rows", np.sort(self.run.pairs.free[: self.run.pairs.book[1]]), np.flatnonzero(~used))
        a, b, kind = a[used], b[used], kind[used]
        self.check("endpoints", a != b)
        self.check("dead endpoints", alive[a] & alive[b])
        self.check("sexes", (sex[a] == codes.FEMALE) & (sex[b] == codes.MALE))
        self.check("dates", until[used] > self.run.step)
        for name, kinds in PARTNERS.items():
            (kept,), of_kind = self.rows("people", name), np.isin(kind, kinds)
            fresh = np.bincount(np.append(a[of_kind], b[of_kind]), minlength=len(alive))
            self.check(name, kept, fresh)
            self.check("dead people", kept[~alive] == 0)
        self.check("husbands", self.rows("people", "steady_partners")[0][sex == codes.FEMALE] <= 1)
        self.seen.update(codes.PAIR_KINDS[k] for k in kind)

    def regular_pairs(self) -> None:
        """At the end of a step, regular pairs are of a worker and a client, and those of one contact are gone."""
        (group,) = self.rows("people", "group")
        a, b, kind = self.rows("pairs", "pair_a", "pair_b", "kind")
        regular = kind == codes.REGULAR_CLIENT
        self.check("regulars", (group[a] >= codes.FIRST_SETTING) & (group[b] == codes.CLIENTS) | ~regular)
        self.check("one contact", kind != codes.ONE_OFF_CLIENT)
        self.regulars[: len(kind)] = regular

    def acts(self) -> None:
        """Acts, condoms and paid contacts from the women's side and the men's, as counted; visits from the men's."""
        sex, group, visits = self.rows("people", "sex", "group", "visits")
        a, b, kind, acts, share = self.rows("pairs", "pair_a", "pair_b", "kind", "pair_acts", "condom_share")
        for counter, amounts in (("acts", acts), ("condom_acts", share * acts)):
            for side, one in ((a, codes.FEMALE), (b, codes.MALE)):
                by_person = np.zeros((len(sex), KINDS), np.int64)
                np.add.at(by_person, (side, kind), fixed(amounts))
                self.check(counter, by_person[sex == one].sum(axis=0), self.counted(counter))
                self.check("sexes", by_person[sex != one] == 0)
        monthly = np.zeros(KINDS)
        monthly[codes.REGULAR_CLIENT], monthly[codes.ONE_OFF_CLIENT] = 24.0 * self.run.dt, 1.0
        sells, buys, counted = group >= codes.FIRST_SETTING, group == codes.CLIENTS, self.counted("contacts_sold")
        sold, bought = np.zeros((2, len(sex)), np.int64)
        met = sells[a] & buys[b]  # a pair of which one has just stopped meets no more
        np.add.at(sold, a[met], fixed(monthly[kind[met]]))
        np.add.at(bought, b[met], fixed(monthly[kind[met]]))
        self.check("contacts sold", np.bincount(group, sold, minlength=len(counted)), counted)
        self.check(
            "contacts bought", np.bincount(group, bought, minlength=len(counted)), self.counted("contacts_bought")
        )
        self.check("contacts not made", (acts == 0.0) | (kind < codes.REGULAR_CLIENT) | met)
        new = (kind == codes.ONE_OFF_CLIENT) | (kind == codes.REGULAR_CLIENT) & ~self.regulars[: len(kind)]
        self.check("visits", np.bincount(b[new], minlength=len(sex)), visits)
        self.check("market", met[new])


def fixed(amounts: np.ndarray) -> np.ndarray:
    """Expected amounts as the engine counts them, in fixed point."""
    return np.floor(amounts * 2.0**20 + 0.5).astype(np.int64)


@cache
def books() -> Books:
    """The books of one run, seed 801."""
    return Books(801)


def wrong(*names: str) -> dict[str, list[int]]:
    """Those of the books named that did not balance, with the steps."""
    return {name: books().wrong[name] for name in names if name in books().wrong}


@pytest.mark.case("29")
def test_people() -> None:
    """N(t+1) = N(t) + entrants + immigrants - departures at every step, nobody is there twice, and no row is lost.

    Exact; n = 120 steps of 5,000 people, with departures of every cause.
    """
    assert wrong("entrants", "people", "departures", "identity", "rows") == {}
    assert min(books().seen[name] for name in ("immigrant", *codes.CAUSES[1:])) > 0


@pytest.mark.case("29")
def test_infections() -> None:
    """S + I = N in every group and at every step, and infections, arrivals and departures with HIV account for I.

    Exact; n = 120 steps of 5,000 people, with care.
    """
    names = ("people", "susceptible", "living_with_hiv", "diagnosed", "on_art", "prep_users", "infections")
    assert wrong(*names, "status", "living", "recovery", "cumulative") == {}
    assert min(books().seen["infected"], books().seen["arrived with HIV"]) > 0
    assert min(books().run.count(name).max() for name in ("on_art", "prep_users")) > 0


@pytest.mark.case("29")
def test_pairs() -> None:
    """Each pair is of a living woman and a living man, in and after every step, and the dead have no pairs.

    Exact; n = 120 steps of 5,000 people, with pairs of every kind; regular pairs are of workers and clients.
    """
    assert wrong("endpoints", "dead endpoints", "sexes", "dates", "free rows", "pair rows", "dead people") == {}
    assert wrong("regulars", "one contact", "husbands") == {}
    assert min(books().seen[kind] for kind in codes.PAIR_KINDS[1:]) > 0


@pytest.mark.case("29")
def test_partners() -> None:
    """The numbers of partners that people carry are those of the table of pairs, in and after every step. Exact."""
    assert wrong("steady_partners", "casual_partners") == {}


@pytest.mark.case("29")
def test_both_sides() -> None:
    """Acts, acts with a condom and paid contacts, added up from the women's side and from the men's, are as counted.

    Exact, in fixed point; n = 120 steps of 5,000 people. Each visit of a client is one contact, or begins a pair.
    """
    assert wrong("acts", "condom_acts", "sexes", "contacts sold", "contacts bought") == {}
    assert wrong("contacts not made", "visits", "market") == {}
