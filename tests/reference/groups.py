"""What people are, and of which kind their pairs are.

Everybody is in one group: people of one population (women, men, men who have sex with men, trans women) who do the same
in the market of sex work, at one site.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swmodel import codes, layout


class Group(int):
    """The code of a group, so that it finds the group's number in a list, together with what it stands for."""

    population: int
    market: int  # of the workers of which population the group buys, or which it is; layout.NONE for others
    setting: int  # where a sex worker works
    occupation: int  # of men, where the setting has occupations
    site: int
    name: str  # alike at every site

    def __new__(cls, code: int, what: layout.Group) -> Group:
        """A group of the package's list of groups."""
        made = super().__new__(cls, code)
        made.name, made.role, made.population, made.market = what.name, what.role, what.population, what.market
        made.setting, made.occupation, made.site = what.setting, what.occupation, what.site
        return made

    @property
    def sells(self) -> bool:
        """Sex workers."""
        return self.role == codes.WORKER

    @property
    def buys(self) -> bool:
        """Clients."""
        return self.role == codes.CLIENT

    @property
    def has_sold(self) -> bool:
        """People who have left sex work, or pause."""
        return self.role == codes.FORMER

    @property
    def outside(self) -> bool:
        """People who do not sell, have not sold and do not buy."""
        return self.role == codes.OUTSIDE

    @property
    def in_market(self) -> bool:
        """Those who sell or buy."""
        return self.sells or self.buys

    def meets(self, other: Group) -> bool:
        """True if clients and workers, or workers of two settings, are of one market at one site."""
        return self.market == other.market != layout.NONE and self.site == other.site


class Kind(int):
    """The code of a kind of pair, and its form: steady, casual, regular or one-off client, or sharing needles."""

    form: int

    def __new__(cls, code: int, form: int) -> Kind:
        """A kind of a form."""
        made = super().__new__(cls, code)
        made.form = form
        return made

    @property
    def paid(self) -> bool:
        """Of a sex worker and a client."""
        return self.form in (codes.REGULAR, codes.ONE_OFF)


class Groups:
    """All groups and kinds of pair of a scenario."""

    def __init__(self, scenario: Any) -> None:
        made = layout.layout_of(scenario)
        self.layout = made
        self.all = [Group(code, what) for code, what in enumerate(made.groups)]
        self.sites = range(max(1, len(made.sites)))
        self.standard = [Kind(code, form) for code, form in enumerate(codes.STANDARD_FORMS)]
        self.further = [
            (Kind(len(self.standard) + k, form), {code for label in of for code in made.members(label) or ()})
            for k, (_, form, of) in enumerate(made.kinds)
        ]
        self.settings = [group for group in self.all if group.sells]
        self._known: dict[tuple[int, ...], Any] = {}

    def same_people(self, group: Group, role: int) -> Group:
        """The group of the same people in another role: same population, occupation and site."""
        key = (group, role)
        if key not in self._known:
            self._known[key] = next(
                g
                for g in self.all
                if g.role == role
                and (g.population, g.occupation, g.site) == (group.population, group.occupation, group.site)
            )
        return self._known[key]

    def at_site(self, group: Group, site: int) -> Group:
        """The same group at another site."""
        return next(g for g in self.all if g.name == group.name and g.site == site)

    def settings_for(self, group: Group) -> Iterator[Group]:
        """The work settings of a client's or worker's market at the site, in the order of the scenario."""
        return (setting for setting in self.settings if setting.meets(group))

    def kind(self, form: int, group: Group) -> Kind:
        """The kind of pair that somebody of a group who looks for a partner, or sells sex, forms."""
        of_form = [kind for kind, whose in self.further if kind.form == form and group in whose]
        if of_form:
            return of_form[-1]
        if form == codes.STEADY and group.sells:
            return self.standard[codes.OWN_PARTNER]
        return next(kind for kind in self.standard if kind.form == form)
