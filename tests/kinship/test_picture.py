"""Trees of people, as pictures."""

import re
import shutil
import sys
import xml.etree.ElementTree as ET

import pytest
import trees
from vsa_plugins.kinship import tree_svg, tree_text
from vsa_plugins.kinship.family import Family, Record

from vsa import VsaError

royal = trees.royal  # a fixture


def programs():
    return [
        pytest.param(
            "graphviz", marks=pytest.mark.skipif(not shutil.which("dot"), reason="no dot")
        ),
        "networkx",
    ]


def texts(path):
    root = ET.parse(path).getroot()
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("by", programs())
def test_svg(royal, tmp_path, by):
    for package in ("graphviz",) if by == "graphviz" else ("networkx", "matplotlib"):
        pytest.importorskip(package)
    path = tree_svg(royal.find("Edward VII"), tmp_path / "edward.svg", by=by)
    drawn = {re.sub("^⚭ ", "", line.strip("│┌├└─ ")) for line in
             tree_text(royal.find("Edward VII")).splitlines()}  # fmt: skip
    assert {text.replace("\xa0", " ") for text in texts(path)} == drawn
    first = path.read_bytes()
    tree_svg(royal.find("Edward VII"), path, by=by)
    assert path.read_bytes() == first
    png = tree_svg(royal.find("Henry VIII"), tmp_path / "henry.PNG", by=by)
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("by", programs())
@pytest.mark.parametrize("name", ["<b>Ann</b> & \\N", "$x$", "安娜", 'Ann "Al"', "Ann\\"])
def test_names_are_drawn_as_they_are(tmp_path, by, name):
    for package in ("graphviz",) if by == "graphviz" else ("networkx", "matplotlib"):
        pytest.importorskip(package)
    family = Family([Record("a", name), Record("b", "Bob")], [("adopter", "b", "a")])
    path = tree_svg(family.people["a"], tmp_path / "tree.svg", by=by)
    assert sorted(text.replace("\xa0", " ") for text in texts(path)) == sorted([name, "Bob"])


def test_pictures_that_cannot_be_made(tmp_path, monkeypatch):
    person = Family([Record("a", "Ann")], []).people["a"]

    def why(name="ann.svg", **keywords):
        with pytest.raises(VsaError) as caught:
            tree_svg(person, tmp_path / name, **keywords)
        assert not list(tmp_path.iterdir())
        return str(caught.value).replace(str(tmp_path), "DIR")

    assert why("ann.gif") == (
        "a tree is drawn into a file that ends in .svg, .png, .pdf, not DIR/ann.gif"
    )
    assert why(by="hand") == "unknown by='hand': choose graphviz or networkx"
    assert why(up="x") == "up, which counts generations, must be a whole number in [0, 50], not 'x'"
    assert (
        why(up=99) == "up, which counts generations, must be a whole number of at most 50, not 99"
    )
    pytest.importorskip("networkx")
    pytest.importorskip("matplotlib")
    assert why("no/ann.svg") == "cannot write DIR/no/ann.svg: No such file or directory"
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert why(by="networkx") == (
        "drawing a tree needs the package 'matplotlib': pip install \"vsa-algebra[plot]\""
    )
    monkeypatch.setitem(sys.modules, "graphviz", None)
    assert why(by="graphviz") == (
        "drawing by graphviz needs the package 'graphviz': pip install \"vsa-algebra[plot]\""
    )
    assert why() == (
        "drawing a tree needs the package 'matplotlib': pip install \"vsa-algebra[plot]\""
    )


def test_without_dot_networkx_draws(tmp_path, monkeypatch):
    for package in ("graphviz", "networkx", "matplotlib"):
        pytest.importorskip(package)
    monkeypatch.setenv("PATH", str(tmp_path))
    person = Family([Record("a", "Ann")], []).people["a"]
    with pytest.raises(VsaError) as caught:
        tree_svg(person, tmp_path / "ann.svg", by="graphviz")
    assert str(caught.value) == (
        "drawing by graphviz needs its program `dot`, which your system's packages have "
        "(apt install graphviz, brew install graphviz)"
    )
    assert texts(tree_svg(person, tmp_path / "ann.svg")) == ["Ann"]
