"""THE CAUSAL LAYER: every effect of what weighs on people, declared once, by exposure.

Each multiplies a mediator for those who are exposed (`processes/pathways.py`); `swmodel describe pathways` prints them.
What is an assumption says so: most of these sizes were never measured as they are used here.
"""

from swmodel.pathways import Arrow

AT_ONCE = "from the next step on"
FADES = "when violence is no longer recent (`violence_memory`)"
FORGOTTEN = "when contact is no longer recent (`police_memory`)"
FOLLOWS = "as practice follows the law (`law_lag`)"
WHILE_FELT = "when stigma no longer keeps her away"
WHILE_THERE = "when she comes home"
WHILE_BONDED = "when coercion ends (`bondage_duration`)"
WHILE_MEMBER = "when she leaves the organisation (`membership_end`)"
WITH_NEED = "with her need"
AVOIDED = "assumption (no source opened; services are avoided after violence)"
STIGMA = "assumption (P465, odds of not seeking care 1.8 (1.2-2.8) with stigma, is a recollection)"
PAPERS = "assumption (P425, odds of reaching services 0.59 under fear of authorities, is a recollection)"
BONDED = "assumption (no source opened; nobody in bondage goes to services freely)"
MEMBERS = "assumption (no source opened for the part of it; P434 is of condoms)"

