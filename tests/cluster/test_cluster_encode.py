"""Batch encoding: the vectors of single calls, whatever they are encoded from and written as."""

from functools import partial

import numpy as np
import pytest
import records
from records import RECORDS, SPACE, encoded, files, frames
from vsa_plugins.algebras.map import MAPB
from vsa_plugins.frame import frame
from vsa_plugins.sequence import decode, sequence

import vsa
from vsa.cluster import Frames, Sequences, encode

pytest.importorskip("zarr")
pytest.importorskip("pyarrow")

small_blocks, inputs = records.small_blocks, records.inputs  # fixtures
TEXTS = ["holographic", "a", "", "reduced", "reduced representations", "ab"]


# --- what is encoded -----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["zarr", "parquet"])
@pytest.mark.parametrize("form", ["packed", "real"])
@pytest.mark.parametrize("algebra", ["hrr", MAPB], ids=str)
def test_records_are_frames(kind, form, algebra, tmp_path, monkeypatch):
    space = vsa.Space(dim=128, algebra=algebra, seed=5)
    if algebra is MAPB:  # a space is known by the name of its algebra, which a plugin would supply
        monkeypatch.setattr("vsa.algebra.space.find_algebra", lambda a: MAPB)
    monkeypatch.setattr("vsa.encode.atoms.KEPT_BYTES", 20 * 1024)  # of 43 atoms some 20 stay
    there = encoded(tmp_path, files=kind, form=form, space=space)
    assert there.complete
    assert there.names() == [r["id"] for r in RECORDS]
    vectors = there.vectors()
    assert vectors.shape == (200,)
    for found, wanted in zip(vectors, frames(space), strict=True):
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)
    some = [3, 4, 63, 64, 65, 130, 199]
    np.testing.assert_array_equal(there.take(some).numpy(), vectors[np.array(some)].numpy())
    np.testing.assert_array_equal(there.vectors(60, 130).numpy(), vectors[60:130].numpy())
    assert there.names(62, 66) == ["r62", "r63", "r64", "r65"]


def test_others_can_read_the_files(tmp_path):
    import pyarrow.parquet
    import zarr

    encoded(tmp_path / "z", form="real")
    encoded(tmp_path / "p", form="real", files="parquet")
    wanted = np.array([f.numpy() for f in frames()])
    group = zarr.open_group(tmp_path / "z" / "vectors.zarr", mode="r")
    assert group["vectors"].dtype == np.float32
    np.testing.assert_allclose(group["vectors"][:], wanted, atol=1e-6)
    assert list(group["names"][:3]) == ["r0", "r1", "r2"]
    table = pyarrow.parquet.read_table(tmp_path / "p" / "vectors.parquet")
    assert table.column("name").to_pylist()[199] == "r199"
    vectors = np.stack(table.column("vector").to_numpy())
    np.testing.assert_array_equal(vectors, group["vectors"][:])


@pytest.mark.parametrize("unit", ["letters", "words"])
def test_texts_are_sequences(unit, tmp_path):
    there = encoded(tmp_path, TEXTS, Sequences(sequence, unit=unit), names=None)
    cut = list if unit == "letters" else str.split
    for text, found in zip(TEXTS, there.vectors(), strict=True):
        items = SPACE.atoms(*cut(text))
        wanted = sequence(*items) if items else SPACE.zero()
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)
    with pytest.raises(vsa.VsaError, match="has no names"):
        there.names()


def test_long_and_short_texts_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("vsa.encode.encoders.ITEM_BYTES", 40 * 2 * 128 * 4)
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcd"), rng.integers(0, 30))) for _ in range(100)]
    there = encoded(tmp_path, {"text": texts}, Sequences(sequence), names=None)
    for text, found in zip(texts, there.vectors(), strict=True):
        wanted = sequence(*SPACE.atoms(*text)) if text else SPACE.zero()
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)


def test_encoded_texts_are_decoded(tmp_path):
    space = vsa.Space(dim=1024)
    memory = vsa.Memory(space)
    letters = sorted(set("".join(TEXTS)))
    memory.add(letters, space.batch(letters))
    text = "reduced representations"
    there = encoded(tmp_path, [text], Sequences(sequence), names=None, space=space)
    assert "".join(decode(there.vectors()[0], len(text), memory=memory).name) == text


