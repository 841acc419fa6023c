"""Values at the edge of what there is: what is written can be read, and what cannot is told."""

import pytest

import vsa


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
