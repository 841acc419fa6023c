"""The parser's tables: made from the grammar by Lark, then kept as JSON in the user's cache.

Only the first start on a machine builds them, and only that one imports Lark. They are plain data
that carry all the parser needs, so what is read back is checked by its digest and nothing else.
"""

import json
import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from vsa_grammar import text as grammar_text

FORMAT = 1  # of the JSON; raise it whenever Tables changes
STARTS = ("program", "expression")
END = "END"  # the end of the input, which Lark calls $END (no name for a group of a regex)


class Rule(NamedTuple):
    """One reduction: `size` symbols become one `origin`."""

    origin: str
    size: int
    action: str | None  # the method that makes the value; None hands the only kept one on
    kept: tuple[tuple[int, bool], ...]  # symbols that reach the value, and whether spliced into it


class Tables(NamedTuple):
    """All that a parse needs."""

    terminals: dict[str, str]  # name → regular expression, in the order they are tried
    rare: tuple[str, ...]  # of these, those looked for only where nothing else fits
    keywords: dict[str, str]  # word → terminal: words that a broader terminal would match
    ignored: tuple[str, ...]
    rules: tuple[Rule, ...]
    states: tuple[dict[str, int], ...]  # symbol → n: go to state n; → ~n: reduce by rule n
    starts: dict[str, int]
    ends: dict[str, int]


def load(folder: Path | None = None) -> Tables:
    """The tables, from the cache where it holds them, else built and put there.

    A cache that cannot be read or written costs time, never an error. `folder` is for tests.
    """
    grammar = grammar_text()
    folder = folder or cache_folder()
    if folder is None:
        return build(grammar)
    key = sha256(f"{FORMAT}\0{version('lark')}\0{grammar}".encode()).hexdigest()
    path = folder / f"syntax-{key[:16]}.json"
    tables = _read(path)
    if tables is None:
        tables = build(grammar)
        _write(path, tables)
    return tables


def build(grammar: str, strict: bool = False) -> Tables:
    """Make the tables of a grammar; `strict` refuses conflicts and needs `interegular`."""
    import re

    from lark import Lark
    from lark.grammar import Terminal
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    lark = Lark(grammar, parser="lalr", start=list(STARTS), strict=strict, maybe_placeholders=False)
    # Lark's own order: what must win comes first.
    terminals = sorted(
        lark.terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    patterns = {t.name: t.pattern.to_regexp() for t in terminals}
    keywords = {
        t.pattern.value: t.name
        for t in terminals
        if isinstance(t.pattern, PatternStr)
        and any(
            other.pattern.type == "re" and re.fullmatch(patterns[other.name], t.pattern.value)
            for other in terminals
            if other.priority == t.priority
        )
    }
    rules = []
    for rule in lark.rules:
        kept = tuple(
            (i, not symbol.is_term and symbol.name.startswith("_"))
            for i, symbol in enumerate(rule.expansion)
            if rule.options.keep_all_tokens
            or not (isinstance(symbol, Terminal) and symbol.filter_out)
        )
        action = None if rule.options.expand1 else rule.origin.name
        rules.append(Rule(rule.origin.name, len(rule.expansion), rule.alias or action, kept))
    numbers = {rule: ~n for n, rule in enumerate(lark.rules)}
    table = lark.parser.parser._parse_table
    order = {state: n for n, state in enumerate(table.states)}
    return Tables(
        terminals={n: p for n, p in patterns.items() if n not in keywords.values()},
        rare=tuple(t.name for t in terminals if t.priority < 0),
        keywords=keywords,
        ignored=tuple(lark.ignore_tokens),
        rules=tuple(rules),
        states=tuple(
            {
                END if symbol == "$END" else symbol: order[to] if kind is Shift else numbers[to]
                for symbol, (kind, to) in actions.items()
            }
            for actions in table.states.values()
        ),
        starts={name: order[state] for name, state in table.start_states.items()},
        ends={name: order[state] for name, state in table.end_states.items()},
    )


def cache_folder() -> Path | None:
    """Where this user's caches go, or None where there is no such place."""
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    base = os.environ.get(name, "")
    if os.path.isabs(base):
        return Path(base, "vsa")
    try:
        return Path.home() / ".cache" / "vsa"
    except RuntimeError:
        return None


def _read(path: Path) -> Tables | None:
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
        if sha256(body).hexdigest().encode() != digest:
            return None
        data = json.loads(body)
        return Tables(**data)._replace(  # JSON has no tuples
            rules=tuple(
                Rule(origin, size, action, tuple((i, splice) for i, splice in kept))
                for origin, size, action, kept in data["rules"]
            ),
            states=tuple(data["states"]),
            rare=tuple(data["rare"]),
            ignored=tuple(data["ignored"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, tables: Tables) -> None:
    data = {**tables._asdict(), "rules": [list(rule) for rule in tables.rules]}
    body = json.dumps(data, separators=(",", ":")).encode()
    # Written aside and moved into place, so that no other process reads half a file.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(aside, path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
