"""Random programs over all functions of the language, reopened on the way: `python programs.py`.

A program calls functions of the registry with arguments of the types that they are annotated with:
names, literals, operators and calls. After each statement or so its session is opened again, and every
value must be the same bit for bit, but for those of which a note said that they are not kept.
"""

import dataclasses
import os
import random
import struct
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

import vsa
from vsa import Answer, Expression, Set, Table, Vector
from vsa.errors import SaveWarning
from vsa.hooks.functions import Function
from vsa.hooks.loader import load_plugins
from vsa.lang.typed import Definition
from vsa.memory.matches import Found
from vsa.persist import open_session

PLUGINS = load_plugins()
PROGRAMS, STATEMENTS = 1_000, 6
RETRIES = 60  # programs, for functions that were not carried out in those
BEGIN = """\
atom mark, fish, john, eat, cause, hunger, agent, object, being, human, x, y
s = push(push(nil, mark), fish)
f1 = frame(eat, agt=mark, obj=fish)
q = [mark, fish, john]
"""
FAMILY = """\
g = family"ann mother bea; bea mother cid; dan mother bea"
load_family(g)
ann = person("ann")
kin = mother(ann)
"""
WORDS = 'ws = words("good", "bad", "very", "movie", dim=4); ph = tree"(good movie)"'
TABLE = """\
tab = load_table("table.csv", name="thing")
one = thing_1
like = rows_like(tab, obj="red", loc="there")
gets = learn("obj", from=tab)
"""
CELLS = "agt,obj,loc,size\n" + "x,red,here,1\nx,blue,there,2\ny,red,there,5\n" * 4

# What a text or a number may be where a function takes one; where any would do, it is drawn.
WHERE = {
    ("sweep", "what"): ['"k"', '"dim"'], ("learn_task", "name"): ['"recall"', '"copy"'],
    ("learn_task", "steps"): ["1"], ("learn_task", "hidden"): ["8"], ("sweep", "trials"): ["2"],
    ("advise", "structure"): ['"pairs"', '"stack"'], ("advise", "timed"): ["false"],
    ("advise", "items"): ["9"], ("advise", "terms"): ["2"], ("advise", "by"): ['"bytes"'],
    ("load_words", "path"): ['"words.txt"'], ("load_words", "names"): ['"good"', '"bad"'],
    ("leaf", "path"): ["1", '"right"'], ("subtree", "path"): ["2", '"1 1"'],
    ("tree_of", "what"): ['"(mark (fish john))"'], ("fold", "function"): ["bundle", "sequence"],
    ("automaton", "transitions"): ['"mark x -> fish john"'], ("automaton", "start"): ["mark"],
    ("automaton", "accepting"): ["{fish}", '"fish"'], ("accepts", "word"): ['"x"', "[x]"],
    ("states_after", "word"): ['"x"', "[x]"], ("next_states", "states"): ["{mark}", "fish"],
    ("load_table", "source"): ['"table.csv"'], ("load_table", "name"): ['"other"', '"thing"'],
    ("load_table", "kinds"): ['""', '"obj: text"'], ("learn", "column"): ['"obj"', '"loc"'],
    ("rows_like", "values"): ["mark", "red"], ("score", "folds"): ["2"],
    ("load_family", "source"): ['"family.csv"', "g"], ("words", "dim"): ["4"],
}  # fmt: skip
TEXTS = ["mark", "agt", "obj", "value", "atom", "few", "", "ann", "ü\\t", "good movie"]


