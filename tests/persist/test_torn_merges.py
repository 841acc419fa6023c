"""A process that is killed in the midst of a merge: some pages of the file are new and others not."""

import pytest

import vsa
from vsa.persist.schema import OPEN, put_entry

SPACE = vsa.Space(dim=64)


@pytest.fixture(scope="module")
def torn(tmp_path_factory):
    """A file before and after a merge of its log, page by page, and the log."""
    path = tmp_path_factory.mktemp("torn") / "s.vsa"
    with vsa.Session.open(path, SPACE) as session:
        for i in range(120):
            session.run(f"atom a{i}; x{i} = a{i} * a{max(i - 1, 0)}")
        names = sorted(session.values)
        connection = session.journal.keeper.database._connection
        put_entry(connection, "about", OPEN, None, "true")  # as a merge begins
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        old, log = path.read_bytes(), path.with_name("s.vsa-wal").read_bytes()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        new = path.read_bytes()
    old, new = ([data[i : i + size] for i in range(0, len(data), size)] for data in (old, new))
    return old, new, log, names


def test_what_was_merged_in_part_is_merged_anew(torn, tmp_path):
    old, new, log, names = torn
    changed = [i for i, page in enumerate(new) if i >= len(old) or page != old[i]]
    assert len(changed) > 10
    for done in range(len(changed) + 1):  # SQLite writes them in order; a system may not
        for some in (changed[:done], changed[len(changed) - done :]):
            pages = {**dict(enumerate(old)), **{i: new[i] for i in some}}
            path = tmp_path / f"{done}.vsa"
            data = b"".join(pages.get(i, bytes(len(new[0]))) for i in range(max(pages) + 1))
            path.write_bytes(data)
            path.with_name(f"{done}.vsa-wal").write_bytes(log)
            with vsa.Session.open(path) as session:
                assert sorted(session.values) == names
            path.unlink()
