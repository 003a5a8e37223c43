"""What there is in the model: people, pairs, the numbers of the scenario, and the tallies of the step."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from reference.philox import Stream
from swmodel import codes
from swmodel.declare import Param
from swmodel.rng import stream_key
from swmodel.values import tabulate

PAID = (codes.REGULAR_CLIENT, codes.ONE_OFF_CLIENT)


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

    condom_odds: float = 1.0
    testing_rate: float = 1.0
    linkage_rate: float = 1.0
    art_stop_rate: float = 1.0
    susceptibility: float = 1.0
    on_prep: bool = False


@dataclass(eq=False, slots=True)
class Person:
    """One adult. A man's uid is odd, a woman's even; the uids of immigrants come after everyone else's."""

    uid: int
    sex: int
    birth: float
    group: int
    immigrant: bool = False
    condom_propensity: float = 1.0
    market_trait: float = 1.0
    frailty: float = 1.0
    circumcised: bool = False
    polygynous: bool = False
    hiv_stage: int = codes.SUSCEPTIBLE
    care_state: int = codes.UNDIAGNOSED
    infected_step: int = -1
    source_uid: int = 0
    source_kind: int = codes.NONE
    role_times: int = 0
    visit_times: int = 0
    care_times: int = 0
    enrol_times: Counter[str] = field(default_factory=Counter)  # by programme
    covered: set[str] = field(default_factory=set)  # the programmes that reach this person
    cause: int = codes.STAYS  # why the person leaves in this step
    clocks: dict[str, Clock] = field(default_factory=dict)
    factors: Factors = field(default_factory=Factors)

    @property
    def is_man(self) -> bool:
        """A man, buying sex or not."""
        return self.sex == codes.MALE

    @property
    def sells_sex(self) -> bool:
        """A woman who sells sex, in any setting."""
        return self.group >= codes.FIRST_SETTING

    @property
    def has_hiv(self) -> bool:
        """Living with HIV, in any stage."""
        return self.hiv_stage != codes.SUSCEPTIBLE


@dataclass(eq=False, slots=True)
class Pair:
    """A woman and a man who have sex, until the step `until`; a visit to a worker is a pair for one step."""

    woman: Person
    man: Person
    kind: int
    until: int
    acts: float = 0.0  # expected in this step
    condom_share: float = 0.0  # of those acts

    @property
    def propensity(self) -> float:
        """The personal odds of a condom of both partners, multiplied."""
        return self.woman.condom_propensity * self.man.condom_propensity

    @property
    def trades(self) -> bool:
        """True if she sells sex to him now; a regular pair goes on until the end of the step in which either stops."""
        return self.kind in PAID and self.woman.sells_sex and self.man.group == codes.CLIENTS


class Numbers:
    """The parameters at every step, in years, per-year rates and proportions: a number, or a list by label."""

    def __init__(
        self, params: Iterable[Param], given: Mapping[str, Any], work_settings: tuple[str, ...], times: list[float]
    ) -> None:
        self.series: dict[str, Any] = {
            p.name: tabulate(p, given.get(p.name, p.default), work_settings, times).tolist() for p in params
        }

    def at(self, step: int) -> SimpleNamespace:
        """Every parameter as it is in one step."""
        return SimpleNamespace(**{name: values[step] for name, values in self.series.items()})


@dataclass
class World:
    """Everybody and everything, in one step."""

    scenario: Any
    seed: int
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

    @property
    def dt(self) -> float:
        """Years in a step."""
        return self.scenario.step

    def chance(self, name: str) -> Stream:
        """The random draws of one process."""
        return Stream(int(stream_key(self.seed, name)))

    def add(self, person: Person) -> None:
        """Let a person enter, with every clock wound up."""
        for name in self.clock_names:
            person.clocks[name] = Clock(self.chance(f"clock:{name}").exponential(person.uid))
        self.people[person.uid] = person

    def age(self, person: Person) -> float:
        """Years of age."""
        return self.time - person.birth

    def women(self) -> Iterator[Person]:
        """Women, selling sex or not."""
        return (p for p in self.people.values() if not p.is_man)

    def workers(self) -> Iterator[Person]:
        """Women who sell sex."""
        return (p for p in self.people.values() if p.sells_sex)

    def clients(self) -> Iterator[Person]:
        """Men who buy sex."""
        return (p for p in self.people.values() if p.group == codes.CLIENTS)

    def living_with_hiv(self) -> Iterator[Person]:
        """People living with HIV since before this step's transmission."""
        return (p for p in self.people.values() if p.has_hiv and p.infected_step != self.step)


def total(amounts: Iterable[float]) -> float:
    """The sum in the order given, rounded at each addition (Python's own `sum` rounds less from 3.12 on)."""
    result = 0.0
    for amount in amounts:
        result += amount
    return result
