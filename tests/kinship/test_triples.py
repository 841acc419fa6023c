"""Tables of triples and graphs as families."""

import pytest
from vsa_plugins.kinship.family import Family, tables

from vsa import VsaError

TRIPLES = [
    ("mark", "mother", "anna"),
    ("mark", "father", "bob"),
    ("anna", "husband", "bob"),
    ("bob", "daughter", "eve"),
    ("eve", "adopter", "cy"),
    ("cy", "child", "dee"),
    ("dee", "fosterer", "bob"),
    ("mark", "sex", "male"),
    ("mark", "name", "Mark the First"),
    ("mark", "born", "1900"),
    ("mark", "died", "1970"),
    ("eve", "sex", ""),
]


def contents(family):
    """(sexes and names by id, facts by id; spouses once)."""
    ids = list(family.index)
    facts = {
        (relation, ids[x], ids[y])
        for relation, pairs in family.facts.items()
        for x, y in pairs.tolist()
        if relation != "spouse" or ids[x] < ids[y]
    }
    return {r.id: (r.sex, r.name, r.born, r.died) for r in family.records}, facts


PEOPLE = {
    "mark": ("M", "Mark the First", 1900, 1970),
    "anna": ("F", "anna", None, None),
    "bob": ("M", "bob", None, None),
    "eve": ("F", "eve", None, None),
    "cy": ("U", "cy", None, None),
    "dee": ("U", "dee", None, None),
}
FACTS = {
    ("parent", "mark", "anna"), ("parent", "mark", "bob"), ("spouse", "anna", "bob"),
    ("parent", "eve", "bob"), ("adopter", "eve", "cy"), ("parent", "dee", "cy"),
    ("fosterer", "dee", "bob"),
}  # fmt: skip


def read(tmp_path, data, name="t.csv", **keywords):
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return Family.read(tmp_path / name, **keywords)


def test_triples():
    family = Family.from_triples(TRIPLES, name="the marks")
    assert contents(family) == (PEOPLE, FACTS)
    assert list(family.index) == ["mark", "anna", "bob", "eve", "cy", "dee"]
    assert (family.name, str(family.find("mark"))) == ("the marks", "Mark the First (1900)")


def test_the_order_of_triples_does_not_matter():
    assert contents(Family.from_triples(TRIPLES[::-1])) == (PEOPLE, FACTS)


