"""Records that are encoded, in every shape of a source, and what is compared of the files."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from vsa_plugins.frame import frame

import vsa
from vsa.cluster import Frames, encode

SPACE = vsa.Space(dim=128)
VERBS = ["eat", "see", "give"]
RECORDS = [
    {"id": f"r{i}", "verb": VERBS[i % 3], "agt": f"person {i % 17}", "obj": i % 23}
    for i in range(200)
]
FRAMES = Frames(frame, head="verb")
SMALL = 64 * 128 * 4  # bytes of a part here: 64 rows, four parts


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of 16 rows, so that parts, blocks and chunks all end somewhere in the middle."""
    monkeypatch.setattr("vsa.encode.encoding.BLOCK_BYTES", 16 * 128 * 4)


def encoded(folder, source=RECORDS, encoder=FRAMES, **options):
    options = {"space": SPACE, "names": "id", "part_bytes": SMALL, "progress": False, **options}
    return encode(source, folder, encoder, **options)


def files(folder):
    """Every file of a folder and what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def frames(space=SPACE):
    """The records encoded one by one, by the function that a user would call."""
    atom = space.atom
    return [frame(atom(r["verb"]), agt=atom(r["agt"]), obj=atom(str(r["obj"]))) for r in RECORDS]


class Frame:
    """A table of another library: all that is known of it is how Arrow takes it over."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The same records in every shape that a source may have."""
    import pyarrow
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("inputs")
    columns = {name: [r[name] for r in RECORDS] for name in RECORDS[0]}
    table = pyarrow.table(columns)
    pyarrow.parquet.write_table(table, folder / "one.parquet", row_group_size=150)
    (folder / "many").mkdir()
    for i, (a, b) in enumerate(itertools.pairwise([0, 50, 51, 51, 170, 200])):
        path = folder / "many" / f"{i}.parquet"
        pyarrow.parquet.write_table(table.slice(a, b - a), path, row_group_size=20)
    for name in ("._0.parquet", "_metadata.parquet", ".DS_Store", "_SUCCESS"):  # left by others
        (folder / "many" / name).write_bytes(b"x")
    numbered = table.append_column("__index_level_0__", pyarrow.array(range(len(table))))
    structured = np.array(
        [tuple(r.values()) for r in RECORDS],
        dtype=[("id", "U8"), ("verb", "U8"), ("agt", "U16"), ("obj", int)],
    )
    return {
        "records": RECORDS, "columns": columns, "table": table, "structured": structured,
        "frame": Frame(numbered),
        "one": folder / "one.parquet", "many": str(folder / "many"),
    }  # fmt: skip
