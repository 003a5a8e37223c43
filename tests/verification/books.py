"""Books that must balance at every step of the whole model, and the steps at which each was wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
from whole import Look

from swmodel import codes
from swmodel.engine import Engine
from swmodel.layout import NONE

PARTNERS = {"steady_partners": codes.STEADY, "casual_partners": codes.CASUAL, "needle_partners": codes.NEEDLE}
FLOWS = {  # of each role: what comes in and what goes out, as counted
    codes.WORKER: (("spells_begun", "returns"), ("spells_ended", "pauses")),
    codes.CLIENT: (("buying_begun",), ("buying_ended",)),
}


def fixed(amounts: np.ndarray) -> np.ndarray:
    """Expected amounts as the engine counts them, in fixed point."""
    return np.floor(amounts * 2.0**20 + 0.5).astype(np.int64)


class Books:
    """A run: the steps at which each book was wrong, and what was `seen`, so that no book balances for want of entries.

    Each step is looked at twice: in its middle, after acts, when all pairs of the step are there, and at its end.
    """

    def __init__(self, run: Engine) -> None:
        self.run, self.t = run, run.layout.tables
        self.wrong: dict[str, list[int]] = defaultdict(list)
        self.seen: Counter[str] = Counter()
        self.kinds = len(run.layout.pair_kinds)
        self.born: dict[int, tuple[int, int, int]] = {}  # by uid: sex, population and occupation
        Look(run, "tests_taken", self.in_the_middle)
        while run.step < run.n_steps:
            was = {name: run.people.arrays[name].copy() for name in ("alive", "hiv_stage", "group")}
            run.advance()
            self.people(was["alive"])
            self.infections(was["alive"], was["hiv_stage"])
            self.roles(was["alive"], was["group"])
            self.who_is_who()
            self.pairs()
            self.at_the_end()

    def in_the_middle(self, _: Engine) -> None:
        """After acts and before anybody leaves."""
        self.pairs()
        self.formed()
        self.acts()
        self.contacts()
        self.away()

    def check(self, book: str, *equal: Any) -> None:
        """Note the step under `book` unless all of one array is true, or two are equal."""
        if not (np.array_equal(*equal) if len(equal) == 2 else np.all(equal[0])):
            self.wrong[book].append(self.run.step)

    def rows(self, table: str, *names: str) -> list[np.ndarray]:
        """Some attributes of every row of a table that was ever in use."""
        found = getattr(self.run, table)
        return [found.arrays[name][: found.n] for name in names]

    def couples(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Both partners, kind and form of every pair."""
        a, b, kind = self.rows("pairs", "pair_a", "pair_b", "kind")
        used = kind != codes.NONE
        return a[used], b[used], kind[used], self.t["form_of"][kind[used]]

    def counted(self, name: str) -> np.ndarray:
        """A counter as it stands within the step, or at its end; an expected one in fixed point."""
        start, shape = self.run.places[name]
        return self.run.totals[start : start + int(np.prod(shape))]

    def by_group(self, who: np.ndarray) -> np.ndarray:
        """How many of those are in each group."""
        (group,) = self.rows("people", "group")
        return np.bincount(group[who], minlength=len(self.run.layout.groups))

    # --- people ------------------------------------------------------------------------------------------------------

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
        alive, stage, entered, infected, care, prep = self.rows(
            "people", "alive", "hiv_stage", "entered", "infected_step", "care_state", "on_prep"
        )
        sick, new, had = stage > 0, infected == step, (was & (stage_before > 0))[: len(alive)]
        arrived, gone = (entered == step) & sick & ~new, (was[: len(alive)] | (entered == step)) & ~alive & sick
        for counter, who in (
            ("people", alive), ("susceptible", alive & ~sick), ("living_with_hiv", alive & sick),
            ("diagnosed", alive & sick & (care >= codes.DIAGNOSED)), ("infections", new),
            ("prep_users", alive & ~sick & (prep == 1)),
            ("on_art", alive & sick & ((care == codes.ON_ART) | (care == codes.SUPPRESSED))),
        ):  # fmt: skip
            self.check(counter, self.by_group(who), self.counted(counter))
        self.check("status", self.counted("people"), self.counted("susceptible") + self.counted("living_with_hiv"))
        self.check("living", (alive & sick).sum(), had.sum() + new.sum() + arrived.sum() - gone.sum())
        self.check("recovery", sick[had])
        self.check("sources", new.sum(), self.counted("infections_by_kind").sum())
        self.seen["infected"] += int(new.sum())
        self.seen["arrived with HIV"] += int(arrived.sum())
        self.check("cumulative", self.seen["infected"], self.run.count("infections").sum())
        (source,) = self.rows("people", "source_kind")
        self.seen.update("infected by " + self.run.layout.pair_kinds[k] for k in source[new])

    def roles(self, was: np.ndarray, group_before: np.ndarray) -> None:
        """Sellers and buyers of each population: those who were there, came or began, less who stopped or left."""
        step, arriving = self.run.step - 1, self.run.calls[0].step.tables["immigrants"]
        alive, group, entered = self.rows("people", "alive", "group", "entered")
        gone = (was[: len(alive)] | (entered == step)) & ~alive
        for role, (into, out) in FLOWS.items():
            for population in set(self.t["population_of"].tolist()):
                of = (self.t["role_of"] == role) & (self.t["population_of"] == population)
                number = (was & of[group_before]).sum() + arriving[step, of].sum()
                number += sum(self.counted(name)[of].sum() for name in into)
                number -= sum(self.counted(name)[of].sum() for name in out) + (gone & of[group]).sum()
                if step > 0:
                    self.check(f"{codes.ROLES[role]}s", number, (alive & of[group]).sum())
                self.seen.update({name: int(self.counted(name)[of].sum()) for name in (*into, *out)})
        self.seen.update({name: int(self.counted(name).sum()) for name in ("switches", "trips", "moves")})

    def who_is_who(self) -> None:
        """A person is of one sex, population and occupation for life, and in a role that fits; visitors are on a visit.

        The register of men has the row of each who was born here.
        """
        alive, uid, group, home, sex, paused, last, immigrant = self.rows(
            "people", "alive", "uid", "group", "home", "sex", "paused", "last_group", "immigrant"
        )
        t, there = self.t, np.flatnonzero(alive)
        person = sex[there], t["population_of"][group[there]], t["occupation_of"][group[there]]
        known = [self.born.setdefault(who, one) for who, *one in zip(uid[there].tolist(), *person, strict=True)]
        self.check("population for life", np.array(known), np.array(person).T)
        self.check("sex and population", sex[there] == codes.FEMALE, person[1] == codes.WOMEN)
        self.check("pauses", t["role_of"][group[there]][paused[there]] == codes.FORMER)
        left = last[there][paused[there]]
        self.check("setting left", (t["role_of"][left] == codes.WORKER), np.ones(len(left), np.bool_))
        self.check("setting left", t["population_of"][left], person[1][paused[there]])
        self.check("sites", home[there] < max(1, len(self.run.layout.sites)))
        self.check("visitors", ~immigrant[there] | (home[there] == t["site_of"][group[there]]) | self.traveller(there))
        register, men = self.run.prepared["row_of_man"], there[(person[0] == codes.MALE) & ~immigrant[there]]
        self.check("register", register[uid[men] >> 1], men)
        self.check("register", (register >= 0).sum(), len(men))
        self.seen["pausing"] += int(paused[there].sum())

    def traveller(self, who: np.ndarray) -> np.ndarray:
        """Those of whom trips are asked for."""
        trips = self.run.scenario.parameters.get("trip_rate")
        return np.full(len(who), trips is not None)

    def away(self) -> None:
        """Those who are not at their home are on a trip, as counted by group."""
        alive, group, home = self.rows("people", "alive", "group", "home")
        apart = alive & (self.t["site_of"][group] != home)
        self.check("away", self.by_group(apart), self.counted("away"))
        self.seen["away"] += int(apart.sum())

    # --- pairs -------------------------------------------------------------------------------------------------------

    def pairs(self) -> None:
        """Each pair is of two living, distinct people of fitting populations; numbers of partners are as kept."""
        alive, group, bisexual = self.rows("people", "alive", "group", "bisexual")
        a, b, kind, until = self.rows("pairs", "pair_a", "pair_b", "kind", "until")
        used = kind != codes.NONE
        self.check("free rows", a[~used], b[~used])
        self.check("pair rows", np.sort(self.run.pairs.free[: self.run.pairs.book[1]]), np.flatnonzero(~used))
        self.check("dates", until[used] > self.run.step)
        a, b, kind, form = self.couples()
        self.check("endpoints", a != b)
        self.check("dead endpoints", alive[a] & alive[b])
        one, other = self.t["population_of"][group[a]], self.t["population_of"][group[b]]
        of_women = (one == codes.WOMEN) & ((other == codes.MEN) | (other == codes.MSM) & bisexual[b])
        of_others = np.isin(one, (codes.MSM, codes.TRANS_WOMEN)) & (other == codes.MSM)
        self.check("populations", of_women | of_others | (form == codes.NEEDLE))
        for name, one_form in PARTNERS.items():
            (kept,), of_form = self.rows("people", name), form == one_form
            fresh = np.bincount(np.append(a[of_form], b[of_form]), minlength=len(alive))
            self.check(name, kept, fresh)
            self.check("dead people", kept[~alive] == 0)
        steady, polygynous = self.rows("people", "steady_partners", "polygynous")
        self.check("spouses", steady <= np.where(polygynous, 2, 1))
        self.seen.update(self.run.layout.pair_kinds[k] for k in kind)

    def formed(self) -> None:
        """Pairs that formed in this step are of people at one site, of the kind that their groups are to have."""
        group, injects = self.rows("people", "group", "injects")
        kind, since = self.rows("pairs", "kind", "since")
        new = since[kind != codes.NONE] == self.run.step
        a, b, kind, form = (one[new] for one in self.couples())
        g, h, role, market = group[a], group[b], self.t["role_of"], self.t["market_of"]
        self.check("one site", self.t["site_of"][g], self.t["site_of"][h])
        self.check("kinds", kind, self.t["kind_for"][form, g])
        paid = (form == codes.REGULAR) | (form == codes.ONE_OFF)
        self.check("sellers", role[g][paid] == codes.WORKER)
        self.check("buyers", role[h][paid] == codes.CLIENT)
        self.check("markets", market[g][paid], market[h][paid])
        self.check("markets", market[g][paid], self.t["population_of"][g][paid])
        self.check("needles", (injects[a] & injects[b])[form == codes.NEEDLE])
        self.check("formed", np.bincount(kind[~paid & (form != codes.NEEDLE)], minlength=self.kinds),
                   self.counted("pairs_formed"))  # fmt: skip
        (visits,) = self.rows("people", "visits")
        self.check("visits", np.bincount(b[paid], minlength=len(visits)) <= visits)
        self.check("visits made", np.bincount(h[paid], minlength=len(role)), self.counted("visits_made"))
        self.seen.update(f"formed: {self.run.layout.pair_kinds[k]}" for k in kind)

    def acts(self) -> None:
        """Acts and condoms from one side and from the other, as counted; none while partners are at different sites."""
        sex, group, site = *self.rows("people", "sex", "group"), self.t["site_of"]
        a, b, kind, _ = self.couples()
        acts, share = self.rows("pairs", "pair_acts", "condom_share")
        used = self.rows("pairs", "kind")[0] != codes.NONE
        acts, share = acts[used], share[used]
        for counter, amounts in (("acts", acts), ("condom_acts", share.astype(float) * acts)):
            for side in (a, b):
                by_person = np.zeros((len(sex), self.kinds), np.int64)
                np.add.at(by_person, (side, kind), fixed(amounts))
                self.check(counter, by_person.sum(axis=0), self.counted(counter))
        apart = site[group[a]] != site[group[b]]
        self.check("acts while apart", acts[apart] == 0.0)
        self.check("apart", np.bincount(kind[apart], minlength=self.kinds), self.counted("pairs_apart"))
        self.check("pairs now", np.bincount(kind, minlength=self.kinds), self.counted("pairs_now"))
        self.seen["apart"] += int(apart.sum())

    def contacts(self) -> None:
        """Paid contacts of the worker's group and of the client's, from the pairs, are as counted."""
        (group,) = self.rows("people", "group")
        a, b, _, form = self.couples()
        acts = self.rows("pairs", "pair_acts")[0][self.rows("pairs", "kind")[0] != codes.NONE]
        role, site, groups = self.t["role_of"], self.t["site_of"], len(self.run.layout.groups)
        of = np.zeros(6)
        of[codes.REGULAR], of[codes.ONE_OFF] = 24.0 * self.run.dt, 1.0
        g, h, amount = group[a], group[b], fixed(of[form])
        met = (role[g] == codes.WORKER) & (role[h] == codes.CLIENT) & (site[g] == site[h]) & (amount > 0)
        for counter, side in (("contacts_sold", g), ("contacts_bought", h)):
            found = np.zeros(groups, np.int64)
            np.add.at(found, side[met], amount[met])
            self.check(counter, found, self.counted(counter))
        regular = np.zeros(groups, np.int64)
        np.add.at(regular, g[met & (form == codes.REGULAR)], amount[met & (form == codes.REGULAR)])
        self.check("regular_sold", regular, self.counted("regular_sold"))
        self.check("contacts not made", (acts == 0.0) | (amount == 0) | met)
        for market in set(self.t["market_of"].tolist()) - {NONE}:
            here = self.t["market_of"] == market
            sold, bought = (
                np.bincount(site[here], self.counted(f"contacts_{side}")[here]) for side in ("sold", "bought")
            )
            self.check("both sides", sold, bought)

    def at_the_end(self) -> None:
        """Regular pairs are of a worker and a client, those of one contact are gone, and who shares needles injects."""
        group, injects = self.rows("people", "group", "injects")
        a, b, _, form = self.couples()
        regular, needle = form == codes.REGULAR, form == codes.NEEDLE
        self.check("regulars", self.t["role_of"][group[a[regular]]] == codes.WORKER)
        self.check("regulars", self.t["role_of"][group[b[regular]]] == codes.CLIENT)
        self.check("regulars", self.t["market_of"][group[a[regular]]], self.t["market_of"][group[b[regular]]])
        self.check("one contact", form != codes.ONE_OFF)
        self.check("needle pairs", injects[a[needle]] & injects[b[needle]])
