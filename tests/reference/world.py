"""What there is in the model: people, pairs, the numbers of the scenario, and the tallies of the step."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from reference.groups import Group, Groups, Kind
from reference.philox import Stream
from swmodel import codes
from swmodel.declare import Param
from swmodel.rng import stream_key
from swmodel.values import tabulate

A_MOMENT = 1e-9  # years; dates are sums of steps, which are rounded
FOR_EVER = 2**31 - 1  # a step that never comes


@dataclass(slots=True)
class Clock:
    """How much hazard passes before something happens to a person: a unit exponential when it is drawn.

    A hazard h that holds for a step takes h x dt off it, so that the wait is exponential with rate h.
    """

    left: float

    def runs_out(self, spent: float) -> bool:
        """Take `spent` off; True if the event happens in this step."""
        self.left -= spent
        return self.left <= 0.0

    def unspent(self, spent: float) -> float:
        """The share of the step that was left when the clock ran out."""
        return -self.left / spent if spent > 0.0 else 0.0


@dataclass(slots=True)
class Factors:
    """What programmes change for a person, in this step only: each factor multiplies an odds, a rate or a risk."""

    start_rate: float = 1.0
    exit_rate: float = 1.0
    moving_rate: float = 1.0
    client_volume: float = 1.0
    condom_odds: float = 1.0
    client_condom_odds: float = 1.0
    testing_rate: float = 1.0
    linkage_rate: float = 1.0
    art_stop_rate: float = 1.0
    adherence: float = 1.0
    susceptibility: float = 1.0
    on_prep: bool = False


@dataclass(eq=False, slots=True)
class Person:
    """One adult. Of the uids of those who enter at 18, women have the even ones; people from elsewhere come after."""

    uid: int
    sex: int  # assigned at birth
    birth: float
    group: Group
    home: int  # the site to which trips return
    immigrant: bool = False  # from elsewhere, to sell sex or for a while
    migrant: bool = False  # from elsewhere, or moved for good from another site
    stays_until: int = FOR_EVER  # the step in which a visitor goes
    condom_propensity: float = 1.0
    market_trait: float = 1.0
    frailty: float = 1.0
    leaving_trait: float = 1.0
    circumcised: bool = False
    polygynous: bool = False
    bisexual: bool = False
    position: int = codes.VERSATILE
    education: int = 0
    need: float = 0.0
    indebted: bool = False
    injects: bool = False
    paused: bool = False
    last_group: int = 0  # where somebody who pauses sold sex, if that is so
    part_time: bool = False
    managed: bool = False
    spells: int = 0
    spell_start: int = 0
    hiv_stage: int = codes.SUSCEPTIBLE
    care_state: int = codes.UNDIAGNOSED
    infected_step: int = -1
    source_uid: int = 0
    source_kind: int = codes.NONE
    role_times: int = 0
    trip_times: int = 0
    inject_times: int = 0
    steady_times: int = 0
    visit_times: int = 0
    care_times: int = 0
    enrol_times: Counter[str] = field(default_factory=Counter)  # by programme
    covered: set[str] = field(default_factory=set)  # the programmes that reach this person
    cause: int = codes.STAYS  # why the person leaves in this step
    clocks: dict[str, Clock] = field(default_factory=dict)
    factors: Factors = field(default_factory=Factors)

    @property
    def is_male(self) -> bool:
        """Assigned male at birth."""
        return self.sex == codes.MALE

    @property
    def is_man(self) -> bool:
        """A man, of whatever partners."""
        return self.group.population in (codes.MEN, codes.MSM)

    @property
    def has_sex_with_men(self) -> bool:
        """A man who has sex with men or with trans women."""
        return self.group.population == codes.MSM

    @property
    def has_hiv(self) -> bool:
        """Living with HIV, in any stage."""
        return self.hiv_stage != codes.SUSCEPTIBLE


@dataclass(eq=False, slots=True)
class Pair:
    """Two people who have sex, or share needles, until the step `until`; a visit to a worker is a pair for one step.

    `one` is who looked for a partner, or sells sex; `other` is who was found, or buys it.
    """

    one: Person
    other: Person
    kind: Kind
    since: int
    until: int
    propensity: float  # the personal odds of a condom of both partners, multiplied
    acts: float = 0.0  # expected in this step
    condom_share: float = 0.0  # of those acts
    premium_share: float = 0.0  # the chance that the client offers more for no condom, at a contact

    @property
    def together(self) -> bool:
        """True if both are at the same site; a pair that is apart lasts, and rests."""
        return self.one.group.site == self.other.group.site

    @property
    def in_market(self) -> bool:
        """True if one still sells sex, and the other still buys it."""
        return self.one.group.sells and self.other.group.buys

    @property
    def trades(self) -> bool:
        """True if one sells sex to the other in this step; a regular pair ends with the step in which either stops."""
        return self.kind.paid and self.in_market and self.together


class Numbers:
    """The parameters at every step, in years, per-year rates and proportions: a number, or a list by label."""

    def __init__(self, params: Iterable[Param], given: Mapping[str, Any], groups: Groups, times: list[float]) -> None:
        self.params, self.given, self.groups = {p.name: p for p in params}, given, groups
        self.series: dict[str, Any] = {name: self.table(name, times).tolist() for name in self.params}

    def table(self, name: str, times: Any) -> Any:
        """One parameter at any times, as an array."""
        value = self.given.get(name, self.params[name].default)
        return tabulate(self.params[name], value, self.groups.layout, times)

    def at(self, step: int) -> SimpleNamespace:
        """Every parameter as it is in one step."""
        return SimpleNamespace(**{name: values[step] for name, values in self.series.items()})


@dataclass
class World:
    """Everybody and everything, in one step."""

    scenario: Any
    seed: int
    groups: Groups
    times: list[float]  # the middle of each step, as a year
    numbers: Numbers
    plan: Any  # who enters when: see schedule.py
    programmes: list[Any]
    clock_names: list[str]
    step: int = -1
    time: float = 0.0
    now: SimpleNamespace = field(default_factory=SimpleNamespace)  # the parameters of this step
    people: dict[int, Person] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    counts: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    streams: dict[str, Stream] = field(default_factory=dict)
    # Regular pairs at the end of the last step: by groups of client and worker, and how many were apart.
    regular_pairs: Counter[tuple[Group, Group]] = field(default_factory=Counter)
    regular_apart: int = 0
    # Regular pairs that the schedule expects by now, by groups of client and worker: alike in every scenario.
    regulars_expected: dict[tuple[Group, Group], float] = field(default_factory=lambda: defaultdict(float))

    @property
    def dt(self) -> float:
        """Years in a step."""
        return self.scenario.step

    @property
    def year_ends(self) -> bool:
        """True in the last step of a calendar year."""
        first, last = self.time - 0.5 * self.dt + A_MOMENT, self.time + 0.5 * self.dt + A_MOMENT
        return math.floor(last) > math.floor(first)

    def chance(self, name: str) -> Stream:
        """The random draws of one process."""
        if name not in self.streams:
            self.streams[name] = Stream(int(stream_key(self.seed, name)))
        return self.streams[name]

    def add(self, person: Person) -> None:
        """Let a person enter, with every clock wound up."""
        for name in self.clock_names:
            person.clocks[name] = Clock(self.chance(f"clock:{name}").exponential(person.uid))
        self.people[person.uid] = person

    def age(self, person: Person) -> float:
        """Years of age."""
        return self.time - person.birth

    def workers(self) -> list[Person]:
        """Sex workers, in the order of uids."""
        return sorted((p for p in self.people.values() if p.group.sells), key=lambda person: person.uid)

    def clients(self) -> Iterator[Person]:
        """Men who buy sex."""
        return (p for p in self.people.values() if p.group.buys)

    def living_with_hiv(self) -> Iterator[Person]:
        """People living with HIV since before this step's transmission."""
        return (p for p in self.people.values() if p.has_hiv and p.infected_step != self.step)


def total(amounts: Iterable[float]) -> float:
    """The sum in the order given, rounded at each addition (Python's own `sum` rounds less from 3.12 on)."""
    result = 0.0
    for amount in amounts:
        result += amount
    return result


def place_in(shares: list[float], u: float) -> int:
    """The place of the share into which `u` falls when they are laid end to end; the last, should it fall beyond."""
    for place, share in enumerate(shares):
        u -= share
        if u < 0.0:
            return place
    return len(shares) - 1
