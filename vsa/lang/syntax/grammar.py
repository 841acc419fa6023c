"""The parser: Lark's, made from `vsa.lark` and kept as data in the user's cache.

What is used of Lark beyond its manual stands in this file alone: the form in which it keeps itself
(`memo_serialize`, and a dict for `Lark.load`), tokens that are not its own, and of a parse under
way the size of its stack and the callbacks, which `InteractiveParser.accepts` takes out likewise.
"""

import json
import os
import sys
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeAlias

import lark
from lark.exceptions import UnexpectedToken
from lark.grammar import Rule
from lark.lexer import TerminalDef
from vsa_grammar import text as grammar_text

from vsa.lang.syntax.builder import actions
from vsa.lang.syntax.lexer import Lexer, Token

Start: TypeAlias = Literal["program", "expression"]
OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "lexer": "basic",  # never used, and the cheapest to make
    "start": ["program", "expression"],
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}


class Grammar:
    """Lark's parser and our lexer, by one set of rules; of what they read they keep nothing."""

    def __init__(self, kept: bytes) -> None:
        data = json.loads(kept, object_hook=_numbered)
        data["data"]["options"]["transformer"] = actions()
        self._lark = lark.Lark.load(data)
        self.lexer = Lexer(self._lark.terminals)

    def begin(self, start: Start, build: bool = True) -> "Parse":
        """A parse that waits for its first token; it may leave out to `build` nodes."""
        return Parse(self._lark, start, build)


class Parse:
    """A parse under way."""

    def __init__(self, parser: lark.Lark, start: Start, build: bool) -> None:
        self._parser: Any = parser.parse_interactive("", start=start)
        self.result: Any = None  # what `start` has become, once END is fed
        if not build:
            self._parser.parser_state.parse_conf.callbacks = {}

    def feed(self, token: Token) -> bool:
        """Take the next token; False where it cannot stand there, which ends the parse.

        Raises LanguageError for what the builder refuses.
        """
        try:
            self.result = self._parser.feed_token(token)
        except UnexpectedToken:
            return False
        return True

    def choices(self) -> Collection[str]:
        """The terminals that may come next, and some more."""
        choices: Collection[str] = self._parser.choices()
        return choices

    def accepts(self) -> set[str]:
        """The terminals that may come next, `END` for none."""
        return {name.removeprefix("$") for name in self._parser.accepts()}

    @property
    def size(self) -> int:
        """How much has been read and not joined yet."""
        return len(self._parser.parser_state.state_stack)


def load(folder: Path | None = None) -> Grammar:
    """The grammar, from the cache where it is there, else made and put there.

    A cache that cannot be read or written costs time, never an error. `folder` is for tests.
    """
    text = grammar_text()
    folder = folder or cache_folder()
    if folder is None:
        return Grammar(build(text))
    key = sha256(f"{version('lark')}\0{OPTIONS}\0{text}".encode()).hexdigest()
    path = folder / f"syntax-{key[:16]}.json"
    with suppress(Exception):  # whatever Lark says to data that are not its own
        return Grammar(_read(path))
    made = build(text)
    _write(path, made)
    return Grammar(made)


def build(text: str) -> bytes:
    """A grammar's parser as JSON."""
    data, memo = lark.Lark(text, **OPTIONS).memo_serialize([TerminalDef, Rule])
    return json.dumps({"data": data, "memo": memo}, separators=(",", ":")).encode()


def _numbered(data: dict[str, Any]) -> dict[int | str, Any]:
    """A dict whose keys may have been numbers before they went through JSON."""
    return {int(key) if key.isdigit() else key: value for key, value in data.items()}


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


def _read(path: Path) -> bytes:
    digest, _, body = path.read_bytes().partition(b"\n")
    if sha256(body).hexdigest().encode() != digest:
        raise ValueError("spoiled")
    return body


def _write(path: Path, body: bytes) -> None:
    # Written aside and moved into place, so that no other process reads half a file.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(aside, path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
