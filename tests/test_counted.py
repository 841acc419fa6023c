"""How much there is: the toolbar and every command say the same, and a note is said once."""

import pytest
from prompt_toolkit.formatted_text import to_plain_text

import vsa
from vsa.errors import CapacityWarning, Note
from vsa.notes import once
from vsa.terminal.prompt import status


def test_every_place_counts_alike(tmp_path):
    with vsa.Session.open(tmp_path / "s.vsa", vsa.Space(dim=64)) as session:
        # a name for what has one already, an item that is gone, a slot, and a frame without a name
        session.run("atom mark, fish, eat; other = mark; x = mark * fish; remember(x); forget(x)")
        session.run('def f(v) = v * mark; slot(frame(eat, agt=mark), "agt")')
        counted = session.counted
        assert counted == f"6 names, {len(list(session.memory))} items"
        assert session.run(":check") == [f"s.vsa is as it was written: {counted}"]
        seen = to_plain_text(status(session, "")).split("  ")
        assert {*counted.split("  "), "s.vsa"} <= set(seen)
        assert len(session.run(":names")[0].splitlines()) == 6
        assert sum(n for _, n in session.run("kinds()")[0].rows) == len(session.memory)
        session.run(f":export {tmp_path / 'out'}")
    other = vsa.Session(vsa.Space(dim=64))
    assert other.run(f":import {tmp_path / 'out'}") == [counted]
    with pytest.raises(vsa.VsaError, match=f"its {counted} would be lost"):
        other.run(f":load {tmp_path / 's.vsa'}")
    assert vsa.Session(vsa.Space(dim=64)).run(f":load {tmp_path / 's.vsa'}") == [counted]


def test_a_note_is_said_once_for_a_statement():
    session = vsa.Session(vsa.Space(dim=256))
    names = [f"a{i}" for i in range(40)]
    session.run(f"atom {', '.join(names)}; s = {'push(' * 40}nil, {'), '.join(names)})")
    outcomes = list(session.execute("top(s); top(pop(pop(pop(s)))); {top(s), top(pop(s))}"))
    (first,) = outcomes[0].notes
    assert first.startswith("a stack of about ")
    assert [outcome.notes for outcome in outcomes[1:]] == [(first,), (first,)]


def test_notes_about_different_things_are_all_said():
    notes = [Note("x1 is not kept"), Note("x2 is not kept"), CapacityWarning("3 of 4"), Note("x1")]
    assert once([*notes, *notes]) == ("x1 is not kept", "x2 is not kept", "3 of 4", "x1")
