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
            constant=True,
        ),
        Param(
            "return_home_share",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "immigrants who move away when they leave sex work",
        ),
        Param("stop_buying", 0.15, "per year", (0.0, 5.0), "P291: 0-0.295", "hazard of stopping to buy sex"),
    ),
    writes=("group", "role_clock", "role_times", "cause"),
)
def roles(lo, hi, step, dt, time, key, uid, alive, birth, immigrant, exit_rate,
          group, role_clock, role_times, cause,
          leave_sex_work, start_age_to, return_home_share, stop_buying, client_share, start_hazard):  # fmt: skip
    """Women start, or leave, sex work; men start, or stop, buying sex.

    The start of buying balances the stops at `client_share`. Entrants do not buy and clients die, which it leaves out,
    so that fewer buy than asked: about 0.17 of men for 0.2, without growth.
    The hazard of women runs on past `start_age_to` and what it brings then is ignored: the same starts, by thinning.
    """
    start = start_hazard[step]
    hazard = leave_sex_work * dt
    hazard[codes.WOMEN] = start.sum() * dt
    hazard[codes.MEN] = stop_buying * client_share / max(1.0 - client_share, 1e-9) * dt
    hazard[codes.CLIENTS] = stop_buying * dt
    for i in range(lo, hi):
        g = group[i]
        spent = hazard[g]
        if g >= codes.FIRST_SETTING:
            spent *= exit_rate[i]
        if not rng.run_down(role_clock, i, spent) or not alive[i]:
            continue
        role_times[i] += 1
        if g == codes.MEN:
            group[i] = codes.CLIENTS
        elif g == codes.CLIENTS:
            group[i] = codes.MEN
        elif g >= codes.FIRST_SETTING:
            group[i] = codes.WOMEN
            if immigrant[i] and rng.uniform(key, uid[i], 1, role_times[i], 0) < return_home_share:
                cause[i] = codes.MOVED_AWAY
        elif time - birth[i] < start_age_to:
            u = rng.uniform(key, uid[i], 1, role_times[i], 0) * start.sum()
            for s in range(len(start)):
                u -= start[s]
                if u < 0.0:
                    group[i] = codes.FIRST_SETTING + s
                    break
        carried = rng.unspent(role_clock, i, spent) * hazard[group[i]]
        if group[i] >= codes.FIRST_SETTING:
            carried *= exit_rate[i]
        rng.rewind(role_clock, i, key, uid[i], role_times[i], carried)
