"""One more process, with a measure of its own."""

import swmodel as sw


@sw.process(phase="measure", counters=(sw.Counter("clients_alive", "clients"),))
def count_clients(lo, hi, alive, group, clients_alive):
    """Count the clients."""
    for i in range(lo, hi):
        if alive[i] and group[i] == 2:
            clients_alive[2] += 1


CLIENTS = sw.Measure("clients_alive", "clients alive", "people", "stock", ("clients_alive",))
