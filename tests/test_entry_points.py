"""Entry points as files have them, beside importlib.metadata as the oracle."""

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vsa import entry_points as ours
from vsa.entry_points import EntryPoint, entry_points


def theirs(group):
    """What importlib.metadata says of a group."""
    return [
        (point.name, point.value, f"{point.dist.metadata['Name']} {point.dist.version}")
        for point in importlib.metadata.entry_points(group=group)
    ]


def said(group):
    return [(point.name, point.value, point.origin) for point in entry_points(group)]


def package(folder, name, points, version="1.0", ending="dist-info"):
    """The metadata of an installed package."""
    info = folder / f"{name}-{version}.{ending}"
    info.mkdir(parents=True)
    file = "METADATA" if ending == "dist-info" else "PKG-INFO"
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: what it is not\n"
    (info / file).write_text(said)
    if points is not None:
        (info / "entry_points.txt").write_text(points)


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """A path of two folders, and no other."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(sys, "path", [*map(str, folders), str(tmp_path / "not there")])
    return folders


def test_what_is_installed_is_what_importlib_finds():
    """In a process of its own: packages that were imported here may have put in other finders."""
    code = "import test_entry_points; test_entry_points.compare_all()"
    here = {"cwd": Path(__file__).parent, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", code], check=False, **here)
    assert done.returncode == 0, done.stderr


def compare_all():
    groups = importlib.metadata.entry_points().groups
    assert {"vsa", "vsa.algebras", "console_scripts"} <= set(groups)
    assert ours._scanned("vsa") is not None
    for group in groups:
        assert said(group) == theirs(group)
    assert said("no.such.group") == []


def test_sections_comments_and_blanks(alone):
    text = "# of old\n[other]\na = x\n\n[vsa]\n  b=pkg.mod:thing.part [extra]\n; c = d\n#e = f\n"
    text += "[ vsa ]\ng = h\n"
    package(alone[0], "one_thing", text)
    package(alone[0], "nothing", None)
    assert said("vsa") == theirs("vsa")
    assert said("vsa")[0] == ("b", "pkg.mod:thing.part [extra]", "one_thing 1.0")


def test_the_first_package_of_a_name_is_the_one(alone):
    package(alone[0], "a_b", "[vsa]\nnew = x\n", "2.0")
    package(alone[1], "A.b", "[vsa]\nold = x\n")
    package(alone[1], "c", "[vsa]\nother = x\n")
    assert said("vsa") == theirs("vsa")
    assert [name for name, _, _ in said("vsa")] == ["new", "other"]


def test_a_package_without_points_hides_the_one_behind_it(alone):
    package(alone[0], "a", None)
    package(alone[1], "a", "[vsa]\nold = x\n")
    assert said("vsa") == theirs("vsa") == []


def test_a_tree_of_sources(alone):
    package(alone[0], "dev", "[vsa]\nx = y\n", ending="egg-info")
    package(alone[0], "made", "[vsa]\nz = y\n")
    assert said("vsa") == theirs("vsa")
    assert len(said("vsa")) == 2


def test_an_archive_on_the_path_is_left_to_importlib(alone, monkeypatch):
    package(alone[0], "a", "[vsa]\nx = y\n")
    archive = alone[0] / "b.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("b-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: b\nVersion: 1.0\n")
        file.writestr("b-1.0.dist-info/entry_points.txt", "[vsa]\npacked = y\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(archive)])
    assert ours._scanned("vsa") is None
    assert said("vsa") == theirs("vsa") == [("x", "y", "a 1.0"), ("packed", "y", "b 1.0")]


def test_a_finder_of_its_own_is_asked(alone, monkeypatch):
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return None

        @staticmethod
        def find_distributions(context=None):
            return []

    package(alone[0], "a", "[vsa]\nx = y\n")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert ours._scanned("vsa") is None
    assert [(p.name, p.value) for p in entry_points("vsa")] == [("x", "y")]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("vsa.entry_points", ours),
        ("vsa.entry_points:EntryPoint", EntryPoint),
        ("vsa.entry_points : EntryPoint.load [some, extras]", EntryPoint.load),
        ("vsa.entry_points [extra]", ours),
    ],
)
def test_what_is_meant_is_loaded(value, found):
    assert EntryPoint("a", value).load() is found
    assert importlib.metadata.EntryPoint("a", value, "vsa").load() is found
