"""What a setting file declares, as codes: groups of people, kinds of pair, sites, occupations.

Everyone is in one group: a role in the market (outside, client, worker, former worker) of a population, with a work
setting or an occupation where it has one, at a site. Kernels see the code, and small tables that say what it stands
for. Labels of parameters, targets and results name one group or a union of several: "brothel", "fsw", "nairobi",
"clients:truck_drivers", "fsw@nairobi".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from swmodel import codes

if TYPE_CHECKING:
    import numpy as np

EVERYONE = "all"  # a label that stands for every label not named otherwise
SEX_WORKERS = "sex_workers"
FORMER = "former"
CLIENTS = "clients"
CLIENTS_OF = {codes.WOMEN: "clients_of_women", codes.MSM: "clients_of_men", codes.TRANS_WOMEN: "clients_of_trans_women"}
WORDS = (
    *codes.POPULATIONS, CLIENTS, *CLIENTS_OF.values(), *codes.WORKER_LABELS.values(),
    *(f"{FORMER}_{label}" for label in codes.WORKER_LABELS.values()), SEX_WORKERS, FORMER, EVERYONE,
)  # fmt: skip
NARROW, AT = ":", "@"  # "clients:truck_drivers" and "brothel@nairobi" name what two labels have in common
NONE = -1  # in tables: a group that has no such thing


@dataclass(frozen=True)
class Group:
    """One group: `name` without its site; `setting`, `occupation` and `site` are places in the lists of the layout."""

    name: str
    role: int
    population: int
    market: int = NONE  # the population of the workers, where the group buys or sells
    setting: int = NONE
    occupation: int = NONE
    site: int = 0


@dataclass(frozen=True)
class Layout:
    """The groups, pair kinds and dimensions of one setting, in code order.

    `settings` pairs each work setting with the population that works there (a code); `kinds` lists further kinds of
    pair as (name, form, labels of the seekers or workers); `unions` are the named unions of the setting file.
    """

    settings: tuple[tuple[str, int], ...]
    occupations: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    kinds: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    unions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every group in code order; sites vary fastest."""
        populations = {population for _, population in self.settings}
        everyone = list(self._around_women())
        if populations - {codes.WOMEN}:
            everyone += self._population(codes.MSM, populations)
        if codes.TRANS_WOMEN in populations:
            everyone += self._population(codes.TRANS_WOMEN, populations)
        sites = range(max(1, len(self.sites)))
        return tuple(
            Group(g.name, g.role, g.population, g.market, g.setting, g.occupation, s) for g in everyone for s in sites
        )

    def _around_women(self) -> Iterator[Group]:
        yield Group("women", codes.OUTSIDE, codes.WOMEN)
        several = any(population != codes.WOMEN for _, population in self.settings)
        buyers = CLIENTS_OF[codes.WOMEN] if several else CLIENTS
        for name, role, market in (("men", codes.OUTSIDE, NONE), (buyers, codes.CLIENT, codes.WOMEN)):
            if not self.occupations:
                yield Group(name, role, codes.MEN, market)
            for k, occupation in enumerate(self.occupations):
                yield Group(f"{name}{NARROW}{occupation}", role, codes.MEN, market, occupation=k)
        yield from self._sellers(codes.WOMEN)

    def _population(self, population: int, selling: set[int]) -> Iterator[Group]:
        yield Group(codes.POPULATIONS[population], codes.OUTSIDE, population)
        if population in selling:
            yield Group(CLIENTS_OF[population], codes.CLIENT, codes.MSM, population)
            yield from self._sellers(population)

    def _sellers(self, population: int) -> Iterator[Group]:
        for k, (name, of) in enumerate(self.settings):
            if of == population:
                yield Group(name, codes.WORKER, population, population, setting=k)
        yield Group(f"{FORMER}_{codes.WORKER_LABELS[population]}", codes.FORMER, population, population)

    # --- labels ------------------------------------------------------------------------------------------------------

    @cached_property
    def work_settings(self) -> tuple[str, ...]:
        """The names of the work settings."""
        return tuple(name for name, _ in self.settings)

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """The full name of each group, with its site where there are several."""
        return tuple(g.name + (AT + self.sites[g.site] if len(self.sites) > 1 else "") for g in self.groups)

    @cached_property
    def pair_kinds(self) -> tuple[str, ...]:
        """The kinds of pair; the first stands for a free row."""
        return (*codes.PAIR_KINDS, *(name for name, _, _ in self.kinds))

    def labels(self, dimension: str) -> tuple[str, ...]:
        """The labels along a dimension of a parameter or counter, in code order."""
        return {
            "group": self.group_names,
            "work_setting": self.work_settings,
            "occupation": self.occupations or (EVERYONE,),
            "site": self.sites or (EVERYONE,),
            "education": codes.EDUCATION,
            "pair_kind": self.pair_kinds,
            "hiv_stage": codes.HIV_STAGES,
            "cause_of_death": codes.CAUSES,
            "perpetrator": codes.PERPETRATORS,
            "age_band": codes.AGE_BANDS,
        }[dimension]

    @cached_property
    def atoms(self) -> dict[str, frozenset[int]]:
        """The labels that are not narrowed, and the groups that each names."""
        made: dict[str, set[int]] = {}
        for code, (group, full) in enumerate(zip(self.groups, self.group_names, strict=True)):
            for name in dict.fromkeys((*self._atoms_of(group), full)):
                made.setdefault(name, set()).add(code)
        return {name: frozenset(members) for name, members in made.items()}

    def _atoms_of(self, group: Group) -> Iterator[str]:
        yield group.name.split(NARROW)[0]
        yield EVERYONE
        if group.role == codes.CLIENT:
            yield CLIENTS
            yield CLIENTS_OF[group.market]
        if group.role == codes.WORKER:
            yield SEX_WORKERS
            yield codes.WORKER_LABELS[group.population]
        if group.role == codes.FORMER:
            yield FORMER
        if group.occupation != NONE:
            yield self.occupations[group.occupation]
        if self.sites:
            yield self.sites[group.site]

    def members(self, label: str) -> frozenset[int] | None:
        """The codes of the groups that a label names; None for a label that means nothing."""
        named = dict(self.unions)
        if label in named:
            parts = [self.members(one) for one in named[label]]
            return frozenset().union(*(part for part in parts if part))
        if label in self.atoms:
            return self.atoms[label]
        pieces = label.replace(AT, NARROW).split(NARROW)
        if len(pieces) < 2:
            return None
        found = [self.members(piece) for piece in pieces]
        if any(part is None for part in found):
            return None
        return frozenset.intersection(*(part for part in found if part is not None)) or None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The labels that are offered and reported: everyone, roles, settings, occupations, sites and named unions."""
        plain = [name for name in self.atoms if AT not in name and NARROW not in name]
        order = [*dict.fromkeys(g.name for g in self.groups if NARROW not in g.name)]
        order += [name for name in plain if name not in order and name not in self.sites and name != EVERYONE]
        made = [*order, *(name for name, _ in self.unions)]
        if self.occupations:
            made += [f"{CLIENTS}{NARROW}{one}" for one in self.occupations]
        if len(self.sites) > 1:
            roles = [name for name in WORDS if name in self.atoms and name != EVERYONE and not name.startswith(FORMER)]
            made += self.sites
            made += [f"{name}{AT}{s}" for name in (*roles, *(u for u, _ in self.unions)) for s in self.sites]
        return (*dict.fromkeys(name for name in made if self.members(name)), EVERYONE)

    def expand(self, label: str) -> tuple[str, ...]:
        """The full names of the groups behind a label, in code order; empty for a label that means nothing."""
        return tuple(self.group_names[code] for code in sorted(self.members(label) or ()))

    # --- tables for kernels ------------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> dict[str, np.ndarray]:
        """What a group or kind of pair stands for, as arrays that any kernel may take by name."""
        import numpy as np  # here, so that naming commands does not wait for it

        groups = self.groups
        made: dict[str, Any] = {
            f"{what}_of": [getattr(g, what) for g in groups]
            for what in ("role", "population", "market", "setting", "occupation", "site")
        }
        place = {(g.name, g.site): code for code, g in enumerate(groups)}
        sites = range(max(1, len(self.sites)))
        made["at_site"] = [[place[g.name, s] for s in sites] for g in groups]  # the same group, at every site
        made["outside_of"] = [self._place(g, codes.OUTSIDE) for g in groups]
        made["former_of"] = [self._place(g, codes.FORMER) for g in groups]
        made["settings_for"] = self._settings_for()
        made["form_of"] = [*codes.STANDARD_FORMS, *(form for _, form, _ in self.kinds)]
        made["kind_for"] = self._kinds()
        return {name: frozen(np.array(values, np.int64)) for name, values in made.items()}

    def _settings_for(self) -> list[list[int]]:
        """How many work settings the market of each group has at its site, and which; NONE behind them."""
        works = [(code, g) for code, g in enumerate(self.groups) if g.role == codes.WORKER]
        made = [[code for code, w in works if (w.market, w.site) == (g.market, g.site)] for g in self.groups]
        most = max(1, *map(len, made))
        return [[len(row), *row, *[NONE] * (most - len(row))] for row in made]

    def _place(self, group: Group, role: int) -> int:
        """The group of the same people in another role at the same site, or NONE."""
        for code, g in enumerate(self.groups):
            same = g.population == group.population and g.site == group.site and g.occupation == group.occupation
            if same and g.role == role:
                return code
        return NONE

    def _kinds(self) -> list[list[int]]:
        """The kind of pair of each form that a seeker or worker of each group gets; shape (forms, groups)."""
        made = []
        standard = (
            0,
            codes.SPOUSE,
            codes.CASUAL_PARTNER,
            codes.REGULAR_CLIENT,
            codes.ONE_OFF_CLIENT,
            codes.NEEDLE_PARTNER,
            codes.FORCED_ACT,
        )
        for form, usual in enumerate(standard):
            row = [codes.OWN_PARTNER if form == codes.STEADY and g.role == codes.WORKER else usual for g in self.groups]
            for k, (_, of_form, seekers) in enumerate(self.kinds):
                for code in {c for label in seekers for c in self.members(label) or ()} if of_form == form else ():
                    row[code] = len(codes.PAIR_KINDS) + k
            made.append(row)
        return made


def frozen(array: np.ndarray) -> np.ndarray:
    """The same array, which nobody may write."""
    array.flags.writeable = False
    return array


@lru_cache(maxsize=64)
def _made(
    settings: tuple[tuple[str, int], ...], occupations: tuple[str, ...], sites: tuple[str, ...],
    kinds: tuple[tuple[str, int, tuple[str, ...]], ...], unions: tuple[tuple[str, tuple[str, ...]], ...],
) -> Layout:  # fmt: skip
    return Layout(settings, occupations, sites, kinds, unions)


def layout_of(scenario: Any) -> Layout:
    """The layout of a scenario, or of anything with `work_settings`; what it does not have is left out."""
    workers: Mapping[str, str] = getattr(scenario, "workers", {})
    settings = tuple((name, codes.SELLING[workers.get(name, "women")]) for name in scenario.work_settings)
    kinds = tuple((k.name, codes.FORMS.index(k.form), tuple(k.of)) for k in getattr(scenario, "pair_kinds", ()))
    unions = tuple((name, tuple(of)) for name, of in getattr(scenario, "groups", {}).items())
    return _made(
        settings, tuple(getattr(scenario, "occupations", ())), tuple(getattr(scenario, "sites", ())), kinds, unions
    )
