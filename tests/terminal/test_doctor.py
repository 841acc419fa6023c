"""`vsa doctor`: what it says of a whole installation, of one that lacks something, of a broken one."""

import importlib.metadata
import json

import pytest

from vsa.algebra import fused
from vsa.errors import VsaError
from vsa.hooks.loader import load_plugins
from vsa.layout import columns
from vsa.terminal import doctor
from vsa.terminal.cli import main
from vsa.terminal.report import TextReporter

NEEDS = [
    "numpy>=2.1",
    'torch>=2.4; extra == "torch"',
    "matplotlib[x]>=3.8 ; (python_version > '3') and extra == 'plot'",
    "graphviz ; extra == 'plot'",
    "pytest>=8; extra == 'dev'",
]
THERE = {"numpy": "2.4.6", "torch": "2.10.0+cpu", "matplotlib": "3.11.2"}


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    """A small one, measured in no time."""
    there = dict(THERE)

    def version(package):
        if package not in there:
            raise importlib.metadata.PackageNotFoundError(package)
        return there[package]

    monkeypatch.setattr(doctor.metadata, "requires", lambda name: NEEDS)
    monkeypatch.setattr(doctor.metadata, "version", version)
    monkeypatch.setattr(doctor, "SECONDS", 0)
    monkeypatch.setattr(doctor, "BYTES", 4 * doctor.DIM * 2 * doctor.PAIRS)
    monkeypatch.setattr(doctor, "BACKENDS", ("numpy",))
    monkeypatch.setattr("vsa.hooks.loader.load_plugins", lambda exclude=(): PLUGINS)
    return there


PLUGINS = load_plugins(extra=[])
PLUGINS.problems.clear()


def told(capsys, status=0):
    assert main(["doctor", "--json"]) == status
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_whole_installation(capsys):
    machine, needed, torch, plot, plugins, loop, memory, numpy, end = told(capsys)
    assert machine["processors"] >= 1
    assert needed == {"needed": {"numpy": "2.4.6"}, "fault": False}
    assert torch == {
        "extra": "torch", "installed": {"torch": "2.10.0+cpu"}, "missing": [], "install": None,
        "fault": False,
    }  # fmt: skip
    assert plot["missing"] == ["graphviz"]
    assert plot["install"] == 'pip install "vsa-algebra[plot]"'
    assert {"stack", "frame"} <= set(plugins["plugins"])
    assert loop["fused"] is (loop["why"] is None)
    assert memory["bandwidth"] > 0
    assert (numpy["backend"], numpy["works"]) == ("numpy", True)
    assert min(numpy["binds"], numpy["scans"], numpy["scanned"]) > 0
    assert end == {"faults": 0}


def test_as_text(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    lines = {line[: doctor.TITLE].strip(): line[doctor.TITLE + 2 :] for line in out.splitlines()}
    assert lines["[torch]"] == "torch 2.10.0+cpu"
    assert lines["[plot]"] == (
        'matplotlib 3.11.2; without graphviz; pip install "vsa-algebra[plot]"'
    )
    assert "[dev]" not in lines
    assert lines["numpy"].startswith("works: ")
    assert out.endswith("nothing to mend\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"numpy": "2.0.9"}, "numpy 2.0.9; pip install --upgrade vsa-algebra"),
        ({"numpy": None}, "numpy is missing; pip install --upgrade vsa-algebra"),
        (
            {"torch": "2.3.1"},
            'torch 2.3.1; torch is older than 2.4; pip install "vsa-algebra[torch]"',
        ),
    ],
)
def test_what_is_too_old_or_missing_is_to_be_mended(installation, change, said, capsys):
    installation.update(change)
    for package in [p for p, version in change.items() if version is None]:
        del installation[package]
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert said in out
    assert out.endswith("1 to mend\n")


@pytest.mark.parametrize(
    ("loop", "why", "said"),
    [
        (object(), "", "there: frames, sequences, powers, atoms and bits; VSA_FUSED=0 switches it off"),
        (
            None, fused.MISSING,
            "not compiled; with a C compiler and Python's headers: "
            "pip install --force-reinstall --no-deps --no-binary vsa-algebra vsa-algebra",
        ),
        (None, "switched off by VSA_FUSED=0", "switched off by VSA_FUSED=0"),
    ],
)  # fmt: skip
def test_the_loop_in_c(loop, why, said, monkeypatch, capsys):
    monkeypatch.setattr(fused, "LOOP", loop)
    monkeypatch.setattr(fused, "WHY_NOT", why)
    monkeypatch.setattr(doctor, "BACKENDS", ())
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (found,) = [line for line in lines if line.startswith("loop in C")]
    assert found[doctor.TITLE + 2 :] == said
    assert told(capsys)[-3] == {"fused": loop is not None, "why": why or None, "fault": False}


def test_a_backend_that_is_not_there_is_no_fault(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "agrees", absent)
    numpy = told(capsys)[-2]
    assert (numpy["works"], numpy["why"], numpy["fault"]) == (False, "there is no GPU", False)


def absent(backend):
    raise VsaError("there is no GPU")


def broken(backend):
    raise OSError("libcudart.so: cannot open\nshared object file")


@pytest.mark.parametrize(
    ("tried", "why"),
    [
        (broken, "OSError: libcudart.so: cannot open shared object file"),
        (lambda backend: False, "its arithmetic differs from NumPy's"),
    ],
)
def test_a_backend_that_fails_is_a_fault(tried, why, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "agrees", tried)
    numpy = told(capsys, status=1)[-2]
    assert (numpy["works"], numpy["why"], numpy["fault"]) == (False, why, True)


def test_a_plugin_that_does_not_load_is_a_fault(monkeypatch, capsys):
    plugins = load_plugins(extra=[("odd", type("Odd", (), {"vsa_version": 99})())])
    plugins.problems[:] = [p for p in plugins.problems if "odd" in p.text]
    monkeypatch.setattr("vsa.hooks.loader.load_plugins", lambda exclude=(): plugins)
    assert main(["doctor"]) == 1
    out, err = capsys.readouterr()
    assert "plugin 'odd'" in out
    assert err == ""


def test_figures_are_of_what_was_done(monkeypatch):
    monkeypatch.setattr(doctor, "shortest", lambda work: 0.5)
    binds, scans, scanned = doctor.speed("numpy")
    assert (binds, scans, scanned) == (2 * doctor.PAIRS, 2, 2 * doctor.BYTES)
    assert doctor.bandwidth() == 4 * doctor.BYTES


def test_arithmetic_is_compared_with_numpy(monkeypatch):
    assert doctor.agrees("numpy")
    pytest.importorskip("torch")
    assert doctor.agrees("torch")
    with pytest.raises(VsaError, match="torch has no device 'nonesuch' here"):
        doctor.agrees("torch:nonesuch")
    monkeypatch.setattr(doctor, "NEAR", -1.0)
    assert not doctor.agrees("torch")


@pytest.mark.parametrize("room", [60, 80, 100, 200])
def test_it_fits_the_window(room, monkeypatch, capsys):
    monkeypatch.setattr("vsa.terminal.report.window", lambda stream: room)
    doctor.examine(PLUGINS, TextReporter(located=False, caret=False))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(columns, lines)) <= room
    assert any("vsa-algebra[plot]" in line for line in lines)


def test_without_a_distribution(monkeypatch, capsys):
    def none(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", none)
    assert [line for line in told(capsys) if "extra" in line] == []
