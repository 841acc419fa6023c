"""The parser: Lark's LALR tables, driven token by token straight to values.

The loop is our own for two reasons: an operand goes through a dozen reductions that only hand it
on, and Lark calls back at each; and to read tables takes no Lark, whose import takes longer than
all the rest of a start.

Tokens are found in context: one expression matches whatever a terminal would; where the state has
no use for it, the terminals that the state accepts are tried alone. So `.5` is a number, but after
a value a dot and something else.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, TypeAlias

from vsa.lang.syntax.errors import LanguageError, Span
from vsa.lang.syntax.tables import END, Rule, Tables

DEPTH = 200  # levels of brackets, and of nodes
LENGTH = 250_000  # tokens in one statement: about half a second
# A node being read holds at most seven symbols (the last keyword of a call), a bracket one.
SYMBOLS = DEPTH * 8 + 20

BRACKETS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSERS = frozenset(BRACKETS.values())
NAME, NEWLINE, BLANK, UNKNOWN = "NAME", "_NEWLINE", "_BLANK", "UNKNOWN"
STOPS = frozenset((NEWLINE, "_SEMICOLON"))
LEVELLESS = frozenset(("program", "statement", "keyword"))  # what these make is no expression

Token: TypeAlias = tuple[str, int, int]  # its terminal, or UNKNOWN; where it starts and ends
Found: TypeAlias = tuple[re.Match[str], str]  # a match and the terminal it stands for


class Unexpected(Exception):  # noqa: N818 - becomes an error once words are put to it
    """A token that cannot stand where it stands."""

    def __init__(
        self,
        token: Token,
        before: Token | None,
        opened: list[tuple[Token, Token | None]],
        values: list[Any],
    ) -> None:
        super().__init__(token)
        self.token = token
        self.before = before  # the token before it in the same statement
        self.opened = opened  # brackets not closed, each with the token before it
        self.values = values  # what has been read and not joined yet


class Parser:
    """Reads texts by one set of tables; of what it read it keeps nothing."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        common = tables.terminals.keys() - set(tables.rare)
        self._match = self._matcher(common, rf"|(?P<{UNKNOWN}>[\s\S])")
        self._narrow: dict[int, re.Pattern[str]] = {}
        self._jumps: dict[tuple[int, int, str], tuple[int, int | None]] = {}
        self._steps = [_step(rule) for rule in tables.rules]
        self._actions = {step.action for step in self._steps} - {"", "_"}
        self._skipped = frozenset(tables.ignored) | {NEWLINE}

    def parse(self, text: str, begin: int, end: int, start: str, build: object) -> Any:
        """Read `text[begin:end]` as a `start`; `build` has a method (values, span) per action.

        Raises Unexpected, LanguageError for what is too deep or too long, and what `build` raises.
        """
        states, jumps, skipped = self.tables.states, self._jumps, self._skipped
        methods = {name: getattr(build, name) for name in self._actions} | {"": None, "_": _as_list}
        steps = self._steps
        stack, final = [self.tables.starts[start]], self.tables.ends[start]
        # Of each symbol on the stack: its value, where it begins, its levels of nesting.
        values: list[Any] = []
        begins: list[int] = []
        levels: list[int] = []
        opened: list[tuple[Token, Token | None]] = []
        before: Token | None = None
        at = last = begin
        room = LENGTH
        while True:
            found, kind = self._next(text, at, end)
            if kind in skipped and (opened or kind != NEWLINE):
                at = found.end()
                continue
            action = states[stack[-1]].get(kind)
            if action is None:
                found, kind = self._again(stack[-1], text, at, end) or (found, kind)
                action = states[stack[-1]].get(kind)
            at = found.end()
            token = kind, found.start(found.lastindex or 0), at

            # Reduce: join the symbols that the token shows to be complete.
            while action is not None and action < 0:
                origin, size, name, kept, tail, level = steps[~action]
                method = methods[name]
                if size == 1:
                    if method is not None:
                        values[-1] = method(_gather(values[-1:], kept), Span(begins[-1], last))
                    way = stack[-2], stack[-1], kind
                    if way not in jumps:
                        jumps[way] = self._jump(*way)
                    stack[-1], action = jumps[way]
                    continue
                base = len(values) - size
                if tail:
                    values[base].extend(values[base + tail :])
                elif method is None:
                    values[base] = values[base + kept[0][0]]
                else:
                    if not size:
                        begins.append(last)
                    parts = _gather(values[base:], kept)
                    values[base:] = [method(parts, Span(begins[base], last))]
                level += max(levels[base:], default=0)
                if level > DEPTH:
                    raise too_deep(begins[base])
                del values[base + 1 :], begins[base + 1 :], levels[base:], stack[base + 1 :]
                levels.append(level)
                stack.append(states[stack[-1]][origin])
                action = states[stack[-1]].get(kind)
            if action is None:
                if kind == END and stack[-1] == final:
                    return values[-1]
                raise Unexpected(token, before, opened, values)

            # Shift: the token becomes the last symbol.
            stack.append(action)
            values.append(token)
            begins.append(token[1])
            levels.append(1)
            if kind in BRACKETS:
                opened.append((token, before))
            elif kind in CLOSERS:
                opened.pop()
            if len(stack) > SYMBOLS or len(opened) > DEPTH:
                raise too_deep(token[1])
            last, before, room = at, token, room - 1
            if not room:
                raise too_long(token)
            if kind in STOPS:
                before, room = None, LENGTH

    def walk(self, text: str) -> Iterator[tuple[Token, list[int] | None]]:
        """Every token of a text with the states after it, None where they are lost.

        Never raises: what is wrong costs its statement the context, no more. Comments and
        newlines come too; a quote that is not closed comes as UNKNOWN up to the end of its line.
        """
        stack: list[int] | None = [self.tables.starts["program"]]
        depth = at = 0
        while at < len(text):
            found, kind = self._next(text, at, len(text))
            if kind == END:
                return
            if stack and kind not in self.tables.states[stack[-1]] and kind not in self._skipped:
                found, kind = self._again(stack[-1], text, at, len(text)) or (found, kind)
            start, at = found.start(found.lastindex or 0), found.end()
            if kind == UNKNOWN and text[start] == '"':
                while at < len(text) and text[at] not in "\r\n":
                    at += 1
            if kind in self._skipped and (kind != NEWLINE or depth):
                yield (kind, start, at), stack
                continue
            depth = max(0, depth + (kind in BRACKETS) - (kind in CLOSERS))
            if stack is not None and not self._shift(stack, kind):
                stack = None
            if kind in STOPS and stack is None:
                stack, depth = [self.tables.starts["program"]], 0
            yield (kind, start, at), stack

    def follow(self, stack: list[int]) -> set[str]:
        """The terminals that can come after a stack of states."""
        return {
            kind
            for kind in self.tables.states[stack[-1]]
            if kind.lstrip("_").isupper() and self._shift([*stack], kind)
        }

    def _shift(self, stack: list[int], kind: str) -> bool:
        """Move a stack of states past a token; False where it does not fit."""
        states, rules = self.tables.states, self.tables.rules
        while (action := states[stack[-1]].get(kind)) is not None:
            if action >= 0:
                stack.append(action)
                return True
            rule = rules[~action]
            del stack[len(stack) - rule.size :]
            stack.append(states[stack[-1]][rule.origin])
        return kind == END and stack[-1] == self.tables.ends["program"]

    def _jump(self, below: int, state: int, kind: str) -> tuple[int, int | None]:
        """Reduce one symbol, and on as long as it is only handed on: the state, its action."""
        states, rules = self.tables.states, self.tables.rules
        rule = rules[~states[state][kind]]
        while True:
            state = states[below][rule.origin]
            action = states[state].get(kind)
            if action is None or action >= 0:
                return state, action
            rule = rules[~action]
            if rule.size != 1 or not _hands_on(rule):
                return state, action

    def _next(self, text: str, at: int, end: int) -> Found:
        found = self._match.match(text, at, end)
        assert found is not None, "UNKNOWN matches whatever nothing else does"
        kind = found.lastgroup or UNKNOWN
        if kind == NAME:
            kind = self.tables.keywords.get(found[NAME], NAME)
        return found, kind

    def _again(self, state: int, text: str, at: int, end: int) -> Found | None:
        """The next token if only what a state accepts is looked for."""
        accepted = self.tables.states[state]
        if state not in self._narrow:
            self._narrow[state] = self._matcher(accepted)
        found = self._narrow[state].match(text, at, end)
        if found is None or found.lastgroup is None:
            return None
        kind = found.lastgroup
        if kind == NAME:
            kind = self.tables.keywords.get(found[NAME], NAME)
        return (found, kind) if kind in accepted else None

    def _matcher(self, names: Collection[str], more: str = "") -> re.Pattern[str]:
        parts = [
            f"(?P<{name}>{pattern})"
            for name, pattern in self.tables.terminals.items()
            if name in names and name != BLANK
        ]
        parts.append(rf"(?P<{END}>\Z)")
        return re.compile(f"(?:{self.tables.terminals[BLANK]})?(?:{'|'.join(parts)}{more})")


