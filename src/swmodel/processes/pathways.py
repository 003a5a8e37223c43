"""Arrows of the causal layer: each multiplies a mediator by its effect, for those who are exposed.

What they are, and what each is worth, is listed in the chapter on pathways; `swmodel describe pathways` prints it.
"""

from swmodel.declare import Param, process
from swmodel.pathways import SECTION, Arrow

CAUSAL_SHARE = Param(
    "causal_share",
    0.5,
    "proportion",
    (0.0, 1.0),
    "assumption (P476, 0.2-0.9, is a recollection; observed effects are confounded, mostly upwards)",
    "share of the logarithm of every observed effect that is taken as causal; what trials found is taken whole",
    section=SECTION,
)
AT_ONCE = "from the next step on"
FADES = "when violence is no longer recent (`violence_memory`)"
FORGOTTEN = "when contact is no longer recent (`police_memory`)"
FOLLOWS = "as practice follows the law (`law_lag`)"

ARROWS: tuple[Arrow, ...] = (
    Arrow(
        "violence_recent", "violence_rate", 1.5, "rate ratio", (1.0, 5.0), "assumption",
        "assumption (no source opened; violence recurs among the same people in every survey)",
        "further violence of those who suffered it recently", AT_ONCE, FADES,
    ),
    Arrow(
        "violence_recent", "condom_odds", 0.575, "odds ratio", (0.3, 1.0), "moderate",
        "P403: odds of inconsistent use 1.74 (1.33-2.27) with violence; P405: semen found 1.54 (1.17-2.04) times as "
        "often",
        "odds of a condom of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "violence_recent", "testing_rate", 0.8, "rate ratio", (0.4, 1.0), "assumption",
        "assumption (no source opened; services are avoided after violence)",
        "testing of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "violence_recent", "linkage_rate", 0.8, "rate ratio", (0.4, 1.0), "assumption",
        "assumption (no source opened; services are avoided after violence)",
        "linkage to care, and return to it, of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "violence_recent", "art_stop_rate", 1.25, "rate ratio", (1.0, 2.5), "assumption",
        "assumption (no source opened; services are avoided after violence)",
        "stopping ART of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "police_recent", "violence_rate", 2.3, "rate ratio", (1.0, 4.0), "moderate",
        "P414: odds ratio of violence 2.99 (1.96-4.57) (Platt 2018); at a risk of 0.3 a year, a rate ratio of 2.3",
        "violence against those with recent contact with police", AT_ONCE, FORGOTTEN,
    ),
    Arrow(
        "police_recent", "client_condom_odds", 0.81, "odds ratio", (0.5, 1.0), "weak",
        "assumption (P416: odds of an act without a condom 1.42 (1.03-1.94) (Platt 2018), of which violence carries "
        "about 1.15)",
        "odds of a condom with clients of those with recent contact with police, besides what violence does",
        AT_ONCE, FORGOTTEN, net_of=("violence_recent",),
    ),
    Arrow(
        "police_recent", "testing_rate", 0.85, "rate ratio", (0.4, 1.0), "assumption",
        "assumption (no source opened; services are avoided), besides what violence does",
        "testing of those with recent contact with police", AT_ONCE, FORGOTTEN, net_of=("violence_recent",),
    ),
    Arrow(
        "condoms_taken", "condom_odds", 0.3, "odds ratio", (0.05, 1.0), "assumption",
        "assumption (no source opened)",
        "odds of a condom of those from whom police took condoms", AT_ONCE,
        "when new ones are got (`confiscation_lasts`)",
    ),
    Arrow(
        "detained", "art_stop_rate", 5.0, "rate ratio", (1.0, 50.0), "assumption",
        "assumption (no source opened; care is interrupted in detention)",
        "stopping ART of those held by police", AT_ONCE, "when they are let go",
    ),
    Arrow(
        "law_criminalised", "police_rate", 5.0, "rate ratio", (1.0, 20.0), "assumption",
        "assumption (no source opened)", "contact with police where selling sex is criminalised", FOLLOWS, FOLLOWS,
    ),
    Arrow(
        "law_clients_criminalised", "police_rate", 3.0, "rate ratio", (1.0, 20.0), "assumption",
        "assumption (no source opened)", "contact with police where buying sex is criminalised", FOLLOWS, FOLLOWS,
    ),
    Arrow(
        "law_regulated", "police_rate", 2.0, "rate ratio", (0.5, 20.0), "assumption",
        "assumption (no source opened)", "contact with police where sex work is regulated", FOLLOWS, FOLLOWS,
    ),
    Arrow(
        "law_criminalised", "client_volume", 0.9, "rate ratio", (0.5, 1.0), "weak",
        "assumption (P422: prices a third lower and a larger market under decriminalisation, Cunningham & Shah 2018)",
        "visits of clients where selling sex is criminalised", FOLLOWS, FOLLOWS, over="buying",
    ),
    Arrow(
        "law_clients_criminalised", "client_volume", 0.85, "rate ratio", (0.5, 1.0), "weak",
        "assumption (P469, 0.6-1, is a recollection)", "visits of clients where buying sex is criminalised",
        FOLLOWS, FOLLOWS, over="buying",
    ),
    Arrow(
        "law_clients_criminalised", "client_condom_odds", 0.72, "odds ratio", (0.4, 1.0), "weak",
        "assumption (no size was read; P424: rushed negotiation rose from 0.089 to 0.148 of women)",
        "odds of a condom with clients where buying sex is criminalised, besides what police do", FOLLOWS, FOLLOWS,
        net_of=("police_recent", "violence_recent", "condoms_taken"),
    ),
)  # fmt: skip


@process(phase="structure", over="selling", writes=("mediator",))
def carry(rows, exposure, mediator, strength, causal_share, from_trial):
    """One arrow: the mediator is multiplied by the effect to the power of the exposure."""
    effect = strength if from_trial else strength**causal_share
    for i in rows:
        if exposure[i] != 0.0:
            mediator[i] *= effect ** exposure[i]
