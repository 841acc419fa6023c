"""Writers that are killed at random moments, and what is found after each: `python killed.py 1000`.

A child runs statements and adds items to one kept session, and says after each that it is done. It
is killed with SIGKILL. What it said must be there byte for byte, and what it did not get to say
must be there whole or not at all. A note on the end of the log may be said where it was torn, and then
too all that was acknowledged is there. When a session has grown large another one is begun, since all
of one is compared each time.
"""

import os
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import vsa
from vsa.errors import SaveWarning
from vsa.memory.storage import asked
from vsa.persist import keeper, open_session
from vsa.persist.mapped import Mapped

SPACE = vsa.Space(dim=64)
BATCH = 500
KILLS = 50
ITEMS = 50_000  # to be acknowledged altogether, and of a session that is large


def life(path: Path, say: int) -> None:
    """A writer: statements, batches of items, an undo now and then; until it is killed."""
    session = open_session(path, SPACE)
    i = int(session.values.get("i", 0))
    while True:
        if i and items(i)[0] not in session.memory:
            names = items(i)
            session.memory.add(names, SPACE.batch(names))
            os.write(say, f"m {i}\n".encode())
        i += 1
        session.run(f"atom a{i}")
        session.run(f"x{i} = a{i} * a{max(1, i - 1)}")
        session.run(f"i = {i}")
        os.write(say, f"s {i}\n".encode())
        if i % 7 == 0:
            session.run("gone = a1")
            session.run(":undo")


def items(i: int) -> list[str]:
    """The names of a batch."""
    return [f"item/{i}/{j}" for j in range(BATCH)]


def kill_one(path: Path, delay: float) -> list[str]:
    """Start a writer, kill it; what it said before."""
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(heard)
            life(path, said)
        finally:
            os._exit(1)
    os.close(said)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(heard) as stream:
        return stream.read().splitlines()


def check(path: Path, statements: int, batches: int) -> tuple[int, int, bool]:
    """Raise AssertionError unless the acknowledged is there; how far the file has come itself."""
    with open_session(path, SPACE) as session:
        memory, values = session.memory, session.values
        last = int(values.get("i", 0))
        assert last >= statements, (last, statements)
        for i in range(1, last + 1):
            expected = SPACE.atom(f"a{i}") * SPACE.atom(f"a{max(1, i - 1)}")
            assert values[f"x{i}"].data.tobytes() == expected.data.tobytes(), i
        # The next round may have begun: an atom, then a value, then the counter.
        begun = [f"a{last + 1}" in values, f"x{last + 1}" in values]
        assert begun in ([False, False], [True, False], [True, True]), begun
        assert (f"a{last + 1}" in memory) == begun[0]
        assert f"a{last + 2}" not in memory
        there = [i for i in range(1, last + 2) if f"item/{i}/0" in memory]
        assert there == list(range(1, len(there) + 1)), there
        assert max(batches, last - 1) <= len(there) <= last, (batches, last, len(there))
        assert "gone" not in values or values["gone"].label == "a1"  # killed before its undo
        names = [name for i in there for name in items(i)]
        assert len(memory) == len(names) + last + begun[0]
        rows = np.array([memory.row(name) for name in names], dtype=int)
        expected, _ = asked(SPACE.batch(names))
        assert memory.table.rows[rows].tobytes() == expected.tobytes()
        kinds = {memory.kind(name) for name in names}
        assert kinds <= {"atom"}
        return last, len(there), isinstance(memory.table.store, Mapped)


def main(folder: Path, count: int, seed: int) -> str:
    """Kill so many writers; what was acknowledged and found."""
    keeper.LARGE = BATCH * 20 * 64 * 4  # the rows move to a file of their own on the way
    warnings.filterwarnings("ignore", "the end of killed.vsa-wal cannot be read", SaveWarning)
    warnings.filterwarnings("error", "(?!the end of)", SaveWarning)
    chance = random.Random(seed)
    kills = statements = items = mapped = 0
    while kills < count or items < ITEMS:
        killed, said, added, moved = one_session(folder, chance, max(count - kills, 1))
        kills, statements, items = kills + killed, statements + said, items + added
        mapped += moved
        for file in folder.iterdir():
            file.unlink()
    return (
        f"{kills} kills, {statements:,} statements and {items:,} items, {mapped} mapped: all there"
    )


def one_session(folder: Path, chance: random.Random, wanted: int) -> tuple[int, int, int, bool]:
    """Kill so many writers of a session, or as many as it takes for it to be large."""
    path = folder / "killed.vsa"
    statements = batches = kills = 0
    mapped = False
    longest = 0.2  # seconds of a life; on a slow machine they must be longer to get anywhere
    while kills < wanted and batches * BATCH < ITEMS:
        heard = kill_one(path, chance.uniform(0.0, longest))
        kills += 1
        longest = max(0.2, longest * (0.9 if len(heard) > 2 else 1.3))
        statements = max([statements, *(int(h.split()[1]) for h in heard if h[0] == "s")])
        batches = max([batches, *(int(h.split()[1]) for h in heard if h[0] == "m")])
        if path.exists():
            statements, batches, mapped = check(path, statements, batches)
        assert kills < 20 * KILLS or batches, "the writers get nowhere"
    leftover = [p.name for p in folder.iterdir() if not p.name.startswith("killed.vsa")]
    assert not leftover, leftover
    return kills, 3 * statements, batches * BATCH, mapped


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    count, seed = [*numbers, *[KILLS, random.randrange(1 << 30)][len(numbers) :]]
    with tempfile.TemporaryDirectory() as made:
        print(main(Path(made), count, seed))
