"""The pages that are read off the program: the language's functions, grammar and errors, Python's names.

`python docs/written.py FOLDER` writes them without Sphinx.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PYTHON = {  # page → what is public, as tests/test_public.py has it
    "vsa": "what users import",
    "vsa.plugin": "what plugins import",
    "vsa.numbers": "numbers and places",
    "vsa.encode": "records by the million",
    "vsa.learn": "scikit-learn estimators",
    "vsa.nn": "layers of torch",
    "vsa.soft": "soft cleanup, sparse distributed and cache memory",
    "vsa.cluster": "many machines",
    "vsa.testing": "an algebra of one's own, held to its laws",
}
FIGURES = ROOT / "benchmarks" / "figures"
SPECIAL = re.compile(r"([\\*|_<>])")


def write(folder: Path) -> None:
    """All of them, into a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"functions": functions(), "grammar": grammar(), "errors": errors(), "index": index()}
    pages |= {"speed": speed(), "papers": papers()}
    for module, title in PYTHON.items():
        pages[f"python-{module}"] = python(module, title)
    for name, lines in pages.items():
        text = "\n".join(lines) + "\n"
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def index() -> Iterator[str]:
    """The way to the others."""
    yield from heading("Python's names", "=")
    yield from (".. toctree::", "", *(f"   python-{module}" for module in PYTHON))


def heading(text: str, sign: str) -> list[str]:
    """A title in reStructuredText."""
    return [text, sign * len(text), ""]


def functions() -> Iterator[str]:
    """Every function and command of the language, by plugin."""
    import vsa

    plugins = vsa.load_plugins()
    yield from heading("Functions and commands", "=")
    yield "What every plugin brings to the language, as ``?name`` tells it in a session. The examples"
    yield "stand after ``atom mark, fish, john, eat, cause, hunger, agent, object, being, human, x, y``."
    yield ""
    offered = [(f, f.signature, f.name) for f in plugins.functions.values()]
    offered += [(f, _command(f), f":{f.name}") for f in plugins.commands.values()]
    offered.sort(key=lambda one: (one[0].plugin, one[2]))
    for plugin, some in groupby(offered, key=lambda one: one[0].plugin):
        yield from heading(plugin, "-")
        for function, signature, _ in some:
            yield f".. describe:: {signature}"
            yield ""
            yield from indented(as_rst(function.doc))
            yield ""


def _command(function: Any) -> str:
    return " ".join([f":{function.name}", *map(str, function.parameters)])


def grammar() -> Iterator[str]:
    """The grammar as it is parsed by, and what each sign means between which values."""
    import vsa
    from vsa.lang.operators import BINARY, UNARY

    yield from heading("Grammar and signs", "=")
    session = vsa.Session(vsa.Space(dim=64))
    for sign in dict.fromkeys([*BINARY, *UNARY, "."]):
        yield from heading(f"``{sign}``", "-")
        yield from block("text", session.run(f"?{sign}")[0].splitlines())
    yield from heading("The grammar", "-")
    yield "As Lark reads it."
    yield ""
    text = (ROOT / "grammar" / "vsa_grammar" / "vsa.lark").read_text(encoding="utf-8")
    yield from block("text", text.splitlines())


def errors() -> Iterator[str]:
    """What the language says of mistakes: each by the text that the tests hold it to."""
    yield from heading("Errors", "=")
    yield "Each mistake with what is printed about it. A statement that fails changes nothing."
    yield ""
    for path in sorted((ROOT / "tests" / "errors").glob("*.vsa")):
        code = path.read_text(encoding="utf-8", errors="backslashreplace").rstrip("\n")
        said = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
        said = said[1:] or said  # the first says it in one line, as a file's error is told
        yield from heading(path.stem.replace("_", " ").capitalize(), "-")
        yield from block("vsa", code.splitlines())
        yield from block("text", said)


def speed() -> Iterator[str]:
    """How long things take, beside what the machine can do and beside others."""
    found = json.loads((FIGURES / "speed.json").read_text(encoding="utf-8"))
    yield from heading("Speed", "=")
    yield f"``python -m benchmarks``, {found['date']}, on {found['machine']}; one thread"
    yield "each, in one process, CPU time. n× is the other's time over ours: above 1 ours"
    yield "is faster, or smaller."
    yield ""
    yield from _limits(found.get("limits"))
    for group, some in groupby(found["rows"], key=lambda row: row["group"]):
        yield from heading(group, "-")
        rows = list(some)
        peers = list(dict.fromkeys(peer for row in rows for peer in row["ratios"]))
        shares = ["share"] if any(row.get("share") for row in rows) else []
        cells = [
            [
                row["row"],
                _amount(row),
                *(_share(row.get(share)) for share in shares),
                *(_ratio(row["ratios"].get(peer)) for peer in peers),
            ]
            for row in rows
        ]
        yield from table(["", "ours", *shares, *peers], cells)


