"""Who sells sex, who buys it, and who lives with HIV: lists made once a step, so that few processes pass everyone."""

from swmodel import codes
from swmodel.declare import Roll, process


@process(
    phase="movement",
    over="step",
    rolls=(
        Roll("workers", "rows of sex workers, after movement"),
        Roll("clients", "rows of clients, after movement"),
        Roll("infected", "rows of people living with HIV, before transmission"),
    ),
)
def rolls(n_people, alive, group, hiv_stage, workers, clients, infected):
    """Write the rolls in one pass, in order of the rows."""
    w, c, h = 0, 0, 0
    for i in range(n_people):
        workers[w], clients[c], infected[h] = i, i, i
        there = alive[i]
        w += there and group[i] >= codes.FIRST_SETTING
        c += there and group[i] == codes.CLIENTS
        h += there and hiv_stage[i] != codes.SUSCEPTIBLE
    return w, c, h