@pytest.mark.parametrize("apart", [",", ";", "\t", ", "])
@pytest.mark.parametrize("heading", ["", "x{}relation{}y\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables(tmp_path, apart, heading, encoding):
    text = heading.format(apart, apart) + "\n".join(apart.join(triple) for triple in TRIPLES)
    assert contents(read(tmp_path, text.encode(encoding))) == (PEOPLE, FACTS)


def test_a_table_may_have_quotes_spaces_and_blank_lines(tmp_path):
    family = read(tmp_path, '\n"Smith, Ann" , Mother,"O""Neill"\r\n\r\n,,\r\n')
    assert contents(family)[1] == {("parent", "Smith, Ann", 'O"Neill')}
    assert read(tmp_path, "zoë,mother,anna".encode("latin-1"), encoding="latin-1").find("Zoe")


@pytest.mark.parametrize(
    "text",
    [
        "Smith, John;mother;Smith, Ann",
        "Smith, John, Jr.;mother;Smith, Ann\nx;parent;y",
        "Smith, John\tmother\tSmith, Ann\nx\tname\tx, y; z",
    ],
)
def test_names_may_hold_what_separates_other_tables(tmp_path, text):
    family = read(tmp_path, text)
    assert next(iter(family)).id.startswith("Smith, John")
    assert ("parent", family.records[0].id, "Smith, Ann") in contents(family)[1]


def test_the_same_fact_in_two_words_is_one():
    family = Family.from_triples([("a", "mother", "b"), ("b", "child", "a"), ("a", "parent", "b")])
    assert family.facts["parent"].tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x,relation,y\nmark,mothr,anna",
            "t.csv:2: unknown relation 'mothr': did you mean 'mother'?",
        ),
        (
            "mark,uncle,anna",
            "t.csv:1: unknown relation 'uncle': write one of parent, mother, father, child, "
            "daughter, son, spouse, wife, husband, adopter, fosterer, sex, name, born, died",
        ),
        ("mark,mother", "t.csv:1: 2 fields where a triple has three: x, relation, y"),
        ("a,child,b\n\na", "t.csv:3: 1 field where a triple has three: x, relation, y"),
        ("mark,mother,", "t.csv:1: a name is missing in ('mark', 'mother', '')"),
        (",sex,F", "t.csv:1: a name is missing in ('', 'sex', 'F')"),
        ("mark,sex,W", "t.csv:1: the sex is 'W': write F, M or U"),
        ("mark,born,long ago", "t.csv:1: born is 'long ago': write a year, such as 1841"),
        ("mark,died,1900.5", "t.csv:1: died is '1900.5': write a year, such as 1841"),
        (
            "a,mother,b\n\nc,father,b",
            "t.csv:3: sex of 'b' is male as father of 'c', "
            "but female as mother of 'a' at t.csv:1",
        ),
        (
            "a,mother,b\nb,sex,M",
            "t.csv:2: sex of 'b' is male, but female as mother of 'a' at t.csv:1",
        ),
        ("a,born,1900\na,born,1901", "t.csv:2: born of 'a' is 1901, but 1900 at t.csv:1"),
        ("a,name,Ann\na,name,Eve", "t.csv:2: name of 'a' is 'Eve', but 'Ann' at t.csv:1"),
        ("a,parent,a", "t.csv: a is given as their own parent"),
        ("a,parent,b\nb,parent,a", "t.csv: people are their own ancestors: a, child of b, child of a"),
        ("x,relation,y\n", "t.csv: there are no people: a family needs at least one"),
        ("\n \n", "t.csv is empty"),
        (b"a,mother,\0", "t.csv is a binary file: byte 9 is zero"),
        (
            "a,mother,zoë".encode("latin-1"),
            "t.csv:1: the line is not in utf-8; with encoding='latin-1' it reads 'a,mother,zoë'",
        ),
        (
            'a,mother,b\n"c,mother,b\nd,mother,b\ne",mother,b',
            "t.csv:2: the quote before 'c,mother,b' does not close here",
        ),
        (
            'a,mother,"b"" c\n',
            "t.csv:1: the quote before 'b\"\" c' does not close here",
        ),
        (
            'a,mother,"b" Smith\n',
            "t.csv:1: text follows the closing quote of 'b': double the quotes in a name",
        ),
        (
            "person,relationship,relative\na,mother,b",
            "t.csv:1: this looks like a heading, whose middle must be 'relation', "
            "not 'relationship'",
        ),
        (
            "entity_1;is;entity_2\na;mother;b",
            "t.csv:1: this looks like a heading, whose middle must be 'relation', not 'is'",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_table_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(VsaError) as caught:
        read(tmp_path, text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("triples", "message"),
    [
        ([("a", "mother")], "triple 1 is ('a', 'mother'): give (x, relation, y)"),
        (["abc"], "triple 1 is 'abc': give (x, relation, y)"),
        (None, "a family comes from triples (x, relation, y), not from None"),
        ([("a", "child", "b"), 7], "triple 2 is 7: give (x, relation, y)"),
        (
            [("a", "mother", "b"), ("b", "sex", "M")],
            "triple 2: sex of 'b' is male, but female as mother of 'a' at triple 1",
        ),
    ],
)
def test_what_is_wrong_in_triples(triples, message):
    with pytest.raises(VsaError) as caught:
        Family.from_triples(triples)
    assert str(caught.value) == message


class NotAvailable:
    """Like the NA of pandas: whether it equals something has no answer."""

    def __eq__(self, other):
        return self

    def __hash__(self):
        return 0

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


@pytest.mark.parametrize("nothing", [None, float("nan"), NotAvailable()])
@pytest.mark.parametrize(
    ("triple", "message"),
    [
        (("a", "mother", ...), "triple 1: a name is missing in ('a', 'mother', '')"),
        ((..., "mother", "b"), "triple 1: a name is missing in ('', 'mother', 'b')"),
        ((..., "born", 1900), "triple 1: a name is missing in ('', 'born', '1900')"),
        (("a", "name", ...), "triple 1: a name is missing in ('a', 'name', '')"),
        (("a", "born", ...), "triple 1: a value is missing in ('a', 'born', '')"),
        (("a", "sex", ...), "triple 1: a value is missing in ('a', 'sex', '')"),
    ],
)
def test_cells_that_stand_for_nothing_are_nobody(triple, message, nothing):
    with pytest.raises(VsaError) as caught:
        Family.from_triples([[nothing if cell is ... else cell for cell in triple]])
    assert str(caught.value) == message


def test_control_characters_do_not_reach_names():
    family = Family.from_triples(
        [("a\x1b[31m", "mother", "b\u202ec"), ("a\x1b[31m", "name", "Ann\tSmith\x7f")]
    )
    assert contents(family) == (
        {"a[31m": ("U", "Ann Smith", None, None), "bc": ("F", "bc", None, None)},
        {("parent", "a[31m", "bc")},
    )
    assert family.notes == (
        "'a\\x1b[31m' has characters that do not print: read as 'a[31m'",
        "'b\\u202ec' has characters that do not print: read as 'bc'",
        "'Ann Smith\\x7f' has characters that do not print: read as 'Ann Smith'",
    )


# --- graphs -----------------------------------------------------------------------------------------


@pytest.fixture(params=["DiGraph", "MultiDiGraph"])
def graph(request):
    nx = pytest.importorskip("networkx")
    made = getattr(nx, request.param)()
    for x, word, y in TRIPLES:
        if word not in tables.ATTRIBUTES:
            made.add_edge(x, y, relation=word)
    made.add_node("mark", sex="M", name="Mark the First", born=1900, died=1970.0, eyes="blue")
    return made


def test_graphs(graph):
    assert contents(Family.from_graph(graph)) == (PEOPLE, FACTS)


def test_graphs_of_other_nodes_and_lonely_ones():
    nx = pytest.importorskip("networkx")
    graph = nx.DiGraph([(1, 2, {"relation": "parent"})])
    graph.add_node(7, sex=None, born=float("nan"))
    family = Family.from_graph(graph)
    assert list(family.index) == ["1", "2", "7"]
    assert contents(family)[1] == {("parent", "1", "2")}


def test_several_edges_between_two_people():
    nx = pytest.importorskip("networkx")
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", relation="adopter")
    graph.add_edge("a", "b", relation="mother")
    assert contents(Family.from_graph(graph))[1] == {("adopter", "a", "b"), ("parent", "a", "b")}


def test_graphs_that_tell_no_family():
    nx = pytest.importorskip("networkx")

    def why(graph):
        with pytest.raises(VsaError) as caught:
            Family.from_graph(graph)
        return str(caught.value)

    assert why(nx.Graph([("a", "b")])) == (
        "a Graph does not say who is whose parent: make it a DiGraph with edges child → parent"
    )
    assert why(nx.DiGraph([("a", "b")])) == (
        "edge 'a' → 'b' has no attribute 'relation', such as relation=\"parent\""
    )
    assert why(nx.DiGraph([("a", "b", {"relation": "aunt"})])).startswith(
        "edge 'a' → 'b': unknown relation 'aunt': write one of parent, mother"
    )
    assert why({"a": "b"}) == "a family comes from a networkx DiGraph, not from dict"
    assert why(nx.DiGraph()) == "there are no people: a family needs at least one"
    twins = nx.DiGraph()
    twins.add_nodes_from([1, "1"])
    assert why(twins) == "two nodes are written '1': 1 and '1'"
    wrong = nx.DiGraph([("a", "b", {"relation": "mother"})])
    wrong.nodes["b"]["sex"] = "M"
    assert why(wrong) == (
        "edge 'a' → 'b': sex of 'b' is female as mother of 'a', but male at node 'b'"
    )


@pytest.mark.parametrize(
    ("first", "apart"),
    [
        ("sep=;", ";"),
        ("SEP=,", ","),
        ("sep=\t", "\t"),
        ("sep=|", "|"),
        ('"sep=;"', ";"),
        ("sep=;;;", ";"),
    ],
)
def test_the_line_in_which_a_table_says_its_separator(tmp_path, first, apart):
    rows = "\n".join(apart.join(triple) for triple in TRIPLES)
    for start in ("", "\ufeff", "\ufeff\ufeff"):
        for heading in ("", f"x{apart}relation{apart}y\n"):
            family = read(tmp_path, f"{start}{first}\n{heading}{rows}\n")
            assert contents(family) == (PEOPLE, FACTS)
    with pytest.raises(VsaError) as caught:
        read(tmp_path, f"{first}\nmark{apart}mother\n")
    assert str(caught.value).startswith("t.csv:2: 2 fields where a triple has three")


def test_a_person_is_one_with_and_without_characters_that_cannot_be_seen(tmp_path):
    hidden = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200f\u3164\U000e0041"
    rows = [f"m{i},mother,an{char}n{char}" for i, char in enumerate(hidden)]
    family = read(tmp_path, "\n".join(["m,mother,ann", *rows, "m,\u200bsex\u200b,F\ufeff"]))
    assert [id for id in family.index if "n" in id] == ["ann"]
    assert len(family.facts["parent"]) == len(hidden) + 1
    assert family.people["m"].sex == "F"
    assert len(family.notes) == len(hidden) + 2
    assert family.notes[0] == r"'an\u200bn\u200b' has characters that do not print: read as 'ann'"


def test_spaces_of_any_width_are_spaces(tmp_path):
    family = read(tmp_path, "m,mother,ann roe\nb,mother,ann\u00a0roe\nc,mother,ann  roe\n")
    assert list(family.index) == ["m", "ann roe", "b", "c"]
    assert family.notes == (
        r"'ann\xa0roe' has characters that do not print: read as 'ann roe'",
        "'ann  roe' has spaces that are read as one: 'ann roe'",
    )


def test_a_line_that_no_triple_has_is_refused(tmp_path):
    with pytest.raises(VsaError) as caught:
        read(tmp_path, "m,mother,ann\n" + "," * 3000)
    assert str(caught.value) == "t.csv:2: the line has 3,000 bytes; a triple has 2,000 at most"
