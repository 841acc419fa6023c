"""`:name argument`: carries out a plugin's command in a session.

Of several parameters each but the last takes a word: `:picture file.svg top(s)`.
"""

from __future__ import annotations

import re
from typing import Any

from vsa.annotations import Expression
from vsa.errors import VsaError
from vsa.hooks.functions import Parameter
from vsa.lang import syntax
from vsa.lang.check import Checker
from vsa.lang.evaluate import Evaluator, evaluated, quoted
from vsa.lang.state import State
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.suggest import suggest

# a file's name may have blanks, in quotes
WORD = re.compile(r"""(["'])(?P<quoted>.*?)\1|(?P<bare>\S+)""")
LEAVING = ("quit", "exit")  # words that end a session elsewhere


def meant(state: State, statement: tree.Statement) -> tree.Statement:
    """What is meant by a statement: `help`, `quit` and `exit`, alone or called, as elsewhere."""
    match statement:
        case tree.Evaluate(value=tree.Name(text=word)):
            pass
        case tree.Evaluate(value=tree.Call(function=tree.Name(text=word), args=(), keywords=())):
            pass
        case _:
            return statement
    span = statement.span
    if word == "help" and isinstance(statement.value, tree.Name):
        return tree.Help(None, span)
    if word in LEAVING and not state.known(word) and "quit" in state.plugins.commands:
        return tree.Command(tree.Ident("quit", span), None, span)
    return statement


def perform_command(state: State, statement: tree.Command, source: Source) -> Any:
    """Find the command, make its argument of the raw text, call it."""
    name = statement.name
    command = state.plugins.commands.get(name.text)
    if command is None:
        near = suggest(name.text, state.plugins.commands)
        if name.text in state.plugins.functions:
            near = f"{name.text} is a function, and has no colon"
        elif name.text in LEAVING:
            near = "to leave, type :quit"
        known = ", ".join(f":{c}" for c in sorted(state.plugins.commands))
        raise LanguageError(
            f"unknown command ':{name.text}'", name.span, source, near or f"there are {known}"
        )
    parameters, text = command.positional, statement.text
    if text is not None and not parameters:
        raise LanguageError(f":{name.text} takes no argument", text.span, source)
    args: list[Any] = []
    for parameter in parameters:
        if text is None:
            if not parameter.required:
                break
            usage = " ".join(p.name for p in parameters)
            message = f":{name.text} needs {parameter.name!r}: :{name.text} {usage}"
            raise LanguageError(message, (statement.text or name).span, source)
        word, text = (text, None) if parameter is parameters[-1] else _first_word(text)
        args.append(_argument(state, parameter, word, source))
    return Evaluator(state, source).call(command, args, {}, statement.span)


def _first_word(text: tree.Ident) -> tuple[tree.Ident, tree.Ident | None]:
    """The first word, or what stands in quotes, and the rest; each where it stands."""
    found = WORD.match(text.text)
    if found is None:
        return text, None
    start = text.span.start
    word = found["bare"] if found["quoted"] is None else found["quoted"]
    first = tree.Ident(word, Span(start + found.start(0), start + found.end(0)))
    rest = text.text[found.end() :]
    blank = len(rest) - len(rest.lstrip())
    if not rest.strip():
        return first, None
    return first, tree.Ident(rest[blank:], Span(start + found.end() + blank, text.span.end))


def _argument(state: State, parameter: Parameter, text: tree.Ident, source: Source) -> Any:
    """A command's text as its parameter wants it: as it stands, unevaluated, or its value."""
    wanted = parameter.types
    if str in wanted:
        return text.text
    expression = syntax.parse_expression(text.text, text.span.start, source)
    if Expression in wanted:
        return quoted(state, Checker(state, source).spelled(expression), source)
    value = evaluated(state, expression, source)
    try:
        return parameter.fit(value)
    except VsaError as error:
        raise LanguageError(str(error), text.span, source) from error
