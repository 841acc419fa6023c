"""What a family is called, and its words beside names that were there before."""

import pytest

import vsa
from vsa.lang.syntax.errors import LanguageError
from vsa.persist import open_session
from vsa.terminal.complete import offers

PLUGINS = vsa.load_plugins()
ELMS = 'family"rose mother ivy; hugh mother ivy"'
OAKS = 'family"fern mother moss; moss parent bark"'


@pytest.fixture
def session():
    return vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)


def said(session, text):
    """The last value of a text as it prints, and the notes of its last statement."""
    *_, outcome = session.execute(text)
    return str(outcome.value), list(outcome.notes)


@pytest.mark.parametrize("before", ["atom person, child", "person = 3; def child(x) = x"])
def test_names_that_were_there_keep_their_meaning(session, before):
    session.run(before)
    values, definitions = dict(session.values), dict(session.definitions)
    _, notes = said(session, f"load_family({ELMS})")
    taken = [n for n in PLUGINS.brings("load_family") if n in values or n in definitions]
    assert notes == [
        f"{', '.join(taken)} keep their meanings here; "
        f"what came is reached as {', '.join('family.' + n for n in taken)}"
    ]
    assert values.items() <= session.values.items()
    assert session.definitions == definitions
    assert said(session, 'family.child(mother(family.person("rose")))') == ("{rose, hugh}", [])


def test_one_name_and_many_names_that_keep_their_meaning(session):
    session.run("atom uncle")
    (note,) = said(session, f"load_family({ELMS})")[1]
    assert note == "uncle keeps its meaning here; what came is reached as family.uncle"
    other = vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)
    other.run("atom mother, father, child, sibling, cousin, uncle")
    (note,) = said(other, f"load_family({ELMS})")[1]
    assert note.count("family.") == 4
    assert note.endswith(", 2 more")


def test_a_symbol_called_family_leaves_the_name_kin(session):
    session.run("atom family")
    said(session, f"load_family({ELMS})")
    assert said(session, 'mother(person("rose"))')[0] == "{ivy}"
    assert said(session, 'kin.mother(kin.person("hugh"))')[0] == "{ivy}"
    assert isinstance(session.values["family"], vsa.Vector)


def test_a_family_with_a_name_of_its_own_brings_no_other(session):
    before = dict(session.values)
    said(session, f'load_family({ELMS}, as="elm")')
    assert session.values.keys() - before.keys() == {"elm"}
    assert said(session, 'elm.mother(elm.person("rose"))')[0] == "{ivy}"
    with pytest.raises(LanguageError) as caught:
        session.run('person("rose")')
    assert caught.value.hint.startswith("elm.person is one.")


def test_families_beside_each_other(session):
    session.run(f'load_family({ELMS}, as="elm"); load_family({OAKS}, as="oak")')
    assert said(session, 'elm.person("rose")')[0] == "rose"
    assert said(session, 'oak.grandparent(oak.person("fern"))')[0] == "{bark}"
    session.run(f'load_family({ELMS}, as="oak")')  # a family gives way to another
    assert said(session, 'oak.person("hugh")')[0] == "hugh"


def test_what_stands_behind_a_dot_serves_in_a_definition(session):
    session.run(f'load_family({ELMS}, as="elm"); load_family({OAKS}, as="oak")')
    session.run('def born_of(kin, x) = kin.mother(x); def one(kin) = kin.person("moss")')
    assert said(session, 'born_of(elm, elm.person("rose"))')[0] == "{ivy}"
    assert said(session, "one(oak)")[0] == "moss"
    with pytest.raises(LanguageError, match="nobody is called 'moss'"):
        session.run("one(elm)")


def test_the_same_family_again_and_another(session):
    assert said(session, f"load_family({ELMS})")[1] == []
    again = "family is this family already: it stays as it was"
    assert said(session, f"load_family({ELMS})")[1] == [again]
    other = 'family was another family until now; to have both, load one with as="oak"'
    assert said(session, f"load_family({OAKS})")[1] == [other]


def test_the_same_family_under_two_names_has_the_same_people(session):
    session.run(f'load_family({ELMS}); load_family({ELMS}, as="elm")')
    assert said(session, 'mother(person("rose")) & mother(elm.person("hugh"))')[0] == "{ivy}"


def test_tab_knows_what_stands_behind_the_dot(session):
    session.run(f'load_family({ELMS}, as="elm")')
    assert {"person", "mother"} <= {o.text for o in offers(session, "elm.")}
    assert [o.text for o in offers(session, "elm.great_grandm")] == ["great_grandmother"]


def test_a_kept_session_has_its_families(tmp_path):
    with open_session(tmp_path / "s.vsa", vsa.Space(dim=64), PLUGINS) as session:
        session.run(f'atom person; load_family({ELMS}); load_family({OAKS}, as="oak")')
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as session:
        assert said(session, 'mother(family.person("rose"))')[0] == "{ivy}"
        assert said(session, 'oak.person("fern")')[0] == "fern"