class _Step(NamedTuple):
    """A rule made ready for the loop."""

    origin: str
    size: int
    action: str  # "" hands the one kept value on, "_" makes a list of what is kept
    kept: tuple[tuple[int, bool], ...]
    tail: int  # if not 0: the first value is a list that grows by the values from here on
    level: int  # 1 where it adds a level of nesting


def _step(rule: Rule) -> _Step:
    listed = rule.origin.startswith("_")
    action = "" if _hands_on(rule) else "_" if listed else str(rule.action)
    tail = rule.kept[1][0] if listed and len(rule.kept) > 1 else 0
    if rule.kept != ((0, True), *((i, False) for i in range(tail, rule.size))):
        tail = 0
    adds = action not in ("", "_") and rule.size > 1 and rule.origin not in LEVELLESS
    return _Step(rule.origin, rule.size, action, rule.kept, tail, int(adds))


def _hands_on(rule: Rule) -> bool:
    """Whether a rule's value is that of one symbol, as it is."""
    return rule.action is None or (rule.origin.startswith("_") and rule.kept == ((0, True),))


def _as_list(values: list[Any], _: Span) -> list[Any]:
    return values


def _gather(values: list[Any], kept: tuple[tuple[int, bool], ...]) -> list[Any]:
    """Of the values that a rule read, those that it keeps, some spliced in."""
    parts: list[Any] = []
    for i, splice in kept:
        if not splice:
            parts.append(values[i])
        elif parts:
            parts.extend(values[i])
        else:
            parts = values[i]  # grown in place: no copy for each item
    return parts


def too_deep(at: int) -> LanguageError:
    """The error of what is nested too deep."""
    return LanguageError(
        f"nested more than {DEPTH} levels deep",
        Span(at, at + 1),
        hint="give a part of it a name and use the name",
    )


def too_long(token: Token) -> LanguageError:
    """The error of a statement that is too long."""
    return LanguageError(
        f"a statement of more than {LENGTH:,} words and signs",
        Span(token[1], token[2]),
        hint="cut it into several statements",
    )
