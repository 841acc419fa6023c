"""What Tab offers inside texts and for parameters: files, vocabularies, kinds, slots; what fits first."""

from types import SimpleNamespace

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document

import vsa
from vsa.annotations import Names
from vsa.errors import ArgumentValueError
from vsa.hooks.loader import load_plugins
from vsa.layout import columns
from vsa.terminal.complete import offers
from vsa.terminal.prompt import Words

PLUGINS = load_plugins()


@pytest.fixture(scope="module")
def session():
    made = vsa.Session(vsa.Space(dim=256), plugins=PLUGINS)
    made.run('atom mark, fish, eat, go; size = 3; text = "x"; s = frame(eat, agt=mark, obj=fish)')
    made.run('vocabulary("people", {mark}); vocabulary("all of it", {mark, fish})')
    made.run("group = {mark, fish}")
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in (
        "b.csv",
        "a.txt",
        "C.CSV",
        'q".csv',
        "with blank.csv",
        ".hidden",
        "k.vsa",
        "x.json",
    ):
        (tmp_path / name).touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "deep.csv").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offered(session, text):
    return [offer.text for offer in offers(session, text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # files of the suffix that is wanted, folders, the others
        (
            'load_table("',
            ['"C.CSV"', '"b.csv"', '"q\\".csv"', '"with blank.csv"', '"data/', '"a.txt"', '"k.vsa"',
             '"x.json"'],
        ),
        ('load_table("b', ['"b.csv"']),
        ('load_table("with b', ['"with blank.csv"']),
        ('load_table("q\\"', ['"q\\".csv"']),
        ('load_table("data/', ['"data/deep.csv"']),
        ('load_table("./data/d', ['"./data/deep.csv"']),
        ('load_table("nowhere/', []),
        ('load_table("\x00', []),
        ('load_table(".h', ['".hidden"']),
        ('x = load_table(source="b', ['"b.csv"']),
        ('load_table("b.csv", name="', []),
        ('load_table("b.csv"', []),
        ('"b', []),
        ('size + "b', []),
        (":load k", ["k.vsa"]),
        (":load ", ["k.vsa", "data/", "C.CSV", "a.txt", "b.csv", 'q".csv', "with blank.csv", "x.json"]),
        (":import ", ["x.json", "data/", "C.CSV"]),
        (":save data/", ["data/deep.csv"]),
        (":load with b", ["with blank.csv"]),
        (':load "with b', ["with blank.csv"]),
        (':time "x', []),
        (":check ", []),
        (":set ", []),
        (":load", ["load"]),
        ('x = 1\n:time load_table("b', ['"b.csv"']),
        ('cleanup(s, among="', ['"people"', '"all of it"']),
        ('members(s, "', ['"atom"', '"frame"']),
        ('slot(s, "', ['"agt"', '"obj"']),
        ('slot(s, "o', ['"obj"']),
        ('factor(s, "p', ['"people"']),
        ('factor(s, "people", "a', ['"all of it"']),
    ],
)  # fmt: skip
def test_texts(session, folder, text, found):
    assert offered(session, text)[: len(found) or None] == found


@pytest.mark.parametrize(
    ("text", "first", "there"),
    [
        ("cleanup(s, among=", ['"people"', '"all of it"'], ["group", "members"]),
        ("cleanup(s, among=", ['"people"'], ["size"]),
        ("slot(s, ", ['"agt"', '"obj"', "head=", "name="], ["text"]),
        ("frame(eat, ", ["normalize=", "agt=", "obj="], ["mark"]),
        ("frame(eat, agt=mark, ", ["normalize=", "obj="], []),
        ("replace(s, ", ["head=", "agt=", "obj="], []),
        ("factor(s, ", ['"people"', '"all of it"'], ["group"]),
        ("load_table(", ['"C.CSV"'], ["text", "group"]),
        ("frame(eat, a", ["agt="], []),
    ],
)
def test_what_is_named_stands_first(session, folder, text, first, there):
    found = offered(session, text)
    assert set(first) <= set(found[: len(first) + 5])
    assert found.index(first[0]) == 0
    assert set(there) <= set(found)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("push(stack=", ["eat", "s", "bind", "top", "nil"], ["group", "size", "text", "kinds"]),
        ("cleanup(s, among=", ["group", "set"], ["help", "brackets", "mark", "text"]),
        ("cleanup(s, k=", ["size", "norm", "similarity"], ["mark", "bind", "text"]),
        ("counts(", ["group", "set"], ["mark", "size"]),
        ("power(s, ", ["size"], ["mark", "group"]),
    ],
)
def test_what_fits_stands_before_what_does_not(session, text, before, after):
    found = offered(session, text)
    assert max(map(found.index, before)) < min(map(found.index, after))


def test_in_an_expression_all_stand_as_ever(session):
    assert offered(session, "push(nil, mark + ")[:3] == ["eat", "fish", "go"]
    assert offered(session, "help(") == ["about=", *offered(session, "?")] + [
        o for o in offered(session, "help(") if o.endswith('"')
    ]


def test_a_text_that_has_its_end_gets_no_second_one(session):
    (found,) = Words(session).get_completions(
        Document('cleanup(s, among="p")', cursor_position=19), CompleteEvent()
    )
    assert (found.text, found.start_position) == ('"people', -2)


@pytest.mark.parametrize("room", [60, 80, 100, 200])
@pytest.mark.parametrize("text", ["push(nil, ", ":", "x = s.", "?s"])
def test_what_is_said_of_an_offer_fits_and_cuts_no_word(session, monkeypatch, room, text):
    screen = SimpleNamespace(get_size=lambda: Size(rows=40, columns=room))
    monkeypatch.setattr("vsa.terminal.prompt.get_app", lambda: SimpleNamespace(output=screen))
    found = list(Words(session).get_completions(Document(text), CompleteEvent()))
    whole = {offer.text: offer.about for offer in offers(session, text)}
    assert found
    for one in found:
        said = one.display_meta_text
        words = said.removesuffix(" …")
        assert whole[one.text].startswith(words)
        assert whole[one.text] == words or whole[one.text][len(words)] == " "
        assert max(map(columns, whole)) + columns(said) <= room - 5


def test_a_million_items_are_not_all_looked_at(session):
    many = [f"item_{i}" for i in range(3000)]
    other = vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)
    other.memory.add(many, other.space.batch(many))
    assert len(offers(other, "push(stack=")) == 500


def test_what_is_named_is_one_of_some_things():
    message = "^what is named must be one of file, vocabulary, kind, slot, not 'fil'$"
    with pytest.raises(ArgumentValueError, match=message):
        Names("fil")
    assert PLUGINS.functions["load_table"].parameters[0].names == Names(
        "file", ".csv", ".tsv", ".parquet"
    )
    assert PLUGINS.functions["cleanup"].parameter("among").names == Names("vocabulary")
