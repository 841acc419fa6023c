"""Each structure in each algebra: right, honestly uncertain, or refused; the page of the docs is that."""

import re

import pytest
import structure_accuracy
import structures
import tables
from structures import CELLS, DIMS, PAGE, READ

SEEN = {}

# what the facts say beforehand: which structures are carried in another form, or not at all
OTHER_FORM = {
    "`variable_of`": {
        "left unbinding": "vtb tvtb ghrr:2 tensor:3", "search": "mbat bsdc", "synthesis": "bsdc-cdt",
    },
    "`slot_of`": {
        "left unbinding": "vtb tvtb ghrr:2 tensor:3", "search": "mbat bsdc", "synthesis": "bsdc-cdt",
    },
    "`value`, `assign`, `unassign`": {"synthesis": "bsdc-cdt"},
    "stacks": {
        "permutation": "map-i map-c map-b bsc mbat tensor:3 sbc:16 sbc:16:counts mcr:8 cgr:8 "
        "bsdc-seg bsdc bsdc-cdt",
    },
    "queues": {
        "permutation": "map-i map-c map-b bsc mbat tensor:3 sbc:16 sbc:16:counts mcr:8 cgr:8 "
        "bsdc-seg bsdc bsdc-cdt",
    },
    "trees": {"refused": "bsdc-cdt"},
    "trees of three levels": {"refused": "tensor:3 bsdc-cdt"},
    "automata": {"refused": "bsdc-cdt"},
    "nondeterministic automata": {"refused": "bsdc-cdt"},
    "chains": {"refused": "map-i map-c map-b bsc bsdc-cdt"},
    "chains with repeated items": {"refused": "map-i map-c map-b bsc bsdc-cdt tensor:3"},
    "chunks": {"refused": "tensor:3 bsdc-cdt"},
    "frames": {"hashed roles": "mbat bsdc", "synthesis": "bsdc-cdt"},
    "frames in frames of one head": {
        "refused": "tensor:3", "hashed roles": "mbat bsdc", "synthesis": "bsdc-cdt",
    },
    "frames of an unknown head": {"nothing is found": "mbat bsdc", "synthesis": "bsdc-cdt"},
    "fractional powers": {"refused": " ".join(DIMS.keys() - {"hrr", "fhrr"})},
    "graphs": {"refused": "bsdc-cdt"},
    "graphs with labels": {"refused": "bsdc-cdt"},
    "`analogy`": {
        "left unbinding": "vtb tvtb ghrr:2 tensor:3", "search": "mbat bsdc",
        "nothing is found": "bsdc-cdt",
    },
    "`analogy` in one step": {
        "left unbinding": "vtb tvtb ghrr:2 tensor:3", "refused": "mbat bsdc bsdc-cdt",
    },
    "`analogs`": {"synthesis": "bsdc-cdt"},
    "sets and bundles": {},
    "tokens": {},
    "n-grams": {},
    "dictionaries": {"synthesis": "bsdc-cdt"},
    "multisets": {},
    "filters and sketches": {},
    "numbers": {"refused": "bsdc-cdt"},
    "places": {"left unbinding": "vtb tvtb ghrr:2 tensor:3", "refused": "mbat bsdc bsdc-cdt"},
}  # fmt: skip


def seen(algebra):
    """The session, what its cells came to, and their words."""
    if algebra not in SEEN:
        session = structures.world(algebra)
        cells = {name: structures.run(session, name) for name in CELLS}
        words = {n: structures.verdict(session, n, cell, []) for n, cell in cells.items()}
        SEEN[algebra] = session, cells, words
    return SEEN[algebra]


@pytest.mark.parametrize("algebra", DIMS)
def test_every_answer_is_right_or_uncertain_or_refused(algebra):
    _, cells, words = seen(algebra)
    assert not {name: cell.wrong for name, cell in cells.items() if cell.wrong}
    for name, forms in OTHER_FORM.items():
        expected = next((f for f, names in forms.items() if algebra in names.split()), "yes")
        assert words[name].split(" (")[0] == expected, name
    for cell in cells.values():
        if cell.refusal:  # says what is lacking, or what to do
            assert re.search(r"the algebra|use sequence|keeps ranks up to|compared", cell.refusal)


@pytest.mark.parametrize("algebra", DIMS)
def test_values_are_kept_through_undo_and_files(algebra):
    assert structures.kept_in_a_file(seen(algebra)[0]) == []


@pytest.mark.parametrize("algebra", DIMS)
def test_rows_of_sums_claim_no_number(algebra):
    """What comes out of memory, or was finished: at least so many, and each place right."""
    session = structures.world(algebra)
    vectors = session.run("mark; fish; john")
    whole, stack = structure_accuracy.sequence(*vectors), session.space.zero()
    for v in vectors:
        stack = structure_accuracy.push(stack, v)
    closed = session.space.closed
    session.set("line", type(whole).of_row(session.space, whole.data))
    session.set("pile", type(stack).of_row(session.space, stack.data))
    (outcome,) = session.execute("decode(line)")
    assert list(outcome.value.name) == ["mark", "fish", "john"]
    assert bool(outcome.value.at_least) == (not closed)
    for text in ("length(line)", "depth(pile)"):
        (outcome,) = session.execute(text)
        assert outcome.value == 3
        assert any("at least 3" in note for note in outcome.notes) == (not closed)
    assert structures.found(session.run("top(pop(pile))")[0]) == "fish"
    assert list(session.run("decode(line, 2)")[0].name) == ["mark", "fish"]


def test_a_chain_keeps_no_item_as_often_as_its_period():
    session = structures.world("mcr:8")
    assert structures.found(session.run("top(chain(mark, mark, fish))")[0]) == "mark"
    with pytest.raises(structures.VsaError, match="an item bound with itself 8 times is nothing"):
        session.run(f"chain({', '.join(['mark'] * 8)})")


def test_nothing_is_claimed_of_what_is_not_there():
    """A short vector points somewhere for certain, and what is bound may resemble its parts."""
    for algebra in ("tensor:3", "bsdc-cdt"):
        session = structures.world(algebra)
        for text in ("value(mark * x, y)", "variable_of(mark * x, fish)"):
            assert session.run(text)[0].is_nothing


def test_the_page_says_what_is_seen():
    text, mark = PAGE.read_text(encoding="utf-8"), "{figures}"
    before, after = structures.page_of(mark).split(mark)
    assert text.startswith(before)
    assert text.endswith(after)


def test_the_tables_of_algebras_are_those_of_the_classes():
    text = tables.PAGE.read_text(encoding="utf-8")
    assert tables.with_tables(text) == text


def test_the_figures_of_the_page_come_out_again():
    """With fewer runs: what is always right there is, the rest is not far from it."""
    rows = re.findall(r"^\| `([^`]+)` \d+ \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert [name for name, _ in rows] == list(DIMS)
    figures = {name: dict(zip(READ, row.split(" | "), strict=True)) for name, row in rows}
    for algebra in ("hrr", "bsc", "sbc:16", "tvtb", "mbat"):
        for name in ("sequence of 16", "stack of 8", "frame of 5 parts"):
            written = figures[algebra][name]
            assert structures.accuracy(algebra, name, 4) == pytest.approx(float(written), abs=0.15)
    assert figures["bsdc-cdt"]["60 items in chunks of 5"] == "–"
    figures.pop("tensor:3")
    for row in figures.values():
        for name in ("sequence of 16", "stack of 8", "frame of 5 parts"):
            assert row[name] == "–" or float(row[name]) > 0.3
