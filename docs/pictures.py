"""Make the pictures of the settings' pages anew: HIV over time as `swmodel run` shows it, and each fit beside its data.

    python docs/pictures.py [SETTING ...]

Twenty runs of each setting, with draws of its fit where it names one: about a minute each on two cores.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from swmodel.charts import style
from swmodel.charts.fit import against_data
from swmodel.scenario.load import load

ROOT = Path(__file__).parents[1]
SETTINGS, IMAGES = ROOT / "scenarios/settings", ROOT / "docs/images"
SEEDS = 20


def epidemic(name: str) -> None:
    """The chart of prevalence that a run of the setting makes."""
    with tempfile.TemporaryDirectory() as folder:
        line = ["run", str(SETTINGS / f"{name}.yaml"), "--seeds", str(SEEDS), "--workers", "2", "--out", folder]
        swmodel = [sys.executable, "-m", "swmodel"]
        subprocess.run([*swmodel, *line, "--overwrite"], check=True, stdout=subprocess.DEVNULL)
        shutil.copyfile(Path(folder) / "charts/prevalence.png", IMAGES / f"{name}.png")


def fit(name: str) -> None:
    """The fit of the setting beside the surveys, if there is one."""
    file = ROOT / "calibration" / name / "fit/fit.json"
    if file.is_file():
        with style.drawing():
            sheet = against_data(json.loads(file.read_text(encoding="utf-8")), load(SETTINGS / f"{name}.yaml"))
            sheet.figure.savefig(IMAGES / f"{name}_fit.png", dpi=style.DPI, metadata={"Software": None})


if __name__ == "__main__":
    for setting in sys.argv[1:] or sorted(path.stem for path in SETTINGS.glob("*.yaml")):
        epidemic(setting)
        fit(setting)
