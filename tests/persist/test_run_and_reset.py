"""`:run file`, all of it or nothing, and `:reset`, which asks before anything is lost."""

import pytest

from vsa import Session, Space, VsaError
from vsa.lang.show import show
from vsa.terminal.report import TextReporter
from vsa.terminal.run import Runner

GOOD = "atom mark, fish\nx = 3\nx + 1\nf = frame(mark, agt=fish)\nf.agt\n"


@pytest.fixture
def session():
    return Session(Space(dim=512))


@pytest.fixture
def script(tmp_path):
    def write(text, name="s.vsa"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def said(session, text):
    return show(session, session.run(text)[-1])


# --- :run --------------------------------------------------------------------------------------
def test_what_a_file_prints_is_printed(session, script):
    path = script(GOOD)
    assert said(session, f":run {path}").splitlines() == ["4", "fish  0.69  certain"]
    assert session.values["x"] == 3
    assert session.history == ["atom mark, fish", "x = 3", "f = frame(mark, agt=fish)"]
    assert (
        said(session, f":run {script('y = 1; z = 2', 'o.vsa')}") == "2 statements were carried out"
    )


def test_undo_takes_all_of_it_back(session, script):
    session.run(f"atom john; :run {script(GOOD)}")
    assert said(session, ":undo").startswith("undone: :run ")
    assert (list(session.values), list(session.memory)) == (["john"], ["john"])
    assert session.history == ["atom john"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "x + unknown", "s.vsa:6:5: unknown name 'unknown'; declare"),
        (GOOD + "x +", "s.vsa:6:3: a value is missing after '+'"),
        (GOOD + ":undo", "s.vsa:6:1: :undo does not go together with what is run as one; type it"),
        (GOOD + ":reset yes", "s.vsa:6:1: :reset does not go together with what is run as one"),
        (GOOD + ":run s.vsa", "s.vsa:6:1: :run does not go together with what is run as one"),
        (GOOD.encode() + b"\xff", "s.vsa: this is no text in UTF-8, from byte 60 on"),
    ],
)
def test_a_file_that_fails_leaves_no_trace(session, script, text, message):
    session.run("atom john")
    path = script(text)
    with pytest.raises(VsaError) as caught:
        session.run(f":run {path}")
    assert message in str(caught.value)
    assert (list(session.values), list(session.memory)) == (["john"], ["john"])
    assert session.history == ["atom john"]


def test_a_file_that_is_none_is_named(session, tmp_path):
    with pytest.raises(VsaError, match="there is no file"):
        session.run(f":run {tmp_path / 'none.vsa'}")
    with pytest.raises(VsaError, match=r":run needs 'path': :run path"):
        session.run(":run")


def test_quit_ends_the_file_and_not_the_session(session, script):
    assert said(session, f":run '{script('x = 1; x; :quit; y = 2')}'") == "1"
    assert list(session.values) == ["x"]


def test_notes_are_passed_on(session, script):
    outcome = next(iter(session.execute(f":run {script('pi = 3')}")))
    assert outcome.notes == ("pi is yours now, and no longer 3.14159",)


def test_it_is_kept_as_it_was_undone_as_it_was(session, script, tmp_path):
    session.save(tmp_path / "kept.vsa")
    session.run(f":run {script(GOOD)}")
    session.close()
    with Session.open(tmp_path / "kept.vsa") as again:
        assert said(again, "f.agt") == "fish  0.69  certain"


# --- :reset ------------------------------------------------------------------------------------
def test_without_a_yes_a_script_loses_nothing(session, script):
    session.run(GOOD)
    for text in (":reset", ":reset dim=64"):
        with pytest.raises(VsaError, match=f"4 items would be forgotten: {text} yes does it"):
            session.run(text)
    assert session.values["x"] == 3


@pytest.mark.parametrize("typed", ["y", "yes", "YES ", "n", "", "what", None])
def test_at_a_terminal_it_asks(session, typed, monkeypatch, capsys):
    def answer():
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr("builtins.input", answer)
    session.on_question = Runner(session, TextReporter(located=True, caret=False)).answered
    session.run(GOOD)
    counted = session.counted
    yes = (typed or "").strip().lower() in ("y", "yes")
    assert said(session, ":reset") == (
        "empty; :undo takes it back" if yes else "nothing was changed"
    )
    assert capsys.readouterr().err.startswith(f"forget {counted}? [y/N] ")
    assert bool(session.values) is not yes


def test_an_empty_session_asks_nothing(session):
    session.on_question = lambda question: pytest.fail(question)
    assert said(session, ":reset") == "empty, as it was"
    assert said(session, ":reset dim=64") == "empty, of dim 64"
    assert session.space.dim == 64


def test_everything_goes_and_undo_brings_it_back(session):
    session.run(GOOD + 'def g(y) = y; vocabulary("few", {mark})')
    before = {name: dict(section) for name, section in session.sections.items()}
    names = list(session.memory)
    assert said(session, ":reset yes") == "empty; :undo takes it back"
    assert not any(session.sections.values())
    assert (list(session.memory), session.memory.scopes) == ([], {})
    assert said(session, "atom eat; top(push(nil, eat)) == eat") == "true"
    session.run(":undo; :undo")
    assert {name: dict(section) for name, section in session.sections.items()} == before
    assert sorted(session.memory) == sorted(names)
    assert said(session, "f.agt") == "fish  0.69  certain"
    assert said(session, 'cleanup(mark + fish, among="few")').startswith("mark")


def test_the_file_of_a_session_is_emptied_and_filled_again(session, tmp_path):
    path = tmp_path / "kept.vsa"
    session.run(GOOD)
    session.save(path)
    with pytest.raises(VsaError, match=f"4 items in {path} would be forgotten: :reset yes does it"):
        session.run(":reset")
    session.run(":reset yes")
    session.close()
    with Session.open(path) as again:
        assert (list(again.values), list(again.memory), again.history) == ([], [], [])
        again.run("atom john")
    with Session.open(path) as again:
        assert list(again.values) == ["john"]


def test_another_dimension_leaves_the_file_as_it_was(session, tmp_path):
    path = tmp_path / "kept.vsa"
    session.run(GOOD)
    session.save(path)
    told = said(session, ":reset dim=64")
    assert told == (
        f"empty, of dim 64; {path} has what was there, and this session is kept in no file"
    )
    assert (session.space.dim, session.file, dict(session.values)) == (64, None, {})
    session.run("atom mark")
    with Session.open(path) as again:
        assert said(again, "f.agt") == "fish  0.69  certain"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":reset now", ":reset takes dim=512, or yes, and not 'now'"),
        (":reset dim=x yes", ":reset takes dim=512, or yes, and not 'dim=x'"),
        (":reset dim=1 yes", "dim must be a whole number of at least 2, not 1"),
    ],
)
def test_what_it_does_not_know_changes_nothing(session, text, message):
    session.run(GOOD)
    with pytest.raises(VsaError) as caught:
        session.run(text)
    assert str(caught.value) == message
    assert session.values["x"] == 3


def test_results_begin_anew_with_the_space(session):
    runner = Runner(session, TextReporter(located=True, caret=False))
    runner.run("1 + 1; :reset dim=64 yes", "<input>")
    assert session.results.count == 0
