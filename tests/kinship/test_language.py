"""Families in the language: what is typed, what it gives, and what is refused."""

import json

import pytest
import trees
from examples_in_text import agrees
from vsa_plugins.kinship import Family, ask
from vsa_plugins.kinship.language import WITH_FAMILY
from vsa_plugins.kinship.relations.words import WORDS

import vsa
from vsa.lang.show import show
from vsa.lang.syntax.errors import LanguageError
from vsa.terminal.complete import about, offers

PLUGINS = vsa.load_plugins()
SMALL = 'load_family(family"mark mother ann; mark father tom; john mother ann; ann parent eve")'

royal = trees.royal  # a fixture


@pytest.fixture
def session():
    return vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)


@pytest.mark.parametrize("function", WITH_FAMILY, ids=lambda f: f.__name__)
def test_the_examples_of_what_comes_with_a_family(session, function):
    session.run("atom mark, fish, john")
    examples = PLUGINS.brings("load_family")[function.__name__].examples
    assert examples
    for code, expected in examples:
        printed = "\n".join(show(session, o.value) for o in session.execute(code) if o.shown)
        assert agrees(printed, expected), printed
        session.run(":undo")


def test_names_are_free_until_a_family_is_loaded(session):
    session.run("atom being, person, relation; mark = token(being, person)")
    other = vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)
    other.run(SMALL)
    with pytest.raises(LanguageError, match="'person' is already a function"):
        other.run("atom person")
    assert "person(name" in other.run("?person")[0]
    assert "person" in other.run(":names")[0]


def ids(value):
    return set(value.counts)


def test_the_royal_house(session, royal):
    session.set("royal", royal)
    values = session.run(
        """
        load_family(royal)
        edward = person("Edward", born=1841)
        nicholas = person("Nicholas II")
        mother(edward)
        daughter(mother(edward))
        my_sibling = (child @ parent) - self
        my_sibling(edward)
        cousin(edward) | second_cousin(edward)
        child(parent(edward))
        (~uncle)(edward)
        relation(edward, nicholas)
        {edward, nicholas}
        mother @ {edward, nicholas}
        """
    )
    (
        _,
        edward,
        nicholas,
        mother,
        sisters,
        _,
        siblings,
        kin,
        children,
        nephews,
        between,
        two,
        both,
    ) = values
    assert str(mother) == "{Victoria Hanover (1819)}"
    assert len(sisters) == 5
    assert all(royal.people[i].sex == "F" for i in sisters)
    assert len(siblings) == 8
    assert set(siblings.counts.values()) == {2}
    assert ids(kin) == ask(royal, "cousin | second_cousin", edward.id)
    assert children.counts[edward.id] == 2
    assert nicholas.id in nephews
    assert between.rows[0][0] == "nephew"
    assert ids(two) == {edward.id, nicholas.id}
    assert {royal.people[i].born for i in both} == {1819, 1847}


def test_asking_a_family(royal):
    assert ask(royal, "mother", "@I1@") == set(WORDS["mother"](royal.people["@I1@"]))
    assert ask(royal, "my = child @ parent - self; my", "@I1@") == ask(royal, "sibling", "@I1@")
    for expression, message in {
        "3": 'a relation is wanted, such as "cousin | second_cousin", not 3',
        "x = 3; mother; x": 'a relation is wanted, such as "cousin | second_cousin", not 3',
        "": 'a relation is wanted, such as "cousin | second_cousin", not nothing',
    }.items():
        with pytest.raises(vsa.VsaError) as caught:
            ask(royal, expression, "@I1@")
        assert str(caught.value) == message
    with pytest.raises(
        vsa.VsaError, match=r"^nobody in royal92.ged has the id '@I9999@'; did you mean"
    ):
        ask(royal, "mother", "@I9999@")
    with pytest.raises(vsa.VsaError, match=r"has the id 1; family.find looks for names$"):
        ask(royal, "mother", 1)
    with pytest.raises(vsa.VsaError, match=r"^a relation is asked for as a text, not nothing$"):
        ask(royal, None, "@I1@")
    assert ask(royal, "mother", royal.people["@I1@"]) == ask(royal, "mother", "@I1@")
    with pytest.raises(LanguageError, match="unknown name 'mothre'"):
        ask(royal, "mothre", "@I1@")