def test_heads_prefixes_and_empty_slots(tmp_path):
    records = [{"agt": "mark", "obj": None}, {"agt": True, "obj": 7}]
    atom = SPACE.atom
    for name, options, wanted in (
        (
            "a", {"of": "eat", "missing": "empty"},
            [frame(atom("eat"), agt=atom("mark")),
             frame(atom("eat"), agt=atom("True"), obj=atom("7"))],
        ),
        (
            "b", {"missing": "empty", "prefix": True},
            [frame(SPACE.zero(), agt=atom("agt mark")),
             frame(SPACE.zero(), agt=atom("agt True"), obj=atom("obj 7"))],
        ),
        (
            "c", {"slots": ("agt",)},
            [frame(SPACE.zero(), agt=atom("mark")), frame(SPACE.zero(), agt=atom("True"))],
        ),
        ("d", {"slots": (), "of": "eat"}, [atom("eat"), atom("eat")]),
    ):  # fmt: skip
        there = encoded(tmp_path / name, records, Frames(frame, **options), names=None)
        found = there.vectors().numpy()
        np.testing.assert_allclose(found, [w.numpy() for w in wanted], atol=1e-5)


def twice(space, rows, times=2):
    """A function of the user's own."""
    return rows.atoms(space, "agt").scale(float(times)) + rows.atoms(space, "obj")


def test_a_function_of_ones_own(client, tmp_path):
    here = encoded(tmp_path / "here", encoder=partial(twice, times=3))
    encoded(tmp_path / "there", encoder=partial(twice, times=3), client=client)
    assert files(tmp_path / "here") == files(tmp_path / "there")
    wanted = 3 * SPACE.atom(RECORDS[9]["agt"]) + SPACE.atom("9")
    np.testing.assert_allclose(here.vectors()[9].numpy(), wanted.numpy(), atol=1e-5)
    with pytest.raises(vsa.VsaError, match="was begun with another encoder"):
        encoded(tmp_path / "here", encoder=partial(twice, times=4))


# --- where from ----------------------------------------------------------------------------------
@pytest.mark.parametrize("what", ["columns", "table", "frame", "structured", "one", "many"])
def test_every_source_of_the_same_records_gives_the_same_vectors(inputs, what, tmp_path):
    expected = encoded(tmp_path / "records")
    there = encoded(tmp_path / "other", inputs[what])
    assert there.names() == expected.names()
    np.testing.assert_array_equal(there.vectors().numpy(), expected.vectors().numpy())


def test_frames_and_series_of_pandas(tmp_path):
    pandas = pytest.importorskip("pandas")
    expected = encoded(tmp_path / "records", RECORDS[1:])
    there = encoded(tmp_path / "frame", pandas.DataFrame(RECORDS)[1:])  # its index begins with 1
    assert there.names() == expected.names()
    np.testing.assert_array_equal(there.vectors().numpy(), expected.vectors().numpy())
    texts = ["a rose", "is a rose"]
    by = Sequences(sequence, unit="words")
    one, two = (
        encode(source, tmp_path / name, by, space=SPACE, progress=False).vectors()
        for name, source in (("texts", texts), ("series", pandas.Series(texts)))
    )
    np.testing.assert_array_equal(one.numpy(), two.numpy())
    twice = pandas.DataFrame([["a", "b"]], columns=["agt", "agt"])
    with pytest.raises(
        vsa.VsaError, match="the DataFrame cannot be read as a table of Arrow: Dupl"
    ):
        encoded(tmp_path / "twice", twice)


@pytest.mark.parametrize("kind", ["npy", "zarr", "array"])
def test_an_array_of_items_is_encoded_as_sequences(kind, tmp_path):
    import zarr

    array = np.arange(300).reshape(100, 3) % 11
    path = tmp_path / f"items.{kind}"
    if kind == "npy":
        np.save(path, array)
    elif kind == "zarr":
        zarr.save_array(path, array)
    encoder = Sequences(sequence, column="items", unit="items")
    there = encoded(tmp_path / "out", array if kind == "array" else path, encoder, names=None)
    for row, found in zip(array[::9], there.vectors()[::9], strict=True):
        wanted = sequence(*SPACE.atoms(*map(str, row)))
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)
