"""The parser: runs the tables that `tables` has Lark make of `vsa.lark`, kept in the user's cache.

It is the plain LALR(1) automaton: a stack of states, and of what has been read in them. Lark's own
takes as long to load as all of `vsa.lang`, and is loaded only where the tables have to be made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, NamedTuple, TypeAlias

from vsa_grammar import text as grammar_text

from vsa.cache import cached
from vsa.lang.syntax.builder import actions
from vsa.lang.syntax.lexer import END, Lexer, Token

Start: TypeAlias = Literal["program", "expression"]
FORM = 1  # of the tables; those of another form are made anew


class Rule(NamedTuple):
    """What to make of the last `size` things that were read.

    spread: those that are lists of what stands there. action: what is called with all of it; where
    there is none it stays a list, for the rule above, or one thing that `passes` through.
    """

    name: str
    size: int
    spread: frozenset[int]
    action: Callable[[list[Any]], Any] | None
    passes: bool

    def join(self, read: list[Any]) -> Any:
        """What the rule makes of what was read."""
        if self.spread:
            joined: list[Any] = []
            for i, value in enumerate(read):
                if i not in self.spread:
                    joined.append(value)
                elif joined:
                    joined += value
                else:  # a run that grows at its end is not copied each time
                    joined = value
            read = joined
        if self.action is None:
            return read[0] if self.passes else read
        return self.action(read)


class Grammar:
    """The tables of a parser, and the lexer that goes with them; of what they read they keep nothing."""

    def __init__(self, tables: dict[str, Any]) -> None:
        made = actions()
        self.states: list[dict[str, int]] = tables["states"]
        self.starts: dict[str, int] = tables["starts"]
        self.ends: dict[str, int] = tables["ends"]
        self.rules = [
            Rule(name, size, frozenset(spread), made[action] if action else None, passes)
            for name, size, spread, action, passes in tables["rules"]
        ]
        self.lexer = Lexer(**tables["lexer"])

    def begin(self, start: Start, build: bool = True) -> Parse:
        """A parse that waits for its first token; it may leave out to `build` nodes."""
        return Parse(self, [self.starts[start]], self.ends[start], build)


class Parse:
    """A parse under way."""

    def __init__(self, grammar: Grammar, stack: list[int], end: int, build: bool) -> None:
        self._grammar = grammar
        self._stack = stack
        self._end = end
        self._build = build
        self._read: list[Any] = []
        self.result: Any = None  # what `start` has become, once END is fed

    def feed(self, token: Token) -> bool:
        """Take the next token; False where it cannot stand there, which ends the parse.

        Raises LanguageError for what the builder refuses.
        """
        states, rules, stack, read = (
            self._grammar.states,
            self._grammar.rules,
            self._stack,
            self._read,
        )
        while True:
            step = states[stack[-1]].get(token.type)
            if step is None:
                return False
            if step >= 0:
                stack.append(step)
                read.append(token)
                return True
            rule = rules[-1 - step]
            before = len(read) - rule.size
            value = rule.join(read[before:]) if self._build else None
            del read[before:], stack[before + 1 :]
            read.append(value)
            stack.append(states[stack[-1]][rule.name])
            if stack[-1] == self._end and token.type == END:
                self.result = value
                return True

    def choices(self) -> Collection[str]:
        """The terminals that may come next, and some more."""
        return self._grammar.states[self._stack[-1]].keys()

    def accepts(self) -> set[str]:
        """The terminals that may come next, `END` for none."""
        return {
            kind.removeprefix("$")
            for kind in self.choices()
            if kind.isupper() and self._takes(kind)
        }

    def _takes(self, kind: str) -> bool:
        """Whether a terminal is taken, which only a trial tells: rules may end before it."""
        trial = Parse(self._grammar, self._stack.copy(), self._end, build=False)
        trial._read = [None] * len(self._read)
        return trial.feed(Token(kind, 0, 0, "", 0))

    @property
    def size(self) -> int:
        """How much has been read and not joined yet, and the start."""
        return len(self._stack)


def load(folder: str | None = None) -> Grammar:
    """The grammar, its tables from the cache or put there; `folder` is for tests."""
    text = grammar_text()
    return cached("syntax", f"{FORM} {text}", lambda: _tables(text), Grammar, folder)


def _tables(text: str) -> dict[str, Any]:
    from vsa.lang.syntax.tables import build  # with Lark

    return build(text)
