"""What a statement leaves in the file: all that can be read back, at a cost that does not grow."""

import pytest

import vsa
from vsa.persist.reader import Reader, UnreadableError
from vsa.plugin import pictured


@pytest.mark.parametrize(
    ("text", "shown"), [("members(mark * fish)", "[]"), ("[mark, fish]", None), ("{}", "{}")]
)
def test_a_value_with_nothing_in_it_is_read_back(tmp_path, text, shown):
    with vsa.Session.open(tmp_path / "s.vsa", vsa.Space(dim=64)) as session:
        session.run(f"atom mark, fish; m = {text}")
    with vsa.Session.open(tmp_path / "s.vsa") as again:
        (value,) = again.run("m")
        assert shown is None or str(value) == shown


def test_an_overflow_is_noted_and_costs_no_file(tmp_path):
    with vsa.Session.open(tmp_path / "s.vsa", vsa.Space(dim=64)) as session:
        statements = "atom mark; a = 1e15 * mark; b = 1e15 * a; c = 1e15 * b; d = mark"
        notes = [note for outcome in session.execute(statements) for note in outcome.notes]
    assert "overflow in the arithmetic" in notes
    assert notes[-1] == (
        "'c' is not in s.vsa: a vector with NaN or infinite components cannot be saved"
    )
    with vsa.Session.open(tmp_path / "s.vsa") as again:
        assert list(again.values) == ["mark", "a", "b", "d"]


def test_a_statement_reads_as_much_of_a_long_file_as_of_a_short_one(tmp_path):
    """The steps that SQLite takes for a statement do not grow with the statements before it."""
    steps = 0

    def step():
        nonlocal steps
        steps += 1

    with vsa.Session.open(tmp_path / "s.vsa", vsa.Space(dim=16)) as session:
        session.run("atom x")
        session.journal.keeper.database._connection.set_progress_handler(step, 1)
        taken = []
        for count in (100, 1000):
            while len(session.memory) < count:
                session.run(f"atom n{len(session.memory)}")
            before = steps
            session.run(f"atom a{count}")
            session.run(f"k{count} = token(x)")
            taken.append(steps - before)
    assert 0 < taken[1] <= 1.1 * taken[0]


def test_a_label_may_be_that_of_another_vector(tmp_path):
    """The key of a name is not its atom where atoms are Gaussian, and zero has a sign."""
    space = vsa.Space(dim=64, atoms="gaussian")
    odd = space.atom("fish")
    odd.data.real[3] = 0.0
    odd.label = "fish"
    with vsa.Session.open(tmp_path / "s.vsa", space) as session:
        session.run('k = key("mark")')
        session.set("odd", odd)
    with vsa.Session.open(tmp_path / "s.vsa") as again:
        for name, value in session.values.items():
            assert again.values[name].label == value.label is not None
            assert again.values[name].data.tobytes() == value.data.tobytes()


def test_a_sweep_that_is_kept_has_its_intervals(tmp_path):
    """And what its answers said, so that it is drawn as before."""
    with vsa.Session.open(tmp_path / "s.vsa", vsa.Space(dim=64)) as session:
        session.run('atom a, b; s = a; w = sweep("dim", 8, 64, cleanup(s + b), trials=5)')
        made = session.values["w"]
    with vsa.Session.open(tmp_path / "s.vsa") as again:
        kept = again.values["w"]
        again.run("x = w")  # written once more
    with vsa.Session.open(tmp_path / "s.vsa") as again:
        for found in (kept, again.values["x"]):
            assert (found.rows, found.bars, found.trials) == (made.rows, made.bars, 5)
            assert str(found) == str(made)
            assert pictured(found).vsa_json() == pictured(made).vsa_json()
            said, right = pictured(found).series
            assert right.error.shape == (2, len(found.rows))
            assert said.line


@pytest.mark.parametrize("odd", ["[]", "[[0.5]]", '["dim",[[8,1.0]],"right",5,[]]'])
def test_a_sweep_that_says_no_such_thing_is_refused(odd):
    session = vsa.Session(vsa.Space(dim=16))
    reader = Reader(session.memory, session.plugins, lambda number: None)
    text = f'{{"type": "Sweep", "plugin": "explain", "state": {odd}}}'
    with pytest.raises(UnreadableError):
        reader.decode(text, [])
