"""HIV without suppression moves from the acute stage down the CD4 bands."""

from swmodel import codes, rng
from swmodel.declare import Attr, Param, process


@process(
    phase="progression",
    over="infected",
    attributes=(Attr("stage_clock", "f8", 0.0, "time left in this stage", clock=True),),
    params=(
        Param(
            "stage_duration",
            {"acute": 0.335, "cd4_over_500": 3.165, "cd4_350_500": 3.74, "cd4_200_350": 3.35, "all": 1.0},
            "years",
            (0.01, 50.0),
            "P160; P154 less P160; P155; P157",
            "mean time in a stage without suppression",
            by="hiv_stage",
        ),
    ),
    writes=("stage_clock", "hiv_stage"),
)
def hiv_progression(rows, dt, key, uid, care_state, stage_clock, hiv_stage, stage_duration):
    """Run down the clock of the stage; suppression halts it."""
    for i in rows:
        stage = hiv_stage[i]
        if stage == codes.CD4_LOW or care_state[i] == codes.SUPPRESSED:
            continue
        spent = dt / stage_duration[stage]
        if rng.run_down(stage_clock, i, spent):
            share = rng.unspent(stage_clock, i, spent)
            hiv_stage[i] = stage + 1
            rng.rewind(stage_clock, i, key, uid[i], stage, share * dt / stage_duration[stage + 1])
