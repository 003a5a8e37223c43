"""Women start and leave sex work; men start and stop buying sex.

Starts follow a hazard worked out before the run, so that without HIV deaths each work setting keeps its share of women.
Leaving is a hazard by setting; immigrants may return home when they leave.
"""

from swmodel import codes, rng
from swmodel.declare import Attr, Param, process


@process(
    phase="movement",
    attributes=(
        Attr("role_clock", "f8", 0.0, "time left before starting or leaving sex work or buying", clock=True),
        Attr("role_times", "u2", 0, "how often that happened"),
        Attr("exit_rate", "f8", 1.0, "relative hazard of leaving sex work", reset=True),
        Attr("cause", "i1", codes.STAYS, "why the person leaves in this step (codes)"),
    ),
    params=(
        Param(
            "sex_worker_share",
            0.0016,
            "proportion",
            (0.0, 0.2),
            "P271: 0.0048 (0.0024-0.0143) of women, over three settings",
            "women who sell sex",
            by="work_setting",
        ),
        Param(
            "leave_sex_work", 0.165, "per year", (0.0, 5.0), "P326: 0-0.33", "hazard of leaving sex work", by="group"
        ),
        Param(
            "start_age_to",
            45.0,
            "years of age",
            (19.0, 65.0),
            "assumption (few start later)",
            "age from which nobody starts",
        ),
        Param(
            "return_home_share",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "immigrants who move away when they leave sex work",
        ),
    ),
    writes=("group", "role_clock", "role_times", "cause"),
)
def selling(lo, hi, step, dt, time, key, uid, alive, birth, immigrant, exit_rate,
            group, role_clock, role_times, cause,
            leave_sex_work, start_age_to, return_home_share, start_hazard):  # fmt: skip
    """Start, or leave, sex work."""
    total = start_hazard[step].sum()
    for i in range(lo, hi):
        g = group[i]
        if not alive[i] or g == codes.MEN or g == codes.CLIENTS:
            continue
        if g >= codes.FIRST_SETTING:
            hazard = leave_sex_work[g] * exit_rate[i] * dt
        elif time - birth[i] < start_age_to:
            hazard = total * dt
        else:
            continue
        if not rng.run_down(role_clock, i, hazard):
            continue
        role_times[i] += 1
        rng.rewind(role_clock, i, key, uid[i], role_times[i], 0.0)
        u = rng.uniform(key, uid[i], 1, role_times[i], 0)
        if g >= codes.FIRST_SETTING:
            group[i] = codes.WOMEN
            if immigrant[i] and u < return_home_share:
                cause[i] = codes.MOVED_AWAY
        else:
            u *= total
            for s in range(start_hazard.shape[1]):
                u -= start_hazard[step, s]
                if u < 0.0:
                    group[i] = codes.FIRST_SETTING + s
                    break


@process(
    phase="movement",
    params=(Param("stop_buying", 0.15, "per year", (0.0, 5.0), "P291: 0-0.295", "hazard of stopping to buy sex"),),
    writes=("group", "role_clock", "role_times"),
)
def buying(lo, hi, dt, key, uid, alive, group, role_clock, role_times, stop_buying, client_share):
    """Start, or stop, buying sex: the start hazard keeps `client_share` of men buying."""
    start = stop_buying * client_share / max(1.0 - client_share, 1e-9)
    for i in range(lo, hi):
        if not alive[i] or (group[i] != codes.MEN and group[i] != codes.CLIENTS):
            continue
        buys = group[i] == codes.CLIENTS
        if rng.run_down(role_clock, i, (stop_buying if buys else start) * dt):
            role_times[i] += 1
            rng.rewind(role_clock, i, key, uid[i], role_times[i], 0.0)
            group[i] = codes.MEN if buys else codes.CLIENTS
