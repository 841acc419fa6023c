"""Columns of numbers in batch encoding: by a code, streamed as everything else."""

import numpy as np
import pytest
import records
from records import SPACE, encoded, files
from vsa_plugins.frame import frame, role

import vsa
from vsa.cluster import Frames
from vsa.errors import ArgumentTypeError, VsaError
from vsa.numbers import Circular, Level, Power

pytest.importorskip("zarr")
pytest.importorskip("pyarrow")

small_blocks = records.small_blocks  # a fixture
AGES = np.random.default_rng(0).uniform(0, 100, 200)
ROWS = [
    {"id": f"r{i}", "verb": "eat", "age": float(age), "year": 1900 + i % 120}
    for i, age in enumerate(AGES)
]


def by_codes(space=SPACE, **options):
    codes = {"age": Power(space, 0, 100), "year": Power(space, 1900, 2020, name="year")}
    return Frames(frame, head="verb", numbers=codes, **options)


@pytest.mark.parametrize("algebra", ["hrr", "fhrr", "map-b", "bsc", "ghrr:2", "sbc:16"])
def test_records_with_numbers_are_frames_of_codes(algebra, tmp_path):
    space = vsa.Space(128, algebra=algebra)
    make = Power if "fractional" in space.algebra.laws else Level
    age, hour = make(space, 0, 100), Circular(space, 0, 120)
    encoder = Frames(frame, head="verb", numbers={"age": age, "year": hour})
    rows = [{**row, "year": row["year"] % 120} for row in ROWS]
    found = encoded(tmp_path, rows, encoder, space=space).vectors()
    for i in (0, 63, 64, 199):
        wanted = frame(
            space.atom("eat"), age=age.encode(AGES[i]), year=hour.encode(rows[i]["year"])
        )
        np.testing.assert_allclose(found[i].numpy(), wanted.numpy(), atol=1e-5)


def test_numbers_are_read_back(tmp_path):
    space = vsa.Space(1024)
    encoder = by_codes(space)
    found = encoded(tmp_path, ROWS[:40], encoder, space=space).vectors()
    read = encoder.numbers["age"].decode(found / role("age", space.atom("eat")))
    assert np.median(np.abs(read.value - AGES[:40])) < 0.5
    assert (read.probability > 0.9).all()


def test_a_null_is_an_empty_slot_or_an_error(tmp_path):
    rows = [dict(row) for row in ROWS]
    rows[70]["age"] = None
    found = encoded(tmp_path / "a", rows, by_codes(missing="empty")).vectors()
    code = by_codes().numbers["year"]
    wanted = frame(SPACE.atom("eat"), year=code.encode(rows[70]["year"]), age=SPACE.zero())
    np.testing.assert_allclose(found[70].numpy(), wanted.numpy(), atol=1e-5)
    with pytest.raises(VsaError) as error:
        encoded(tmp_path / "b", rows, by_codes())
    assert str(error.value) == (
        "row 70, column 'age' is null: fill it in, or say missing=\"empty\""
    )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("old", "row 70, column 'age' holds str 'old', which is no number"),
        (True, "row 70, column 'age' holds bool 'True', which is no number"),
        (float("inf"), "row 70, column 'age' holds inf, which is not finite"),
        (float("nan"), "row 70, column 'age' holds nan, which is not finite"),
    ],
)
def test_what_is_no_number_is_named_by_its_row(cell, said, tmp_path):
    rows = [dict(row) for row in ROWS]
    rows[70]["age"] = cell
    with pytest.raises(VsaError) as error:
        encoded(tmp_path, rows, by_codes())
    assert str(error.value) == said


def test_numbers_out_of_the_range_are_noted(tmp_path):
    rows = [{**row, "age": row["age"] + 20} for row in ROWS]
    with pytest.warns(match=r"out of the range 0 to 100$"):
        encoded(tmp_path, rows, by_codes())


def test_a_folder_of_another_range_is_not_continued(tmp_path):
    encoded(tmp_path, ROWS, by_codes())
    before = files(tmp_path)
    encoded(tmp_path, ROWS, by_codes())
    other = Frames(frame, head="verb", numbers={**by_codes().numbers, "age": Power(SPACE, 0, 99)})
    with pytest.raises(VsaError, match="encoder"):
        encoded(tmp_path, ROWS, other)
    assert files(tmp_path) == before


def test_workers_write_the_same(client, tmp_path):
    encoded(tmp_path / "here", ROWS, by_codes())
    encoded(tmp_path / "there", ROWS, by_codes(), client=client)
    assert files(tmp_path / "here") == files(tmp_path / "there")


@pytest.mark.parametrize(
    ("numbers", "kind", "said"),
    [
        (
            {"age": 5}, VsaError,
            "numbers has int for 'age': give a code, as vsa.numbers.Power(space, 0, 100)",
        ),
        ({"age": Power(SPACE)}, VsaError,
         "the range is not known yet: give low and high, or fit(data)"),
        (["age"], ArgumentTypeError, """numbers must be a dictionary: {"age": code}, not list"""),
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused(numbers, kind, said):
    with pytest.raises(kind) as error:
        Frames(frame, head="verb", numbers=numbers)
    assert str(error.value) == said


def test_a_column_that_is_not_there(tmp_path):
    for slots, column, said in (
        (None, "aged", "the input has no column 'aged': did you mean 'age'?"),
        (("year",), "age", "'age' has a code of numbers and is no slot: name it in slots"),
    ):
        with pytest.raises(VsaError) as error:
            encoded(
                tmp_path, ROWS,
                Frames(frame, head="verb", slots=slots, numbers={column: Power(SPACE, 0, 1)}),
            )  # fmt: skip
        assert str(error.value) == said
