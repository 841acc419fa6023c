"""Trees of people, as pictures."""

import re
import sys
import xml.etree.ElementTree as ET

import pytest
import trees
from vsa_plugins.kinship import Pedigree, tree_svg, tree_text
from vsa_plugins.kinship.family import Family, Record

from vsa import Session, Space, VsaError
from vsa.pictures.style import DARK, LIGHT
from vsa.plugin import to_html

royal = trees.royal  # a fixture
NOTE = "square: male; round: female"


def texts(path):
    pytest.importorskip("matplotlib")
    root = ET.parse(path).getroot()
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def named(person):
    """Who stands in the tree that a terminal shows."""
    lines = (line.strip("│┌├└─ ") for line in tree_text(person).splitlines())
    return {re.sub("^⚭ ", "", line) for line in lines}


def test_everyone_of_the_terminals_tree_is_in_the_picture(royal, tmp_path):
    edward = royal.find("Edward VII")
    path = tree_svg(edward, tmp_path / "edward.svg")
    assert set(texts(path)) == named(edward) | {NOTE}
    first = path.read_bytes()
    tree_svg(edward, path)
    assert path.read_bytes() == first
    png = tree_svg(royal.find("Henry VIII"), tmp_path / "henry.PNG")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_it_is_of_the_one_style(royal, tmp_path):
    pytest.importorskip("matplotlib")
    for look in (LIGHT, DARK):
        path = tree_svg(royal.find("Henry VIII"), tmp_path / "henry.svg", dark=look is DARK)
        drawn = path.read_text().lower()
        assert {look.paper, look.colour(0).lower(), look.colour(1).lower()} <= set(
            re.findall("#[0-9a-f]{6}", drawn)
        )


def test_a_couple_is_a_dot_between_its_parents_and_children(royal):
    edward = royal.find("Edward VII")
    drawn = Pedigree(edward, up=1, down=1).vsa_picture()
    (own,) = [i for i, box in enumerate(drawn.boxes) if box.marked]
    assert drawn.boxes[own].label.startswith("Edward VII")
    into = {a for a, b, _ in drawn.lines if b == own}
    (couple,) = into
    parents = {drawn.boxes[a].label for a, b, _ in drawn.lines if b == couple}
    assert parents == {"Victoria Hanover (1819–1901)", "Albert Augustus Charles (1819–1861)"}
    assert drawn.boxes[couple].label == ""
    for start, end, _ in drawn.lines:  # generations go from left to right
        assert drawn.boxes[start].x < drawn.boxes[end].x
    people = [(box.x, box.y) for box in drawn.boxes if box.label]
    assert len(set(people)) == len(people)


@pytest.mark.parametrize("name", ["<b>Ann</b> & \\N", "$x$", "安娜", 'Ann "Al"', "Ann\\"])
def test_names_are_drawn_as_they_are(tmp_path, name):
    pytest.importorskip("matplotlib")
    family = Family([Record("a", name), Record("b", "Bob")], [("adopter", "b", "a")])
    path = tree_svg(family.people["a"], tmp_path / "tree.svg")
    assert sorted(texts(path)) == sorted([name, "Bob", "dashed: adopted, fostered"])
    html = Pedigree(family.people["a"])._repr_html_()
    (svg,) = re.findall("<svg.*</svg>", html)
    found = ET.fromstring(svg)
    assert sorted(node.text for node in found.iter("text")) == sorted([name, "Bob"])
    assert [node.get("stroke-dasharray") for node in found.iter("line")] == [None, "4 3"]


def test_a_tree_is_a_value_that_is_shown_and_drawn(tmp_path):
    session = Session(Space(dim=64))
    session.run(
        'f = load_family(family"mark mother ann; john mother ann"); t = tree(person("mark"))'
    )
    tree = session.values["t"]
    assert str(tree) == tree_text(session.run('person("mark")')[0])
    assert session.run(":plot t") == [str(tree)]
    html = to_html(session, tree)
    assert html == tree._repr_html_()
    assert html.count("<rect") == 2  # up to ann and down from mark
    pytest.importorskip("matplotlib")
    for text in (f'tree(person("mark"), "{tmp_path}/a.svg")', f":picture {tmp_path}/b.svg t"):
        session.run(text)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_tree_is_kept(tmp_path):
    with Session.open(tmp_path / "s.vsa", Space(dim=64)) as session:
        session.run('f = load_family(family"mark mother ann"); t = tree(person("mark"), up=1)')
        shown = str(session.values["t"])
    with Session.open(tmp_path / "s.vsa") as again:
        assert str(again.values["t"]) == shown


def test_pictures_that_cannot_be_made(tmp_path, monkeypatch):
    person = Family([Record("a", "Ann")], []).people["a"]

    def why(name="ann.svg", **keywords):
        with pytest.raises(VsaError) as caught:
            tree_svg(person, tmp_path / name, **keywords)
        assert not list(tmp_path.iterdir())
        return str(caught.value).replace(str(tmp_path), "DIR")

    assert why(up="x") == "up, which counts generations, must be a whole number in [0, 50], not 'x'"
    assert (
        why(up=99) == "up, which counts generations, must be a whole number of at most 50, not 99"
    )
    assert why("ann.gif") == "a picture ends in .svg, .png, .pdf, not '.gif'"
    pytest.importorskip("matplotlib")
    assert why("no/ann.svg") == "cannot write DIR/no/ann.svg: No such file or directory"
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert why() == ("a picture needs the package 'matplotlib': pip install \"vsa-algebra[plot]\"")
