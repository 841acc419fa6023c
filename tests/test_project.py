"""The project itself: what is in the wheel, what plugins are registered, what must not be there."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import vsa

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("vsa", "plugins", "grammar")


def sources(*folders):
    return [p for folder in folders or PACKAGES for p in (ROOT / folder).rglob("*.py")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path).namelist()


def test_the_wheel_has_three_top_level_names(wheel):
    names = {name.split("/")[0] for name in wheel}
    assert {n for n in names if not n.endswith(".dist-info")} == {
        "vsa",
        "vsa_plugins",
        "vsa_grammar",
    }


def test_the_wheel_holds_what_is_needed_at_run_time(wheel):
    wanted = {
        "vsa_grammar/vsa.lark",
        "vsa/py.typed",
        "vsa_plugins/py.typed",
        "vsa_plugins/stack.py",
    }
    assert wanted <= set(wheel)
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def test_every_plugin_file_has_its_entry_point():
    folder = ROOT / "plugins/vsa_plugins"
    files = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    files |= {p.parent.name for p in folder.glob("*/__init__.py")} - {"algebras"}
    points = PROJECT["project"]["entry-points"]["vsa"]
    assert points == {name: f"vsa_plugins.{name}" for name in files}
    algebras = PROJECT["project"]["entry-points"]["vsa.algebras"].values()
    places = {f"vsa_plugins.algebras.{p.stem}" for p in folder.glob("algebras/*.py")}
    assert {value.partition(":")[0] for value in algebras} <= places


def test_plugins_come_in_through_the_public_hooks_alone():
    """No file of the core imports a plugin."""
    for path in (ROOT / "vsa").rglob("*.py"):
        assert not re.search(r"(import|from) vsa_plugins", path.read_text()), path


def test_no_eval_and_no_pickle():
    for path in sources():
        assert not re.search(r"\b(eval|exec)\(|\bpickle\b|\bmarshal\b", path.read_text()), path


def test_importing_is_light():
    """`import vsa` loads NumPy and nothing else that is heavy."""
    code = "import vsa, sys; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"lark", "prompt_toolkit", "torch", "scipy", "array_api_compat", "pluggy", "cupy"}
    assert "numpy" in loaded.stdout.split()
    assert heavy.isdisjoint(loaded.stdout.split())


def test_the_version_is_said_once():
    assert PROJECT["project"]["version"] == vsa.__version__
    assert f"## {vsa.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_public_names_exist():
    assert all(getattr(vsa, name) is not None for name in vsa.__all__)


def test_files_stay_readable():
    written = sources(*PACKAGES, "examples", "benchmarks", "tests")
    assert not [str(p) for p in written if len(p.read_text(encoding="utf-8").splitlines()) > 350]