# --- programs --------------------------------------------------------------------------------
class Maker:
    """Draws expressions over what a session has."""

    def __init__(self, session, chance):
        self.session, self.chance = session, chance
        values = [*session.plugins.functions.values(), *session.values.values()]
        self.functions = [f for f in values if isinstance(f, Function)]

    def call(self, function, depth=2):
        """A call with an argument for each parameter that is wanted, and for some others."""
        arguments = []
        for p in function.parameters:
            if p.many:
                count = self.chance.randint(1, 3)
                texts = [self.of(p.types, depth - 1, function, p) for _ in range(count)]
                names = self.chance.sample(["agt", "obj", "loc"], count)
                texts = (
                    [f"{n}={t}" for n, t in zip(names, texts, strict=True)] if p.keyword else texts
                )
                arguments += texts
            elif p.required or (function.name, p.name) in WHERE or self.chance.random() < 0.3:
                text = self.of(p.types, depth - 1, function, p)
                arguments.append(text if p.required else f"{p.name}={text}")
        return f"{function.name}({', '.join(arguments)})"

    def of(self, types, depth, function=None, parameter=None):
        """An expression of one of these types."""
        if parameter is not None and (function.name, parameter.name) in WHERE:
            return self.chance.choice(WHERE[function.name, parameter.name])
        wanted = self.chance.choice([t for t in types if t is not type(None)] or [Vector])
        if wanted is bool:
            return self.chance.choice(["true", "false"])
        if wanted in (int, float):
            return str(
                self.chance.choice([1, 2, 3, 5, -1, 0.5] if wanted is float else [1, 2, 3, 4])
            )
        if wanted is str:
            return f'"{self.chance.choice(TEXTS)}"'
        if wanted in (object, Expression):
            wanted = self.chance.choice([Vector, Vector, Set])
        names = [
            name for name, value in self.session.values.items()
            if isinstance(value, wanted) or (wanted is Vector and isinstance(value, Answer))
        ]  # fmt: skip
        calls = [f for f in self.functions if any(issubclass(t, wanted) for t in f.returns)]
        kind = self.chance.random()
        if depth > 0 and kind < 0.3 and calls:
            return self.call(self.chance.choice(calls), depth)
        if depth > 0 and kind < 0.6:
            return self.operation(wanted, depth)
        return (
            self.chance.choice(names) if names else "mark" if wanted is Vector else "{mark, fish}"
        )

    def operation(self, wanted, depth):
        """Operators, literals and attributes."""
        a, b = (self.of((wanted,), depth - 1) for _ in range(2))
        if wanted is Set:
            return self.chance.choice(
                [f"({a} | {b})", f"({a} & {b})", f"({a} + {b})", "{mark, john}"]
            )
        if wanted is Vector:
            forms = ["({} * {})", "({} / {})", "({} + {})", "({} - {})", "(~{})", "(2 * {})", "[{}, {}]",
                     "({} ^ 2)", "f1.agt", "(1e15 * {})", "(-{})"]  # fmt: skip
            return self.chance.choice(forms).format(a, b)
        return self.chance.choice([a, f"({a} | {b})", f"(~{a})"])

    def statement(self, function):
        """A statement, of this function more often than not."""
        name, kind = self.chance.choice("abcdefg"), self.chance.random()
        made = self.call(function) if kind < 0.6 else self.of((Vector, Set), 3)
        return self.chance.choice(
            [f"{name} = {made}"] * 5
            + [
                made,
                f"def {name}(u) = {made}",
                f"atom {name}",
                ":undo",
                f"{name} = {{{made}, mark}}",
            ]
        )


# --- what is the same ------------------------------------------------------------------------
FOUND = tuple(f.name for f in dataclasses.fields(Found))


def same(a, b, seen):
    """Whether two values are the same bit for bit."""
    if isinstance(a, Found) and isinstance(b, Found):  # of a single vector it may be of numbers
        return all(same(getattr(a, n), getattr(b, n), seen) for n in FOUND)
    if type(a) is not type(b):
        return False
    if (id(a), id(b)) in seen:  # what refers to itself
        return True
    seen.add((id(a), id(b)))
    match a:
        case float():
            return struct.pack("d", a) == struct.pack("d", b)
        case np.ndarray():
            data = [x.tolist() if x.dtype == object else x.tobytes() for x in (a, b)]
            return (a.dtype, a.shape) == (b.dtype, b.shape) and data[0] == data[1]
        case Vector():
            return (a.label, a.shape, type(a)) == (b.label, b.shape, type(b)) and all(
                np.asarray(x).tobytes() == np.asarray(y).tobytes()
                for x, y in ((a.data, b.data), (a.total, b.total))
            )
        case list() | tuple():
            return len(a) == len(b) and all(same(x, y, seen) for x, y in zip(a, b, strict=True))
        case dict():
            return same(list(a.items()), list(b.items()), seen)
        case Function():
            return a is b
        case vsa.Memory():
            return list(a) == list(b) and same(a.table.rows, b.table.rows, seen)
        case Set():
            return same(a.counts, b.counts, seen) and same(a.codebook, b.codebook, seen)
        case Table():
            return all(same(getattr(a, n), getattr(b, n), seen) for n in Table.__slots__)
        case Answer():
            parts = [(a.found, b.found), (a.labels, b.labels), (a.query, b.query)]
            return all(same(x, y, seen) for x, y in parts)
        case Definition():
            return a.text == b.text and same(a.free, b.free, seen)
    if hasattr(a, "vsa_state"):
        return same(a.vsa_state(), b.vsa_state(), seen)
    if dataclasses.is_dataclass(a):
        fields = [f.name for f in dataclasses.fields(a)]
        return all(same(getattr(a, n), getattr(b, n), seen) for n in fields)
    return bool(a == b)


