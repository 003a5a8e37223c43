"""The law on sex work, and practice, which follows it slowly.

Each group is under shares of three regimes: criminalised, clients criminalised, regulated; the rest is decriminalised.
Whatever else a scenario gives (hazards of police, visits of clients) is what it is under the law with which the run
begins; the law acts through arrows, by how far practice has moved from there.
"""

import numpy as np

from swmodel.declare import Attr, Param, process

REGIMES = ("criminalised", "clients_criminalised", "regulated")  # in the order of practice_moved


def practice(context):
    """How far practice has moved since the start, by regime; shape (3, steps, groups)."""
    keeps = np.exp(-context.dt / np.maximum(context.series("law_lag"), 1e-9))
    laws = (context.series("criminalised"), context.series("clients_criminalised"), context.series("regulated"))
    moved = []
    for law in laws:
        now, found = law[0].copy(), np.zeros_like(law)
        for k in range(len(law)):
            now += (law[k] - now) * (1.0 - keeps[k])
            found[k] = now - law[0]
        moved.append(found)
    return {"practice_moved": np.array(moved)}


def share_under(name: str, what: str) -> Param:
    """The parameter of one regime."""
    return Param(name, 0.0, "proportion", (0.0, 1.0), "assumption (set it for each place; only its change acts)",
                 what, by="group")  # fmt: skip


@process(
    phase="exposures",
    over="step",
    prepare=practice,
    prepares=("practice_moved",),
    attributes=(
        Attr("law_criminalised", "f4", 0.0, "criminalised practice, less that at the start"),
        Attr("law_clients_criminalised", "f4", 0.0, "practice that criminalises clients, less that at the start"),
        Attr("law_regulated", "f4", 0.0, "regulated practice, less that at the start"),
    ),
    params=(
        share_under("criminalised", "sex work under laws that punish those who sell sex"),
        share_under("clients_criminalised", "sex work under laws that punish those who buy it"),
        share_under("regulated", "sex work under laws that regulate it (registration, zones, health checks)"),
        Param(
            "law_lag",
            2.0,
            "years",
            (0.0, 20.0),
            "assumption (1-5 years; no source opened)",
            "mean time in which practice follows the law",
        ),
    ),
    writes=("law_criminalised", "law_clients_criminalised", "law_regulated"),
)
def law(selling, buying, step, group, practice_moved, law_criminalised, law_clients_criminalised, law_regulated):
    """What practice has moved by, for everybody who sells or buys sex."""
    for rows in (selling, buying):
        for i in rows:
            g = group[i]
            law_criminalised[i] = practice_moved[0, step, g]
            law_clients_criminalised[i] = practice_moved[1, step, g]
            law_regulated[i] = practice_moved[2, step, g]
