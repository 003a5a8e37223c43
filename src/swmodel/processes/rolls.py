"""Who sells sex, who buys it, and who lives with HIV: lists made once a step, so that few processes pass everyone."""

from swmodel import codes
from swmodel.declare import Roll, process


@process(
    phase="exposures",
    over="step",
    rolls=(
        Roll("selling", "rows of sex workers, before movement"),
        Roll("buying", "rows of clients, before movement"),
    ),
)
def who_trades(n_people, alive, group, role_of, selling, buying):
    """List who sells and who buys sex at the beginning of the step; made only where something weighs on them."""
    sellers, buyers = 0, 0
    for i in range(n_people):
        selling[sellers], buying[buyers] = i, i
        sellers += alive[i] and role_of[group[i]] == codes.WORKER
        buyers += alive[i] and role_of[group[i]] == codes.CLIENT
    return sellers, buyers


@process(
    phase="movement",
    over="step",
    rolls=(
        Roll("workers", "rows of sex workers, after movement"),
        Roll("clients", "rows of clients, after movement"),
        Roll("infected", "rows of people living with HIV, before transmission"),
    ),
)
def rolls(n_people, alive, group, hiv_stage, role_of, workers, clients, infected):
    """Write the rolls in one pass, in order of the rows."""
    w, c, h = 0, 0, 0
    for i in range(n_people):
        workers[w], clients[c], infected[h] = i, i, i
        there, role = alive[i], role_of[group[i]]
        w += there and role == codes.WORKER
        c += there and role == codes.CLIENT
        h += there and hiv_stage[i] != codes.SUSCEPTIBLE
    return w, c, h