def _limits(limits: dict[str, Any] | None) -> Iterator[str]:
    """What the machine of the figures can do, and what of them depends on it."""
    if limits is None:
        return
    yield "``share`` is how much of what one core of this chip can do is reached: of the bytes that"
    yield "have to be read and written at the least, from the cache or the memory where they lie, or of"
    yield "the operations on floats, whichever takes longer."
    yield ""
    cells = [
        [_level(level), f"{level['read'] / 1e9:.3g}", f"{level['triad'] / 1e9:.3g}"]
        for level in limits["levels"]
    ]
    yield from table(["GB/s", "read", "read and written"], cells)
    yield f"Matrix products: {limits['sgemm'] / 1e9:.3g} GFLOP/s in float32."
    yield ""
    yield from heading("What depends on the chip", "-")
    yield "With many vectors ours are mostly at the memory's limit, and others, which transform them at"
    yield "each step, at arithmetic's. A share carries over to another chip, a ratio does not: where a"
    yield "batch no longer fits into a cache ours take longer by as much as the memory is slower, and the"
    yield "others hardly any; a chip with more bandwidth for each operation shows larger ratios. Exact"
    yield "scans of many queries are matrix products, and go by the chip's rate of those. One vector at a"
    yield "time is Python's call, a small share anywhere. A share above 100 % is one of operands that were"
    yield "still in a nearer cache."
    yield ""


def _level(level: dict[str, Any]) -> str:
    size = level["size"]
    return level["name"] if size is None else f"{level['name']}, {size >> 10:,} kB"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def papers() -> Iterator[str]:
    """What papers publish, and what is measured here."""
    yield from heading("Published results", "=")
    yield "``python -m benchmarks.papers`` makes these tables anew; a published number that is not met"
    yield "stands there as it is. ± is the standard deviation over seeds."
    yield ""
    for path in sorted(FIGURES.glob("papers-*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        group = path.stem.removeprefix("papers-")
        yield from heading(group.replace("_", " "), "-")
        command = f"python -m benchmarks.papers {group} {found['effort']}".rstrip()
        yield f"``{command}``,"
        yield f"{found['date']}, on {found['machine']}."
        yield ""
        for one in found["tables"]:
            yield from heading(_words(one["title"]), "~")
            yield from table(one["columns"], one["rows"])
            yield from as_rst("\n\n".join(one["notes"]))
            yield ""


def _amount(row: dict[str, Any]) -> str:
    value = next(iter(row["values"].values()))
    names = ("s", "ms", "µs", "ns") if row["unit"] == "s" else ("GB", "MB", "kB", "B")
    value = value if row["unit"] == "s" else value / 1e9
    for name in names[:-1]:
        if value >= 1:
            return f"{value:.3g}\u00a0{name}"  # one word
        value *= 1000
    return f"{value:.3g}\u00a0{names[-1]}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}×" if value < 10 else f"{value:.0f}×"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Cells in columns, the first row their headings."""
    yield from (".. list-table::", "   :header-rows: 1", "")
    for row in [columns, *rows]:
        for i, cell in enumerate(row):
            yield f"   {'*' if i == 0 else ' '} - {_words(cell)}".rstrip()
    yield ""


def python(name: str, title: str) -> Iterator[str]:
    """The public names of a module."""
    module = importlib.import_module(name)
    yield from heading(f"{name}: {title}", "=")
    yield from as_rst(inspect.getdoc(module) or "")
    yield ""
    yield f".. currentmodule:: {name}"
    yield ""
    for public in sorted(
        getattr(module, "__all__", dir(module)), key=lambda n: (not n[0].isupper(), n.lower())
    ):
        found = getattr(module, public)
        if inspect.ismodule(found):
            continue
        kind = "class" if inspect.isclass(found) else "function" if callable(found) else "data"
        yield f".. auto{kind}:: {public}"
        if kind == "class":
            yield "   :members:"
        yield ""


def docstring(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Docstrings here are plain words with examples; Sphinx is given them as its own markup."""
    lines[:] = as_rst("\n".join(lines))


def as_rst(text: str) -> list[str]:
    """Plain paragraphs, ``code`` between backticks, and blocks of examples, in reStructuredText."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.splitlines()
        if not lines:
            continue
        first = lines[0].strip()
        if first.startswith((">>> ", "> ")):
            found += block("pycon" if first.startswith(">>>") else "vsa", _outdented(lines))
        elif all(line.startswith("    ") for line in lines) or re.match(r"\|.*\|$", first):
            found += block("text", _outdented(lines))
        else:
            found += [*map(_words, _outdented(lines)), ""]
    return found


def _outdented(lines: list[str]) -> list[str]:
    import textwrap

    return textwrap.dedent("\n".join(lines)).splitlines()


def _words(line: str) -> str:
    parts = re.split(r"(`+[^`]*`+)", line.strip())
    found = "".join(
        f"``{part.strip('`')}``" if part.startswith("`") else SPECIAL.sub(r"\\\1", part)
        for part in parts
    )
    return rf"\{found}" if found.startswith((":", "-", "+")) else found  # no field and no list


def block(language: str, lines: Iterable[str]) -> list[str]:
    """Lines as they stand, coloured."""
    return [f".. code-block:: {language}", "", *indented(lines), ""]


def indented(lines: Iterable[str]) -> list[str]:
    """Lines under what is above them."""
    return [f"   {line}" if line else "" for line in lines]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
