"""The tables of the parser and the lexer, as Lark makes them of `vsa.lark`.

All that is used of Lark stands in this file. It is loaded only where the tables are not in the
cache yet: they are plain lists and dictionaries, and `grammar` runs them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import lark
from lark.grammar import Rule
from lark.lexer import Lexer, PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift


class NoLexer(Lexer):
    """Lark's own would be made, and where interegular is installed all its terminals compared."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, *_: Any) -> NoReturn:
        raise NotImplementedError


OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "lexer": NoLexer,
    "start": ["program", "expression"],
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}


def build(text: str) -> dict[str, Any]:
    """The tables of a grammar: what `Grammar` takes.

    states: for each what to do at a terminal, the state to go on in or -1 - the rule to reduce by;
    after them where a rule leads that was read there, by its name.
    """
    made = lark.Lark(text, **OPTIONS)
    table: Any = made.parser.parser._parse_table
    numbers = {rule: i for i, rule in enumerate(made.rules)}
    # The states need not be numbered from 0 without a gap.
    places = {state: i for i, state in enumerate(table.states)}

    def step(action: Any, to: Any) -> int:
        return places[to] if action is Shift else -1 - numbers[to]

    return {
        "states": [
            {name: step(*what) for name, what in table.states[state].items()} for state in places
        ],
        "starts": {name: places[state] for name, state in table.start_states.items()},
        "ends": {name: places[state] for name, state in table.end_states.items()},
        "rules": [_rule(rule) for rule in made.rules],
        "lexer": of_lexer(made.terminals),
    }


def _rule(rule: Rule) -> tuple[str, int, list[int], str, bool]:
    """Its name, how much it joins, which of that is spread out, its action, whether one passes."""
    spread = [
        i
        for i, symbol in enumerate(rule.expansion)
        if not symbol.is_term and symbol.name.startswith("_")
    ]
    name = str(rule.origin.name)
    listed = name.startswith("_")
    passes = rule.options.expand1 and not rule.alias and len(rule.expansion) == 1 and not listed
    action = rule.alias or ("" if listed or passes else name)
    return name, len(rule.expansion), spread, action, passes


def of_lexer(terminals: Iterable[TerminalDef]) -> dict[str, Any]:
    """The words of the language, the patterns of all else, those that are tried alone.

    What must win comes first: a tag with its text before a name, a number before a dot, `<=`
    before `<`.
    """

    def rank(terminal: TerminalDef) -> tuple[int, int]:
        fixed = isinstance(terminal.pattern, PatternStr)
        return -terminal.priority, -len(terminal.pattern.value) if fixed else -99

    ranked = sorted(terminals, key=rank)
    words = {t.pattern.value: t.name for t in ranked if t.pattern.value.isidentifier()}
    return {
        "words": words,
        "patterns": {t.name: t.pattern.to_regexp() for t in ranked if t.pattern.value not in words},
        "rare": [t.name for t in ranked if t.priority < 0],  # fits nearly everything: `REST`
    }
