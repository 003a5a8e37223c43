"""Fear of gossip keeps sex workers from testing; a clinic without a waiting room lowers it."""

from swmodel import Attr, Param, codes, intervention, process, rng

FEAR = Attr("fear_of_gossip", "f8", -1.0, "fear of gossip, 0 to 1; -1 before it is drawn")


@process(
    phase="demography",
    attributes=(FEAR,),
    params=(Param("gossip_effect", 0.5, "rate ratio", (0.0, 1.0), "assumption (an example)", "testing in full fear"),),
    writes=("fear_of_gossip", "testing_rate"),
)
def fear_gossip(lo, hi, key, uid, alive, group, role_of, fear_of_gossip, testing_rate, gossip_effect):
    """Draw each person's fear once; it lowers testing while she sells sex."""
    for i in range(lo, hi):
        if fear_of_gossip[i] < 0.0:
            fear_of_gossip[i] = rng.uniform(key, uid[i], 0, 0, 0)
        if alive[i] and role_of[group[i]] == codes.WORKER:
            testing_rate[i] *= 1.0 - fear_of_gossip[i] * (1.0 - gossip_effect)


@intervention(
    params=(Param("fear_relief", 0.5, "proportion", (0.0, 1.0), "assumption (an example)", "testing won back"),),
    writes=("testing_rate",),
)
def quiet_clinic(lo, hi, covered, testing_rate, fear_relief):
    """Give back part of the testing that fear takes away."""
    for i in range(lo, hi):
        if covered[i]:
            testing_rate[i] *= 1.0 + fear_relief * (1.0 / max(testing_rate[i], 0.5) - 1.0)
