"""Trees of people, as text."""

import re

import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.kinship.drawing.kin import Kin
from vsa_plugins.kinship.drawing.picture import _Graph
from vsa_plugins.kinship.drawing.text import tree_text
from vsa_plugins.kinship.family import Family, Record

from vsa import VsaError

royal = trees.royal  # a fixture


def of(triples, who, **generations):
    family = Family.from_triples(triples)
    return tree_text(family.find(who), **generations)


def test_edward_vii(royal):
    assert (
        tree_text(royal.find("Edward VII"))
        == """\
   ┌─ Ernest I of Saxe-Coburg- Saalfeld (1784–1844)
   ├─ Louise of Saxe-Coburg- Altenburg (1800–1831)
┌─ Albert Augustus Charles (1819–1861)
│  ┌─ Edward Augustus Hanover (1767–1820)
│  ├─ Victoria Mary Louisa (1786–1861)
├─ Victoria Hanover (1819–1901)
Edward VII Wettin (1841–1910)
└─ ⚭ Alexandra of Denmark "Alix" (1844–1925)
   ├─ Albert Victor Christian (1864–1892)
   ├─ George V Windsor (1865–1936)
   │  └─ ⚭ Mary of Teck (May) (1867–1953)
   │     ├─ Edward VIII Windsor (1894–1972)
   │     ├─ George VI Windsor (1895–1952)
   │     ├─ Mary Windsor (1897–1965)
   │     ├─ Henry William Frederick Windsor (1900–1974)
   │     ├─ George Edward Alexander Windsor (1902–1942)
   │     └─ John Charles Francis Windsor (1905–1919)
   ├─ Louise Victoria Alexandra (1867–1931)
   │  └─ ⚭ Alexander Duff (1849–1912)
   │     ├─ Alexandra (1891–1959)
   │     └─ Maud Carnegie (1893–1945)
   ├─ Victoria Alexandra Olga (1868–1935)
   ├─ Maude Charlotte Mary (1869–1938)
   │  └─ ⚭ Charles Haakon VII (1872–1957)
   │     └─ Olav V (1903–1991)
   └─ John Alexander (1871–1871)"""
    )


def test_six_wives(royal):
    assert (
        tree_text(royal.find("Henry VIII"), up=1, down=1)
        == """\
┌─ Henry VII Tudor (1457–1509)
├─ Elizabeth of York (1466–1503)
Henry VIII Tudor (1491–1547)
├─ ⚭ Catherine of Aragon (1485–1536)
│  ├─ Daughter Tudor (1510–1510)
│  ├─ Henry (1) Tudor (1511–1511)
│  ├─ Henry (2) Tudor (1513–1513)
│  ├─ Son Tudor (1514–1514)
│  ├─ Mary I Tudor (1516–1558)
│  └─ Daughter Tudor (1518–1518)
├─ ⚭ Anne Boleyn (1501–1536)
│  ├─ Elizabeth I Tudor (1533–1603)
│  └─ Son Tudor (1536–1536)
├─ ⚭ Jane Seymour (1505–1537)
│  └─ Edward VI Tudor (1537–1553)
├─ ⚭ Anne of Cleves (1515–1557)
├─ ⚭ Catherine Howard (1520–1542)
└─ ⚭ Catherine Parr (1512–1548)"""
    )


def test_other_bonds_are_named():
    triples = [
        ("kit", "parent", "ann"), ("kit", "parent", "bob"), ("lee", "parent", "ann"),
        ("lee", "adopter", "cy"), ("ann", "spouse", "cy"), ("moe", "parent", "ann"),
        ("ann", "fosterer", "dee"), ("ann", "father", "eli"), ("moe", "born", "1990"),
        ("pip", "adopter", "ann"),
    ]  # fmt: skip
    assert (
        of(triples, "ann")
        == """\
┌─ eli
├─ dee, by whom fostered
ann
├─ moe (1990–)
├─ pip, adopted
├─ with bob
│  └─ kit
└─ ⚭ cy
   └─ lee"""
    )
    assert (
        of(triples, "cy")
        == """\
cy
└─ ⚭ ann
   └─ lee, adopted"""
    )
    assert of(triples, "dee", down=1) == "dee\n└─ ann, fostered"


def test_nothing_but_oneself(royal):
    person = royal.find("Edward VII")
    assert tree_text(person, up=0, down=0) == "Edward VII Wettin (1841–1910)"
    assert len(tree_text(person, up=1, down=0).splitlines()) == 3


