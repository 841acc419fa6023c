"""Export as safetensors and JSON, and back."""

import json
import sys

import numpy as np
import pytest
from test_kept_sessions import ASKED, ROYAL, STATEMENTS, same, shown

import vsa
from vsa.persist import keeper, open_session
from vsa.persist.exchange import export_session, import_session

pytest.importorskip("safetensors", reason="the extra 'exchange' brings it")


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=512))
    session.run(STATEMENTS)
    session.run(f'load_family("{ROYAL}"); e = person("Edward", born=1841); m = mother(e)')
    session.memory.rename("eat", "feed")
    return session


def test_there_and_back(tmp_path, session):
    assert export_session(session, tmp_path / "out") == ["out.json", "out.safetensors"]
    other = vsa.Session(vsa.Space(dim=512))
    import_session(other, tmp_path / "out.json")
    same(session, other)
    asked = ASKED.replace("eat", "feed")
    assert shown(other, asked) == shown(session, asked)


def test_what_other_programs_see(tmp_path, session):
    export_session(session, tmp_path / "out")
    from safetensors.numpy import load_file

    tensors = load_file(tmp_path / "out.safetensors")
    said = json.loads((tmp_path / "out.json").read_text())
    names = said["names"]
    row = names.index("mark")
    real = session.space.atom("mark").numpy()
    packed = session.space.algebra.pack(session.space.atom("mark").data)
    np.testing.assert_allclose(tensors["rows"][row] * tensors["norms"][row], packed, atol=1e-6)
    assert np.linalg.norm(tensors["rows"], axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(real) == pytest.approx(tensors["norms"][row], abs=1e-5)
    spectrum = tensors["values/x/0"]  # of complex numbers, as pairs
    np.testing.assert_array_equal(
        spectrum[..., 0] + 1j * spectrum[..., 1], session.values["x"].data
    )


def test_into_a_kept_session(tmp_path, session):
    export_session(session, tmp_path / "out")
    with open_session(tmp_path / "kept.vsa", vsa.Space(dim=512)) as other:
        other.run(f":import {tmp_path / 'out'}")
        other.run("n = n + 1")
    with open_session(tmp_path / "kept.vsa") as again:
        assert again.values["n"] == 4
        assert list(again.memory) == list(session.memory)


def test_a_large_memory_goes_through_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 32 * 4)
    space = vsa.Space(dim=32)
    names = [f"n{i}" for i in range(50)]
    with open_session(tmp_path / "a.vsa", space) as one:
        one.memory.add(names, space.batch(names))
        assert one.run(f":export {tmp_path / 'out'}") == ["written: out.json, out.safetensors"]
    with open_session(tmp_path / "b.vsa", space) as two:
        import_session(two, tmp_path / "out")
        assert list(two.memory) == names
    assert (tmp_path / "b.vsa-rows").exists()
    assert not (tmp_path / "out.json-rows").exists()


def rounded(arrays, dtype):
    """Every float of a file in another precision, as bytes of a file."""
    import torch
    from safetensors.torch import save as save_tensors

    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    return save_tensors(
        {name: t.to(dtype) if t.is_floating_point() else t for name, t in tensors.items()}
    )