def test_undo_takes_a_family_back(session):
    before = dict(session.values)
    session.run(SMALL)
    assert "cousin" in session.values
    session.run(":undo")
    assert session.values == before


def test_another_family_takes_the_place_of_the_first(session):
    session.run(SMALL)
    session.run('load_family(family"zoe parent yan")')
    assert str(session.run('parent(person("zoe"))')[0]) == "{yan}"


def test_a_family_loaded_again_is_the_same(session, tmp_path):
    (tmp_path / "f.csv").write_text("a,mother,b\nc,mother,b\n")
    load = f'load_family("{tmp_path / "f.csv"}")'
    values = session.run(f'{load}; a = person("a"); {load}; mother(a) & mother(person("c"))')
    assert str(values[-1]) == "{b}"
    (tmp_path / "f.csv").write_text("a,mother,b\nc,mother,d\n")
    session.run(load)
    with pytest.raises(LanguageError, match="these sets have members of two kinds"):
        session.run('mother(a) & mother(person("c"))')
    with pytest.raises(LanguageError, match="a and c are of two families: ask for both in one"):
        session.run('relation(a, person("c"))')


def test_a_kin_word_of_ones_own_is_kept(session):
    session.run(SMALL + "; uncle = male @ pibling")
    session.run(SMALL)
    assert session.run("uncle")[0].definition == "male @ pibling"


def test_what_comes_with_a_family_is_told_before(session):
    for text, name in (("cousin", "name 'cousin'"), ('person("x")', "function 'person'")):
        with pytest.raises(LanguageError) as caught:
            session.run(text)
        assert caught.value.message == f"unknown {name}"
        assert caught.value.hint.startswith("load_family(…) makes it known.")


def test_help_knows_what_came_with_a_family(session):
    session.run(SMALL)
    assert 'tree(person, path="", up=2, down=2)' in session.run("?tree")[0]
    assert "a family: 5 people" in session.run("?family")[0]
    assert "person  relation  tree" in session.run("help()")[0]
    assert about(session, "cousin") == "A child of a parent's sibling."
    assert about(session, "person").startswith("(name, born=")
    assert "born=" in [o.text for o in offers(session, 'person("mark", ')]


def test_sets_of_two_families_are_never_equal(session):
    one, other = (Family.from_triples([("a", "mother", "b")]) for _ in range(2))
    mother = WORDS["mother"]
    assert mother(one.people["a"]) != mother(other.people["a"])
    assert mother(one.people["b"]) == mother(other.people["b"])  # nobody is nobody


def test_the_family_may_be_named(session):
    session.run(SMALL + '; f = family"zoe parent yan"')
    assert str(session.run('parent(person("zoe", family=f))')[0]) == "{yan}"


def test_sets_of_people_as_data(session):
    (_, value) = session.run(SMALL + '; child(parent(person("mark")))')
    assert json.loads(json.dumps(value.vsa_json())) == {"mark": 2, "john": 1}


def test_a_dim_too_small_is_told_when_the_family_is_loaded(session, tmp_path):
    rows = ["x,relation,y", *(f"p{i},parent,p{i // 2}" for i in range(2, 400))]
    (tmp_path / "many.csv").write_text("\n".join(rows))
    (outcome,) = session.execute(f'load_family("{tmp_path / "many.csv"}", dim=64)')
    (note,) = outcome.notes
    assert "past the capacity of dim 64" in note
    assert "would do" in note


def test_what_words_are(session):
    session.run(SMALL)
    shown = [show(session, v) for v in session.run("cousin; (child @ parent) - self; mother ^ 2")]
    assert shown == [
        "cousin = child @ pibling    # A child of a parent's sibling.",
        "child @ parent - self",
        "mother @ mother",
    ]
    assert "child @ pibling" in session.run("help(cousin)")[0]