COUSINS = [
    ("kid", "father", "he"), ("kid", "mother", "she"), ("he", "wife", "she"),
    ("he", "father", "bob"), ("she", "mother", "ann"), ("bob", "mother", "old"),
    ("ann", "mother", "old"), ("old", "mother", "eve"),
]  # fmt: skip


def test_whom_cousins_share_is_drawn_once():
    assert (
        of(COUSINS, "kid", up=4)
        == """\
         ┌─ eve
      ┌─ old
   ┌─ bob
┌─ he
│     ┌─ old, as above
│  ┌─ ann
├─ she
kid"""
    )
    assert (
        of(COUSINS, "old", up=0, down=4)
        == """\
old
├─ bob
│  └─ he
│     └─ ⚭ she
│        └─ kid
└─ ann
   └─ she
      └─ ⚭ he
         └─ kid"""
    )


def test_who_comes_up_at_the_edge_first_is_drawn_in_full_where_there_is_room():
    triples = [
        ("a", "father", "r"),
        ("k", "mother", "a"),
        ("k", "father", "r"),
        ("g", "mother", "k"),
    ]
    assert (
        of(triples, "r")
        == """\
r
├─ a
│  └─ with r
│     └─ k
└─ with a
   └─ k
      └─ g"""
    )
    family = Family.from_triples(triples)
    assert len(_Graph(Kin(family)).grow(family.index["r"], 0, 2).people) == 4
    triples = [
        ("x", "father", "f"),
        ("x", "mother", "m"),
        ("f", "mother", "m"),
        ("m", "mother", "q"),
    ]
    assert (
        of(triples, "x")
        == """\
   ┌─ m
┌─ f
│  ┌─ q
├─ m
x"""
    )
    family = Family.from_triples(triples)
    assert len(_Graph(Kin(family)).grow(family.index["x"], 2, 0).people) == 4


def test_the_limits_of_a_tree():
    family = Family([Record("a", "Ann")], [])
    for wrong, keyword, wanted in (
        (-1, "up", "of at least 0"),
        (51, "down", "of at most 50"),
        (0.5, "up", "in [0, 50]"),
        (None, "down", "in [0, 50]"),
    ):
        with pytest.raises(VsaError) as caught:
            tree_text(family.people["a"], **{keyword: wrong})
        assert str(caught.value) == (
            f"{keyword}, which counts generations, must be a whole number {wanted}, not {wrong}"
        )


def steps(family, person, relation_columns, count):
    """Who is reached in at most so many steps along facts: an oracle of sets."""
    reached, last = {person.row}, {person.row}
    for _ in range(count):
        last = {
            pair[1 - column]
            for relation, column in relation_columns
            for pair in family.facts[relation].tolist()
            if pair[column] in last
        }
        reached |= last
    return reached


PARENTAL = ("parent", "adopter", "fosterer")


@settings(max_examples=400)
@given(st.data())
def test_a_tree_holds_the_kin_it_should(data):
    """In random families with cousins who marry, adoption and lone parents."""
    n = data.draw(st.integers(1, 14))
    draw = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.sampled_from(PARENTAL))
    facts = [
        (relation, f"p{max(x, y)}", f"p{min(x, y)}")
        for x, y, relation in data.draw(st.lists(draw, max_size=24))
        if x != y
    ]
    wed = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=6))
    facts += [("spouse", f"p{x}", f"p{y}") for x, y in wed if x != y]
    family = Family([Record(f"p{i}") for i in range(n)], facts)
    person = family.people[f"p{data.draw(st.integers(0, n - 1))}"]
    up, down = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    ancestors = steps(family, person, [(r, 0) for r in PARENTAL], up)
    descendants = steps(family, person, [(r, 1) for r in PARENTAL], down)
    inner = steps(family, person, [(r, 1) for r in PARENTAL], down - 1) if down else set()
    partners = {y for x, y in family.facts["spouse"].tolist() if x in inner}

    lines = tree_text(person, up, down).splitlines()
    place = lines.index(person.id)
    above, below = ("\n".join(part) for part in (lines[: place + 1], lines[place:]))

    def named(text):
        return {int(i) for i in re.findall(r"\bp(\d+)", text)}

    assert named(above) == ancestors
    assert named(below) >= descendants | partners
    graph = _Graph(Kin(family)).grow(person.row, up, down)
    assert set(graph.people) == named(above) | named(below)
    assert {end for line in graph.lines for end in line if isinstance(end, int)} <= set(
        graph.people
    )
    assert len(set(graph.couples.values())) == len(graph.couples)