@pytest.fixture
def small():
    session = vsa.Session(vsa.Space(dim=512))
    session.run("atom mark, fish, agt; x = 3 * mark + fish * agt; t = push(push(nil, mark), fish)")
    return session


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_floats_of_any_precision_are_read(tmp_path, small, dtype):
    torch = pytest.importorskip("torch")
    from safetensors.numpy import load_file

    export_session(small, tmp_path / "out")
    arrays = load_file(tmp_path / "out.safetensors")
    (tmp_path / "out.safetensors").write_bytes(rounded(arrays, getattr(torch, dtype)))
    other = vsa.Session(vsa.Space(dim=512))
    import_session(other, tmp_path / "out")
    assert other.run("top(t)")[0].name == "fish"
    error = {"float64": 0, "float16": 2e-3, "bfloat16": 1e-2}[dtype]
    x, y = (one.values["x"].data for one in (small, other))
    assert np.abs(x - y).max() <= error * np.abs(x).max()
    one, two = (np.asarray(s.memory.table.rows) for s in (small, other))
    assert np.abs(one - two).max() <= error
    np.testing.assert_allclose(np.linalg.norm(two, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "dtype", "message"),
    [
        ("rows", np.int8, "is of int8, and what is read is float64, float32, float16, bfloat16"),
        ("values/x/0", np.uint16, "is of uint16, and what is read is float64, "),
        ("norms", np.complex64, "is of C64, and what is read is float64, "),
        ("own", np.float32, "is of float32, and what is read is uint8: convert it"),
        ("kinds", np.int64, "is of int64, and what is read is uint64: convert it"),
    ],
)
def test_numbers_of_another_kind_are_refused_by_name(tmp_path, small, name, dtype, message):
    from safetensors.numpy import load_file, save_file

    export_session(small, tmp_path / "out")
    arrays = load_file(tmp_path / "out.safetensors")
    save_file({**arrays, name: arrays[name].astype(dtype)}, tmp_path / "out.safetensors")
    other = vsa.Session(vsa.Space(dim=512))
    with pytest.raises(vsa.VsaError) as error:
        import_session(other, tmp_path / "out")
    assert str(error.value).startswith(f"{name!r} in out.safetensors {message}")
    assert not other.values


def test_errors(tmp_path, session, monkeypatch):
    from safetensors.numpy import load
    from safetensors.numpy import save as save_arrays

    export_session(session, tmp_path / "out")

    def says(call, *args):
        with pytest.raises(vsa.VsaError) as error:
            call(*args)
        return str(error.value)

    assert says(export_session, session, tmp_path / "out") == (
        "out.json exists already: choose another name"
    )
    assert says(import_session, session, tmp_path / "out") == (
        "this session has names already: import into a new one"
    )
    empty = vsa.Session(vsa.Space(dim=512))
    missing = f"there is no file {tmp_path}/none.json"
    assert says(import_session, empty, tmp_path / "none").startswith(missing)
    small = vsa.Session(vsa.Space(dim=64))
    assert says(import_session, small, tmp_path / "out") == (
        "out.json has dim 512, not dim 64 as this session: begin one with vsa --dim 512"
    )
    tensors = tmp_path / "out.safetensors"
    data = tensors.read_bytes()
    tensors.write_bytes(data[:1000])
    assert "out.safetensors is damaged: it is not what was exported" in says(
        import_session, empty, tmp_path / "out"
    )
    arrays = load(data)
    for name, array in (("rows", 2 * arrays["rows"]), ("norms", arrays["norms"][:3])):
        tensors.write_bytes(save_arrays({**arrays, name: array}))
        assert "out.safetensors is damaged: it is not what was exported" in says(
            import_session, empty, tmp_path / "out"
        )
    tensors.write_bytes(save_arrays({k: a for k, a in arrays.items() if k != "rows"}))
    assert "out.safetensors is damaged: it is not what was exported (it has no 'rows')" in says(
        import_session, empty, tmp_path / "out"
    )
    tensors.write_bytes(data)
    text = (tmp_path / "out.json").read_text()
    (tmp_path / "out.json").write_text(text.replace("vsa session 1", "vsa session 2"))
    assert "its format is 'vsa session 2', and 'vsa session 1' is read" in says(
        import_session, empty, tmp_path / "out"
    )
    said = json.loads(text)
    for other, why in (
        ("5", "a dictionary is wanted, not 5"),
        ("{", "it is no JSON, "),
        (json.dumps({**said, "sections": 3}), "its names and sections are not lists"),
        (json.dumps({**said, "names": "mark"}), "its names and sections are not lists"),
        (json.dumps({k: v for k, v in said.items() if k != "names"}), "it has no 'names'"),
    ):
        (tmp_path / "out.json").write_text(other)
        assert f"out.json is damaged: it is not what was exported ({why}" in says(
            import_session, empty, tmp_path / "out"
        )
    for call in (export_session, import_session):
        assert says(call, empty, "") == "no file is named: give the export a name, such as work"
        assert says(call, empty, "/") == "/ is a folder: name a file in it"
    assert not empty.values
    assert not len(empty.memory)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    assert says(export_session, session, tmp_path / "x") == (
        "exchange needs the package 'safetensors': pip install \"vsa-algebra[exchange]\""
    )