def test_the_tree_in_the_terminal(session):
    session.run(SMALL)
    (tree,) = session.run(':tree person("mark")')
    assert tree.splitlines()[-1] == "mark"
    assert any("eve" in line for line in tree.splitlines())


REFUSED = {
    'person("mark")': "unknown function 'person'",
    'load_family("nope.ged")': "there is no file nope.ged",
    'atom family, kin; load_family(family"a parent b")': (
        "'family' has another meaning here: choose a name for the family, as=\"oak\""
    ),
    'atom elm; load_family(family"a parent b", as="elm")': (
        "'elm' has another meaning here: choose a name for the family, as=\"oak\""
    ),
    'load_family(family"a parent b", as="an oak")': (
        "'an oak' is not a name: use letters, digits and underscores"
    ),
    SMALL + "; family.mothr": "a family has no 'mothr'",
    SMALL + "; family.person": (
        "'person' is a function: call it as person(name, born=…, died=…, family=…)"
    ),
    SMALL + '; family.person("mark", family=family)': "the argument 'family' is given twice",
    'load_family(family"a parent b", dim=8)': (
        "encoding=, dim= and strict= go with a file; this family is made already"
    ),
    'load_family(family"a parent b", strict=true)': (
        "encoding=, dim= and strict= go with a file; this family is made already"
    ),
    'family"a b"': "'a b' is not a person, a relation and a person",
    'load_family(family"a parent b; b parent a")': (
        "people are their own ancestors: a, child of b, child of a"
    ),
    SMALL + '; person("marc")': "nobody is called 'marc'; did you mean mark?",
    SMALL + "; atom fish; mother(fish)": "a relation cannot be applied to a vector",
    SMALL + "; mother(mother)": "a relation cannot be applied to a relation",
    SMALL + '; p = person("mark"); p(mother)': "'p' is a person, not a function",
    SMALL + '; ~person("mark")': "'~' is not defined for a person",
    SMALL + "; atom fish; mother({fish})": (
        "a relation is applied to people of a family, not to items in memory"
    ),
    SMALL + '; atom fish; {fish, person("mark")}': "the members of a set must be of one codebook",
    SMALL + '; bundle({person("mark")})': (
        "the members of this set are not vectors, and cannot be superposed"
    ),
    SMALL + '; atom fish; cleanup(fish, among={person("mark")})': (
        "the members of this set are not items of memory"
    ),
    SMALL + '; relation(person("mark"), 3)': "relation wants a person as 'b', not a number",
    SMALL + "; mother & 3": "'&' is not defined between a relation and a number",
    SMALL + "; exactly(mother, 0)": (
        "the number of ways must be a whole number of at least 1, not 0"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_changes_nothing(session, text):
    *before, last = (
        text.rpartition("; ") if text.startswith('load_family(family"mark') else ("", text)
    )
    if before and before[0]:
        session.run(before[0])
    elif text.startswith("atom"):
        session.run(text.partition(";")[0])
        last = text.partition(";")[2]
    values = dict(session.values)
    with pytest.raises(LanguageError) as caught:
        session.run(last)
    assert caught.value.message == REFUSED[text]
    assert session.values == values


def test_tab_goes_on_in_the_literal_and_a_person_has_attributes():
    session = vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)
    assert "mother" in [o.text for o in offers(session, 'family"mark ')]
    assert [o.text for o in offers(session, 'family"mark mot')] == ["mother"]
    assert [o.text for o in offers(session, 'family"mark mother ann; john mother a')] == ["ann"]
    session.run('f = load_family(family"mark mother ann; mark born 1952"); m = person("mark")')
    assert session.run("m.born + 1; m.sex") == [1953, "U"]
    assert [o.text for o in offers(session, "m.b")] == ["born"]
    with pytest.raises(
        vsa.VsaError, match=r"^a person has no 'age'; there are id, name, sex, born and"
    ):
        session.run("m.age")
    with pytest.raises(vsa.VsaError, match=r"^the file does not say 'died' of mark"):
        session.run("m.died")
