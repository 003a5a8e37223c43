"""Every command, and every mistake that a user may make with one, exactly as it reads on the screen."""

from __future__ import annotations

import csv
import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from swmodel import jit, results, warm
from swmodel.study.store import Store

GOLDEN = Path(__file__).parent / "golden"
Command = Callable[..., str]
Golden = Callable[[Path, str], None]

SESSIONS = {
    "help": """
        --help
        run --help
        compare --help
        check --help
        describe --help
        network --help
        plot --help
        schema --help
    """,
    "wrong_names": """
        rnu toy.yaml
        frobnicate
        --verson
        run toy.yaml --pepole 3
        run
        compare toy.yaml
        run toy.yaml --workers 0
        run toy.yaml --people x
        describe parametres
    """,
    "bad_scenario": """
        run toy_bad.yaml
        run toi.yaml
        run toy.yaml --people -3
        run toy.yaml --set transmision.infection_rate=3
        run toy.yaml --stop 1999
        run toy.yaml --stop 2000.5
        compare toy.yaml toy_bad.yaml
    """,
    "run": """
        run toy.yaml --people 100 --seeds 2
        run toy.yaml --people 100 --seeds 1 --out one --no-charts
        run toy.yaml --people 100 --seeds 2 --out two --quiet
        run toy.yaml --people 3000 --seeds 1 --out off --no-charts
    """,
    "occupied": """
        run toy.yaml --people 100 --seeds 2 --quiet
        run toy.yaml --people 100 --seeds 2
        run toy.yaml --people 200 --seeds 3 --resume
        run toy.yaml --people 100 --seeds 2 --set 'transmission.infection_rate=1 per year' --resume
        run toy.yaml --people 100 --seeds 2 --resume --quiet
        run toy.yaml --people 200 --seeds 3 --overwrite --quiet
        run toy.yaml --people 100 --seeds 2 --resume
    """,
    "compare": """
        compare toy.yaml toy_prep.yaml --seeds 4
        compare toy.yaml toy_prep.yaml --seeds 1 --out one --no-charts
        compare toy.yaml toy.yaml
    """,
    "extensions": """
        run toy_extended.yaml --people 100 --seeds 2 --no-charts
        run toy_stray.yaml
        run toy_stray.yaml
        check toy_unknown.yaml
        run toy_unknown.yaml
        run toy_fails.yaml
    """,
    "check": """
        check toy.yaml toy_prep.yaml
        check toy.yaml toy_bad.yaml no.yaml
    """,
    "describe": """
        describe scenario toy_prep.yaml
        describe order
        describe order toy_prep.yaml
        describe parameters
        describe measures --markdown
        describe scenario
        describe network toy.yaml
        describe network toy_place.yaml --markdown
        describe network
    """,
    "plot": """
        run toy.yaml --people 100 --seeds 2 --no-charts --quiet
        plot out/toy
        plot nowhere
        compare toy.yaml toy_prep.yaml --people 100 --seeds 2 --quiet
        plot out/toy_compared
    """,
}


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.usefixtures("town")
def test_session(name: str, command: Command, golden: Golden) -> None:
    """A few commands in a row."""
    golden(GOLDEN / f"{name}.txt", "\n".join(map(command, SESSIONS[name].strip().splitlines())))


@pytest.mark.usefixtures("town")
def test_asked(command: Command) -> None:
    """`run` sets what was asked for beside what came about, to the last bit: half of the men buy, not a fifth."""
    command("run toy.yaml --people 3000 --seeds 2 --no-charts --quiet")
    with Path("out/toy/asked.csv").open(newline="") as f:
        rows = {(row["quantity"], row["of"]): row for row in csv.DictReader(f)}
    clients = rows["share of the men who buy sex", "clients"]
    assert (float(clients["asked"]), float(clients["realised"]), clients["flag"]) == (0.2, 0.5, "off")
    assert float(clients["difference"]) == (0.5 - 0.2) / 0.2
    for setting in ("street", "venue"):
        workers = rows["share of the population who sell sex", setting]
        assert float(workers["realised"]) == pytest.approx(1 / 3, abs=1e-12) and workers["flag"] == ""
    assert len(rows) == 3
    command("compare toy.yaml toy_prep.yaml --people 100 --seeds 2 --no-charts --quiet")
    assert not Path("out/toy_compared/asked.csv").exists()


def test_output_that_cannot_be_written(town: Path, command: Command, golden: Golden) -> None:
    """A folder under a file stands for a read-only one: tests may run as a user whom no permission stops."""
    (town / "file").write_text("")
    lines = ("run toy.yaml --out file/out", "schema --out file/schema.json")
    golden(GOLDEN / "unwritable.txt", "\n".join(map(command, lines)))


@pytest.mark.usefixtures("town")
def test_full_disk(command: Command, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills while a run is saved: one line, whole parts only, and the run goes on later."""
    line = "run toy.yaml --people 100 --seeds 2 --no-charts --quiet"
    saved: list[str] = []

    def full(descriptor: int) -> None:
        saved.append("")
        if len(saved) == 3:  # run.json, then the first part, then this
            raise OSError(errno.ENOSPC, "No space left on device", None)

    with monkeypatch.context() as patch:
        patch.setattr(results.os, "fsync", full)
        text = command(line)
    assert sorted(p.name for p in Path("out/toy/parts").iterdir()) == ["toy-0-1.npz"]
    golden(GOLDEN / "full_disk.txt", text + "\n" + command(f"{line} --resume"))


@pytest.mark.usefixtures("town")
def test_interrupted(command: Command, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C keeps the finished runs, says how to go on, and going on gives the very same bytes."""
    line = "run toy.yaml --no-charts"
    command(f"{line} --out whole")
    save = Store.save

    def interrupted(self: Store, run: results.Run) -> None:
        save(self, run)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save", interrupted)
        text = command(line)
    assert [p.name for p in Path("out/toy/parts").iterdir()] == ["toy-0-1.npz"]
    assert not Path("out/toy/results.csv").exists()
    after = map(command, ("plot out/toy", line, f"{line} --resume"))
    golden(GOLDEN / "interrupted.txt", "\n".join([text, *after]))
    assert Path("out/toy/results.csv").read_bytes() == Path("whole/results.csv").read_bytes()
    assert not Path("out/toy/parts").exists()


@pytest.mark.usefixtures("town")
def test_first_ever_run(command: Command, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has to compile says so."""
    monkeypatch.setattr(jit, "is_warm", lambda: False)
    monkeypatch.setattr(warm, "workers", lambda: 1)
    text = command("run toy.yaml --people 100 --seeds 2 --no-charts")
    golden(GOLDEN / "first_ever.txt", text.partition("\n\n")[0] + "\n")


@pytest.mark.usefixtures("town")
def test_schema_is_json(command: Command) -> None:
    """`schema` prints a JSON document and nothing else, and writes the same to a file."""
    import json

    text = command("schema").removeprefix("$ swmodel schema\n").removesuffix("[exit code 0]\n")
    command("schema --out schema.json")
    assert json.loads(text)["$schema"].startswith("https://json-schema.org")
    assert Path("schema.json").read_text(encoding="utf-8") == text
