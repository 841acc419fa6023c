"""docs/reference/cluster.md and the example do what they say."""

import importlib.util
import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from vsa.cluster import Encoded

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "cluster.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

pytest.importorskip("zarr")
pytest.importorskip("pyarrow")


def test_the_code_of_the_page_runs(client, tmp_path):
    start, *blocks = BLOCKS
    assert "LocalCluster" in start  # the fixture stands for it
    assert len(blocks) == 3
    names = {"client": client, "folder": tmp_path}
    for block in blocks:
        exec(compile(block, "cluster.md", "exec"), names)


def test_the_page_names_what_there_is():
    import vsa.cluster

    for name in vsa.cluster.__all__:
        assert f"`{name}" in PAGE or f"{name}(" in PAGE, name


@pytest.fixture
def example():
    path = ROOT / "examples" / "encode_records.py"
    spec = importlib.util.spec_from_file_location("encode_records", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_encodes_and_asks(example, client, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(example, "cluster_of", lambda workers, stack: client if workers else None)
    run = ["--rows", "3000", "--dim", "512", "--out", str(tmp_path)]
    example.main([*run, "--workers", "2"])
    printed = capsys.readouterr().out
    assert "3000 frames of dim 512 in" in printed
    assert float(re.search(r"three slots of four: ([\d.]+)%", printed)[1]) > 95
    encoded = Encoded(tmp_path / "frames 3000 512")
    marked = (encoded.path / "done" / "000000").stat().st_mtime_ns
    example.main([*run, "--workers", "0"])  # it is all there already
    assert (encoded.path / "done" / "000000").stat().st_mtime_ns == marked
    with pytest.raises(SystemExit):
        example.main(["--rows", "0"])


def test_the_example_starts_no_processes_for_work_here(example):
    with nullcontext() as stack:
        assert example.cluster_of(0, stack) is None