ARROWS: tuple[Arrow, ...] = (
    # --- violence, police and the law --------------------------------------------------------------------------------
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
        AVOIDED,
        "testing of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "violence_recent", "linkage_rate", 0.8, "rate ratio", (0.4, 1.0), "assumption",
        AVOIDED,
        "linkage to care, and return to it, of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "violence_recent", "art_stop_rate", 1.25, "rate ratio", (1.0, 2.5), "assumption",
        AVOIDED,
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
        "law_clients_criminalised", "client_condom_odds", 0.97, "odds ratio", (0.7, 1.0), "weak",
        "assumption (P424: rushed negotiation rose from 0.089 to 0.148 of women; with half of their odds of a condom, "
        "the mean falls to 0.97)",
        "odds of a condom with clients where buying sex is criminalised, besides what police do", FOLLOWS, FOLLOWS,
        net_of=("police_recent", "violence_recent", "condoms_taken"),
    ),
    # --- violence, police and the law on adherence, service use and place of work --------------------------------
    Arrow(
        "violence_recent", "adherence", 0.9, "rate ratio", (0.5, 1.0), "assumption", AVOIDED,
        "adherence to PrEP of those who suffered violence recently", AT_ONCE, FADES,
    ),
    Arrow(
        "police_recent", "moving_rate", 1.5, "rate ratio", (1.0, 10.0), "assumption",
        "assumption (no source opened; police displace people to other places of work)",
        "change of work setting of those with recent contact with police", AT_ONCE, FORGOTTEN,
    ),
    Arrow(
        "law_criminalised", "stigma_ratio", 1.2, "rate ratio", (1.0, 2.0), "assumption",
        "assumption (P467: law and stigma act together, Lyons 2020; no size was read)",
        "share of sex workers who feel stigma where selling sex is criminalised", FOLLOWS, FOLLOWS,
    ),
    # --- what somebody lives with --------------------------------------------------------------------------------
    Arrow(
        "stigma_felt", "testing_rate", 0.6, "rate ratio", (0.3, 1.0), "assumption", STIGMA,
        "testing of those who feel stigma", AT_ONCE, WHILE_FELT,
    ),
    Arrow(
        "stigma_felt", "linkage_rate", 0.6, "rate ratio", (0.3, 1.0), "assumption", STIGMA,
        "linkage to care, and return to it, of those who feel stigma", AT_ONCE, WHILE_FELT,
    ),
    Arrow(
        "stigma_felt", "art_stop_rate", 1.3, "rate ratio", (1.0, 2.5), "assumption",
        "assumption (loss of suppression 1-1.5 times as fast among sex workers, a range of Knight's Eswatini model)",
        "stopping ART of those who feel stigma", AT_ONCE, WHILE_FELT,
    ),
    Arrow(
        "stigma_felt", "adherence", 0.8, "rate ratio", (0.4, 1.0), "assumption", STIGMA,
        "adherence to PrEP of those who feel stigma", AT_ONCE, WHILE_FELT,
    ),
    Arrow(
        "hiv_stigma_felt", "linkage_rate", 0.7, "rate ratio", (0.3, 1.0), "assumption", STIGMA,
        "linkage to care, and return to it, of those who feel stigma of HIV", AT_ONCE, WHILE_FELT,
    ),
    Arrow(
        "hiv_stigma_felt", "art_stop_rate", 1.3, "rate ratio", (1.0, 2.5), "assumption", STIGMA,
        "stopping ART of those who feel stigma of HIV", AT_ONCE, WHILE_FELT,
    ),
    Arrow(
        "without_papers", "testing_rate", 0.6, "rate ratio", (0.2, 1.0), "assumption", PAPERS,
        "testing of migrants without papers or the language", AT_ONCE, "when she has them",
    ),
    Arrow(
        "without_papers", "linkage_rate", 0.6, "rate ratio", (0.2, 1.0), "assumption", PAPERS,
        "linkage to care of migrants without papers or the language", AT_ONCE, "when she has them",
    ),
    Arrow(
        "without_papers", "art_stop_rate", 1.3, "rate ratio", (1.0, 3.0), "assumption", PAPERS,
        "stopping ART of migrants without papers or the language", AT_ONCE, "when she has them",
    ),
    Arrow(
        "without_papers", "adherence", 0.8, "rate ratio", (0.3, 1.0), "assumption", PAPERS,
        "adherence to PrEP of migrants without papers or the language", AT_ONCE, "when she has them",
    ),
    Arrow(
        "drinks", "client_violence_rate", 2.4, "rate ratio", (1.3, 6.0), "moderate",
        "P407: odds of physical violence 3.1 (1.7-5.6) with hazardous drinking, Mombasa; at a risk of 0.3 a year, a "
        "rate ratio of 2.4",
        "violence by clients against those whose drinking is hazardous; condoms do not change (P410, a trial)",
        AT_ONCE, "when drinking falls",
    ),
    Arrow(
        "on_trip", "violence_rate", 2.5, "rate ratio", (1.0, 5.0), "moderate",
        "P384: 0.23 of mobile and 0.1 of other women reported violence within a year, Andhra Pradesh; a rate ratio of "
        "2.5",
        "violence against those on a trip", AT_ONCE, WHILE_THERE,
    ),
    Arrow(
        "on_trip", "art_stop_rate", 1.5, "rate ratio", (1.0, 4.0), "assumption",
        "assumption (no source opened; refills are missed on trips)", "stopping ART of those on a trip", AT_ONCE,
        WHILE_THERE, net_of=("violence_recent",),
    ),
    Arrow(
        "on_trip", "adherence", 0.8, "rate ratio", (0.3, 1.0), "assumption",
        "assumption (no source opened; refills are missed on trips)", "adherence to PrEP of those on a trip", AT_ONCE,
        WHILE_THERE, net_of=("violence_recent",),
    ),
    # --- coercion and bondage --------------------------------------------------------------------------------------
    Arrow(
        "bonded", "violence_rate", 2.4, "rate ratio", (1.3, 6.0), "moderate",
        "P461: odds of sexual violence 3.1 (1.6-6.1) in the first month; at a risk of 0.3 a year, a rate ratio of 2.4",
        "violence against those who are coerced or bonded", AT_ONCE, WHILE_BONDED,
    ),
    Arrow(
        "bonded", "client_condom_odds", 0.3, "odds ratio", (0.14, 1.0), "moderate",
        "P461: no condom with clients 3.8 (2.1-7.1) times the odds in the first month, of which violence carries about "
        "1.15",
        "odds of a condom with clients of those who are coerced or bonded, besides what violence does", AT_ONCE,
        WHILE_BONDED, net_of=("violence_recent",),
    ),
    Arrow(
        "bonded", "work_volume", 2.0, "rate ratio", (1.0, 4.0), "weak",
        "assumption (P461: seven clients a day or more, odds 3.3 (1.8-6.1); no mean was read)",
        "clients of those who are coerced or bonded", AT_ONCE, WHILE_BONDED,
    ),
    Arrow(
        "bonded", "exit_rate", 0.05, "rate ratio", (0.001, 1.0), "assumption",
        "assumption (who is held does not leave)", "leaving of those who are coerced or bonded", AT_ONCE, WHILE_BONDED,
    ),
    Arrow(
        "bonded", "testing_rate", 0.3, "rate ratio", (0.05, 1.0), "assumption", BONDED,
        "testing of those who are coerced or bonded, besides what violence does", AT_ONCE, WHILE_BONDED,
        net_of=("violence_recent",),
    ),
    Arrow(
        "bonded", "linkage_rate", 0.3, "rate ratio", (0.05, 1.0), "assumption", BONDED,
        "linkage to care of those who are coerced or bonded, besides what violence does", AT_ONCE, WHILE_BONDED,
        net_of=("violence_recent",),
    ),
    # --- organisations of sex workers ---------------------------------------------------------------------------------
    Arrow(
        "member", "client_condom_odds", 2.0, "odds ratio", (1.0, 7.2), "moderate",
        "P434: 2.20 (1.41-3.42) with regular and 3.04 (1.29-7.17) with new clients, nothing with non-paying partners "
        "(Kerrigan 2013); the lower one, less what violence and police carry",
        "odds of a condom with clients of members, besides what violence and police do", AT_ONCE, WHILE_MEMBER,
        net_of=("violence_recent", "police_recent", "condoms_taken", "need_felt"),
    ),
    Arrow(
        "venue_norm", "client_condom_odds", 1.3, "odds ratio", (1.0, 2.8), "assumption",
        "assumption (P475, 1.9 (1.3-2.8) with social cohesion, is a recollection)",
        "odds of a condom with clients of everybody in a place of work where all are members", AT_ONCE,
        "with the share of members",
    ),
    Arrow(
        "member", "violence_rate", 0.8, "rate ratio", (0.5, 1.0), "weak",
        "assumption (crisis response in Karnataka saw less violence over time, without a control)",
        "violence against members", AT_ONCE, WHILE_MEMBER, net_of=("police_recent",),
    ),
    Arrow(
        "member", "police_rate", 0.8, "rate ratio", (0.4, 1.0), "weak",
        "assumption (arrests fell from 0.055 to 0.028 of women in Karnataka from 2007 to 2011, without a control)",
        "contact with police of members", AT_ONCE, WHILE_MEMBER,
    ),
    Arrow(
        "member", "testing_rate", 1.5, "rate ratio", (1.0, 3.0), "assumption", MEMBERS,
        "testing of members, whom peers accompany", AT_ONCE, WHILE_MEMBER,
        net_of=("violence_recent", "police_recent"),
    ),
    Arrow(
        "member", "linkage_rate", 1.5, "rate ratio", (1.0, 3.0), "assumption", MEMBERS,
        "linkage to care of members, whom peers accompany", AT_ONCE, WHILE_MEMBER,
        net_of=("violence_recent", "police_recent"),
    ),
    Arrow(
        "member", "art_stop_rate", 0.8, "rate ratio", (0.4, 1.0), "assumption", MEMBERS,
        "stopping ART of members", AT_ONCE, WHILE_MEMBER, net_of=("violence_recent", "police_recent", "detained"),
    ),
    Arrow(
        "member", "debt_rate", 0.7, "rate ratio", (0.2, 1.0), "assumption",
        "assumption (no source opened; savings groups)", "falling into debt of members", AT_ONCE, WHILE_MEMBER,
    ),
    # --- need ---------------------------------------------------------------------------------------------------------
    Arrow(
        "need_felt", "premium_odds", 0.4, "odds ratio", (0.1, 1.0), "weak",
        "assumption (P459, 1.3 (1.0-1.8) times as many acts without a condom after an economic shock, is a "
        "recollection; P369: the premium is 0.23 of the price)",
        "odds of a condom where a client offers more for none, of somebody in most need", WITH_NEED, WITH_NEED,
    ),
    Arrow(
        "need_felt", "work_volume", 1.3, "rate ratio", (1.0, 2.0), "weak",
        "assumption (P454, 0.75 (0.5-1.0) times as many paying partners with microfinance, is a recollection)",
        "clients of somebody in most need", WITH_NEED, WITH_NEED,
    ),
    Arrow(
        "need_felt", "exit_rate", 0.5, "rate ratio", (0.1, 1.0), "assumption",
        "assumption (no source opened; debt and dependants keep people in sex work)",
        "leaving of somebody in most need",
        WITH_NEED, WITH_NEED,
    ),
)  # fmt: skip