def check(session, path, unsaved):
    """Close the session and open it again; AssertionError unless all that it had is there."""
    before = {section: dict(mapping) for section, mapping in session.sections.items()}
    memory, scopes = session.memory, session.memory.scopes
    session.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error", SaveWarning)  # nothing that was written may be unreadable
        again = open_session(path, plugins=PLUGINS)
    for name in unsaved & before["values"].keys():
        del before["values"][name]
    for section, mapping in before.items():
        assert again.sections[section].keys() == mapping.keys(), section
        for name, value in mapping.items():
            assert same(value, again.sections[section][name], set()), (section, name, value)
    assert list(again.memory) == list(memory)
    assert again.memory.scopes == scopes
    assert same(np.asarray(memory.table.rows), np.asarray(again.memory.table.rows), set())
    assert memory.table.norms.tobytes() == again.memory.table.norms.tobytes()
    return again


def run(path, function, chance):
    """One program that calls a function; the names of the functions that were carried out."""
    space = vsa.Space(
        dim=chance.choice([64, 65]),
        atoms=chance.choice(["unitary", "gaussian"]),
        dtype=chance.choice(["float32", "float64"]),
    )
    session = open_session(path, space, PLUGINS)
    session.run(BEGIN)
    for plugin, text in (("kinship", FAMILY), ("composition", WORDS), ("table", TABLE)):
        if function.plugin == plugin or chance.random() < 0.1:
            session.run(text)
    unsaved, called, text = set(), set(), ""
    examples = [code for code, _ in function.examples]
    try:
        for i in range(STATEMENTS):
            text = Maker(session, chance).statement(function)
            if examples and i in (1, 4):
                text = chance.choice(examples)
            before = dict(session.values)
            notes = []
            with suppress(vsa.VsaError):
                for outcome in session.execute(text):
                    notes += outcome.notes
                called |= {name for name in PLUGINS.functions if f"{name}(" in text}
            unsaved -= {
                name for name in unsaved if session.values.get(name) is not before.get(name)
            }
            unsaved |= {note.split("'")[1] for note in notes if " is not in " in note}
            if i == STATEMENTS - 1 or chance.random() < 0.25:
                session, unsaved = check(session, path, unsaved), set()
    except AssertionError as error:
        raise AssertionError(f"after {text!r}: {error}; the program: {session.history}") from error
    finally:
        session.close()
    return called


def main(folder, count, seed):
    """Run `count` programs, every function being called in turn; how often each was carried out."""
    chance = random.Random(seed)
    (folder / "words.txt").write_text("good 1 0 0 1\nbad 0 1 0 0\n")
    (folder / "family.csv").write_text("ann,mother,bea\n")
    (folder / "table.csv").write_text(CELLS)
    os.chdir(folder)
    functions = list(PLUGINS.functions.values())
    called = Counter()
    for i in range(count + RETRIES):
        some = functions if i < count else [f for f in functions if not called[f.name]]
        if not some:  # what chance has given no fitting argument is tried some more
            break
        called.update(run(folder / f"{i}.vsa", some[i % len(some)], chance))
        for file in folder.glob(f"{i}.vsa*"):
            file.unlink()
    return {function.name: called[function.name] for function in functions}


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    count, seed = [*numbers, *[PROGRAMS, 0][len(numbers) :]]
    with tempfile.TemporaryDirectory() as made:
        found = main(Path(made), count, seed)
        os.chdir("/")
    missing = [name for name, times in found.items() if not times]
    print(
        f"{count:,} programs, {len(found)} functions, all read back; never carried out: {missing}"
    )
