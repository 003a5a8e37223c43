"""Fits on a Dask cluster: the same as here, and what is said when there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from calibrate.conftest import Write
from calibrate.test_fit import ALL, same
from swmodel.calibrate import cluster as clusters
from swmodel.calibrate.cluster import Cluster
from swmodel.calibrate.fit import fit
from swmodel.calibrate.points import POINTS
from swmodel.calibrate.read import read_calibration
from swmodel.cli import main
from swmodel.study.plan import StudyError


@pytest.fixture
def address() -> Iterator[str]:
    """The scheduler of two workers in this process, which therefore have the toy too."""
    clusters.simulator_of.cache_clear()
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as local:
        yield local.scheduler_address


@pytest.fixture
def cluster(address: str) -> Iterator[Cluster]:
    """This process as a client of that scheduler."""
    found = Cluster(address)
    yield found
    found.close()


def test_the_same_fit(write: Write, cluster: Cluster) -> None:
    """Two workers of a cluster find what this process finds, bit for bit, and go on from the same kept runs. Exact."""
    path = write()
    here, there = fit(read_calibration(path), Path("here")), Path("there")
    assert same(here, fit(read_calibration(path), there, cluster=cluster))
    kept = (there / POINTS).read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(kept) == ALL
    (there / POINTS).write_text("".join(kept[:70]), encoding="utf-8")
    assert same(here, fit(read_calibration(path), there, cluster=cluster, resume=True))


def test_surveys_held_back(write: Write, cluster: Cluster) -> None:
    """A fit until a year is one on the cluster too. Exact."""
    earlier = read_calibration(write(), until=2004)
    assert same(fit(earlier, Path("here")), fit(earlier, Path("there"), cluster=cluster))


def test_a_worker_that_reads_something_else(write: Write, cluster: Cluster) -> None:
    """Files that differ where the workers are end the fit, with what differs, and the runs so far are kept. Exact."""
    path = write()
    one = read_calibration(path)
    Path("town.yaml").write_text(Path("town.yaml").read_text().replace("all: 0.05", "all: 0.06"), encoding="utf-8")
    with pytest.raises(
        StudyError, match=r"a worker of the cluster reads .*fit\.yaml differently; what differs: the sc"
    ):
        fit(one, Path("out"), cluster=cluster)
    fit(read_calibration(path), Path("other"), cluster=cluster)  # what is there now is read, by the same workers


def test_an_error_in_a_run(write: Write, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a run on a worker is raised here, and the other runs are called off. Exact."""

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a fault in an extension")

    monkeypatch.setattr("swmodel.calibrate.simulate.run_task", broken)
    with pytest.raises(ZeroDivisionError, match="a fault in an extension"):
        fit(read_calibration(write()), Path("out"), cluster=cluster)


def test_from_the_command_line(write: Write, address: str) -> None:
    """`--scheduler` runs there and writes the same fit. Exact."""
    path = str(write())
    for out, given in (("here", []), ("there", ["--scheduler", address])):
        made = CliRunner().invoke(main, ["calibrate", path, "--out", out, "--quiet", *given])
        assert made.exit_code in (0, 3), made.output
    assert Path("here/fit/fit.json").read_text() == Path("there/fit/fit.json").read_text()
    assert Path("here/fit/draws.csv").read_text() == Path("there/fit/draws.csv").read_text()


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler, no workers, no Dask: one message each, with what to do. Exact."""
    monkeypatch.setattr(clusters, "ANSWER", 1)
    with pytest.raises(StudyError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: "):
        Cluster("tcp://127.0.0.1:9")
    with pytest.raises(StudyError, match="no Dask scheduler answers at nonsense"):
        Cluster("nonsense://x")
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None, protocol="tcp") as local,
        pytest.raises(StudyError, match=r"has no workers; start some with `dask worker tcp"),
    ):
        Cluster(local.scheduler_address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(StudyError, match=r"--scheduler needs Dask: pip install 'swmodel\[cluster\]'"):
        Cluster("tcp://127.0.0.1:9")
