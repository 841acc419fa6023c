"""Files of sessions in which something has changed, and what opening each says: `python mutated.py`.

Bits flip, runs of bytes become others, pages change places, files are cut off: in a closed session's
file, in one that a killed process left with its log, in one whose rows are mapped. Each must open as it
was, or with a note that names what is missing, or be refused in one line and stay as it is. (A log that
is cut off is what a kill leaves: it is the older state, and nothing can tell. The bytes of mapped rows
are looked at by `check`.)
"""

import random
import re
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

import vsa
from vsa.errors import SaveWarning
from vsa.hooks.loader import load_plugins
from vsa.persist import keeper, open_session

SPACE = vsa.Space(dim=32)
PAGE = 4096
FILES = 5_000
PLUGINS = load_plugins()
STATEMENTS = """\
atom ant, bee, fly, dig, hum
pair = ant * bee
def twice(q) = q * q
def again(q) = twice(q) * ant
t = push(push(nil, ant), fly)
f1 = frame(dig, agt=ant, obj=bee)
best = cleanup(pair / bee)
all = {ant, bee} + {bee}
n = 17
note = "hm"
"""


# --- what is there ---------------------------------------------------------------------------
def look(value):
    """All of a value, byte for byte."""
    match value:
        case vsa.Vector():
            return value.label, value.shape, SPACE.backend.numpy(value.data).tobytes()
        case vsa.Answer():
            found = value.found
            return found.names.tolist(), *(getattr(found, a).tobytes() for a in ("rows", "nothing"))
    return type(value).__name__, str(value)


def summary(session):
    """All that a session has: names to what they are, and a dictionary of the rest."""
    values = {
        f"{section}/{name}": look(value)
        for section, mapping in session.sections.items()
        for name, value in mapping.items()
    }
    memory = session.memory
    rest = {
        "names": list(memory), "kinds": [memory.kind(name) for name in memory],
        "scopes": memory.scopes, "norms": memory.table.norms.tobytes(),
    }  # fmt: skip
    return values, rest, np.array(memory.table.rows)


def files_of(folder):
    """What is in the files of a session; the index of a log is SQLite's to make."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}


def bases(folder):
    """(name, files, states that they may be found in, the newest first) of the sessions."""
    for name in ("closed", "killed", "mapped"):
        made = folder / name
        made.mkdir()
        keeper.LARGE = 20 * 32 * 4 if name == "mapped" else 1 << 26
        session = open_session(made / "s.vsa", SPACE, PLUGINS)
        with session:
            session.run(STATEMENTS)
            session.set("batch", SPACE.random((3, 4)))
            session.memory.add([f"n{i}" for i in range(60)], SPACE.random(60))
            session.memory.define_scope("few", ["n1", "n2"])
            session.memory.rename("n3", "three")
            states = [summary(session)]
            if name == "killed":
                session.close()
                session = open_session(made / "s.vsa", plugins=PLUGINS)
                for text in ("x1 = ant * fly", "atom wasp", "x2 = x1 * wasp", "x3 = x2"):
                    session.run(text)
                    states.insert(0, summary(session))
                files = files_of(made)
            session.close()
        yield name, files if name == "killed" else files_of(made), states


# --- what happens to it ----------------------------------------------------------------------
def mutate(data, chance, log):
    """Other bytes, and in words what has happened to them."""
    data = bytearray(data)
    kinds = ["bit", "bit", "bit", "index", "byte", "run", "zeros"]
    kind = chance.choice(kinds if log else [*kinds, "swap", "cut"])
    at = chance.randrange(len(data))
    pages = len(data) // PAGE
    if kind == "index":  # a page of an index, or of a table's interior
        inner = [p for p in range(1, pages) if data[p * PAGE] in (2, 5, 10)] or range(pages or 1)
        first = chance.choice(inner) * PAGE
        used = [i for i, byte in enumerate(data[first : first + PAGE], first) if byte]
        at = chance.choice(used or [at])
    if kind in ("bit", "index"):
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "byte":
        data[at] = chance.randrange(256)
    elif kind in ("run", "zeros"):
        run = data[at : at + chance.choice([4, 16, 100, 600, 4096])]
        data[at : at + len(run)] = chance.randbytes(len(run)) if kind == "run" else bytes(len(run))
    elif kind == "swap" and pages > 1:
        one, two = (slice(p * PAGE, p * PAGE + PAGE) for p in chance.sample(range(pages), 2))
        data[one], data[two] = data[two], data[one]
    elif kind == "cut":
        del data[at:]
    return bytes(data), f"{kind} at {at}"


def opened(path):
    """What opening it came to: the notes, and what is there."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", SaveWarning)
        with open_session(path, plugins=PLUGINS) as session:
            found = summary(session)
            try:
                session.memory.check()
                sound = True
            except vsa.VsaError:
                sound = False
    return [str(warning.message) for warning in said], found, sound


def judged(path, states, rows_changed):
    """In a word what opening came to; AssertionError where it is none of what it may be."""
    before = files_of(path.parent)
    try:
        notes, (values, rest, rows), sound = opened(path)
    except vsa.VsaError as error:
        message = str(error)
        assert "s.vsa" in message.split("\n")[0] == message, message
        assert files_of(path.parent) == before, "it was refused, and is another now"
        return "refused"
    older = any("the end of s.vsa-wal cannot be read" in note for note in notes)
    count = len(values)
    wanted, wanted_rest, wanted_rows = next(
        state for state in states if not older or len(state[0]) == count
    )
    named = " ".join(notes)
    lost = {name for name in wanted if values.get(name) != wanted[name]}
    for name in lost:
        section, key = name.split("/", 1)
        assert f"'{key}'" in named or f"number {key} of the {section}" in named, (name, notes)
        assert name not in values, name
    assert values.keys() <= wanted.keys()
    assert rest == wanted_rest
    if rows_changed and sound:  # what `check` does not see moves cosines by a thousandth or so
        assert np.abs(rows - wanted_rows).max() < 2e-3
    elif not rows_changed:
        assert np.array_equal(rows, wanted_rows)
    if not rows_changed and not lost and "signs" not in named:
        assert sound or older or rows_changed is None
    return "noted" if notes else "equal" if sound else "found by check"


def main(folder, count, seed):
    """Change `count` files and look at each; how often it came to what, in words."""
    chance = random.Random(seed)
    sessions = list(bases(folder))
    seen = Counter()
    for i in range(count):
        name, files, states = sessions[chance.choice([0, 0, 1, 1, 1, 2])]
        which = chance.choice([n for n in sorted(files) if files[n] and "signs" not in n])
        if name == "killed":
            which = chance.choice(["s.vsa-wal", "s.vsa-wal", "s.vsa"])
        data, what = mutate(files[which], chance, which.endswith("-wal"))
        place = folder / "now"
        place.mkdir()
        for other, content in files.items():
            (place / other).write_bytes(data if other == which else content)
        try:
            came_to = judged(place / "s.vsa", states, which.endswith("-rows"))
        except Exception as error:
            raise AssertionError(
                f"file {i} of seed {seed}: {name} {which}, {what}: {error!r}"
            ) from error
        kind = re.sub(r"^s\.vsa", "", which) or "file"
        seen[f"{name} {kind}: {came_to}"] += 1
        shutil.rmtree(place)
    return "\n".join([f"{count:,} files", *(f"  {what} {n:,}" for what, n in sorted(seen.items()))])


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    count, seed = [*numbers, *[FILES, 0][len(numbers) :]]
    with tempfile.TemporaryDirectory() as made:
        print(main(Path(made), count, seed))
