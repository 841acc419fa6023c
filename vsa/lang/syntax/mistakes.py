"""What to say about a text that is not in the language: from a misplaced token to words."""

from collections.abc import Iterable
from itertools import islice

from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.lang.syntax.lexer import BRACKETS, CLOSERS, END, STOPS, UNCLOSED, UNKNOWN, Token
from vsa.suggest import cell, shown

WORDS = frozenset(("NAME", "QUOTED", "NUMBER", "STRING", "TAGGED"))
VALUE_ENDS = WORDS | CLOSERS
DEFINITION = "a definition is written def name(x, y=2) = expression"
COMPARE = "similarity(a, b) compares two values"
PROMPT = "a prompt is not typed; a transcript may be pasted from a prompt on"
# Signs that people type or paste, and what they mean here.
MEANT = {
    "'": 'text stands in double quotes: "…"',
    **dict.fromkeys("‘’“”«»`", 'text stands in plain double quotes: "…"'),
    **dict.fromkeys("≈≃≅", COMPARE),
    **dict.fromkeys("!≠", "unequal is written !="),
    "≤": "at most is written <=",
    "≥": "at least is written >=",
    "≡": "equal is written ==",
    **dict.fromkeys("×·⋅∗⊗⊛⊙∙", "binding is written *"),
    **dict.fromkeys("−–—‐", "minus is written -"),
    **dict.fromkeys("÷⊘⁄∕", "unbinding is written /"),
    **dict.fromkeys("⊕", "superposition is written +"),
    **dict.fromkeys("∼¬", "the involution is written ~"),
    "∪": "union is written |",
    "∩": "intersection is written &",
    "∘": "composition is written @",
    "、": "write a comma",
    "\\": "a line goes on inside open brackets",
}


class Misplaced(Exception):  # noqa: N818 - becomes an error once words are put to it
    """A token that cannot stand where it stands, after those of its statement so far."""

    def __init__(self, token: Token, statement: list[Token]) -> None:
        super().__init__(token)
        self.token = token
        self.statement = statement


def explain(error: Misplaced, source: Source, following: Iterable[Token]) -> LanguageError:
    """The error to report for a misplaced token; `following` are it and the tokens after it."""
    token = error.token
    if token.type == UNKNOWN:
        found = stray(token.text, token.start)
    elif token.type == UNCLOSED:
        found = LanguageError(
            "the string that begins here is not closed on its line",
            Span(token.start, token.end),
            hint='end it with "; inside it a quote is written \\"',
        )
    else:
        message, hint, at = _Case(error, source, following).say()
        found = LanguageError(message, Span(at.start, at.end), hint=hint)
    found.source = source
    return found


def stray(char: str, at: int) -> LanguageError:
    """The error of a character that is no part of the language."""
    hint = MEANT.get(char)
    if hint is None and "！" <= char <= "～":  # full-width forms of the signs of ASCII
        hint = f"write {chr(ord(char) - 0xFEE0)}"
    if hint is None and cell(char) != char:
        hint = "it does not show: delete it"
    return LanguageError(
        f"{shown(char)} is not a sign of the language", Span(at, at + 1), hint=hint
    )


Said = tuple[str, str | None, Token]  # a message, a hint, and the token to point at


class _Case:
    """One misplaced token and its surroundings."""

    def __init__(self, error: Misplaced, source: Source, following: Iterable[Token]) -> None:
        self.source, self.following = source, following
        self.token, self.statement = error.token, error.statement
        self.kind = error.token.type
        self.before = error.statement[-1] if error.statement else None
        self.head = error.statement[0].type if error.statement else None
        # Brackets not closed, each with the token before it.
        self.opened: list[tuple[Token, Token | None]] = []
        for before, token in zip([None, *error.statement], error.statement, strict=False):
            if token.type in BRACKETS:
                self.opened.append((token, before))
            elif token.type in CLOSERS:
                self.opened.pop()

    def say(self) -> Said:
        """What is wrong, the most telling cause first."""
        return (
            self._brackets()
            or self._word()
            or self._statement()
            or self._sign()
            or (self._joined() if self._after_value() else self._missing())
        )

    def word(self, token: Token) -> str:
        """A token as it is written, quoted."""
        return shown(token.text)

    def plain(self, token: Token) -> str:
        """The same without quotes."""
        return shown(token.text)[1:-1]

    def whole(self, first: Token) -> Token:
        """All from a token to the misplaced one."""
        return first._replace(end=self.token.end)

    def _after_value(self) -> bool:
        return self.before is not None and self.before.type in VALUE_ENDS

    def _ended(self) -> bool:
        return self.kind == END or self.kind in STOPS

    def _brackets(self) -> Said | None:
        """Brackets that do not match, the cause of whatever else is wrong."""
        if not self.opened:
            if self.kind in CLOSERS:
                return f"{self.word(self.token)} closes nothing", "no bracket is open", self.token
            return None
        bracket, _ = self.opened[-1]
        closer = {"LPAR": ")", "LSQB": "]", "LBRACE": "}"}[bracket.type]
        if self.kind in CLOSERS and self.kind != BRACKETS[bracket.type]:
            line, column = self.source.location(bracket.start)
            return (
                f"{self.word(self.token)} cannot close the {self.word(bracket)} "
                f"of line {line}, column {column}",
                f"that takes a '{closer}'",
                self.token,
            )
        if self._ended() or self._next_line_in_open_bracket(bracket.type):
            return f"{self.word(bracket)} is never closed", f"it takes a '{closer}'", bracket
        return None

    def _next_line_in_open_bracket(self, bracket: str) -> bool:
        """Whether the token begins a line and what follows it does not close the bracket."""
        if self.before is None or not {"\n", "\r"} & set(
            self.source.text[self.before.end : self.token.start]
        ):
            return False
        depth = 1
        for token in islice(self.following, 20_000):
            depth += (token.type == bracket) - (token.type == BRACKETS[bracket])
            if depth == 0:
                return False
        return True

    def _statement(self) -> Said | None:
        """What is peculiar to a statement that begins with a sign or a word of its own."""
        before, word = self.before, self.word(self.token)
        if self.head == "ATOM":
            if self.kind == "NAME" and before is not None and before.type == "NAME":
                return self._comma(before)
            if self._ended():
                return (
                    "a name is missing after 'atom'",
                    "as in atom mark, the_fish",
                    before or self.token,
                )
            return f"'atom' declares names, and {word} is none", None, self.token
        if self.head == "DEF" and not self._assigned():
            if self._ended():
                return "the definition is not finished", DEFINITION, before or self.token
            return f"{word} does not fit into a definition", DEFINITION, self.token
        if self.head == "QMARK":
            if self._ended() and before is not None:
                if before.type == "COLON":
                    return "a command is missing after '?:'", "as in ?:plot", before
                return "the rest of the name is missing after '/'", "as in ?frame/1", before
            text = self.kind == "STRING"
            hint = "a name stands in single quotes here" if text else "as in ?push"
            return f"'?' explains one name, and {word} is not that", hint, self.token
        if self.head == "COLON":
            if self._ended():
                return (
                    "the name of a command is missing after ':'",
                    "as in :names",
                    before or self.token,
                )
            return f"{word} is not the name of a command", "as in :names", self.token
        if before is not None and before.type == "DOT":
            return self._slot(before)
        return None

    def _assigned(self) -> bool:
        """Whether the statement has its '=', which is no keyword's."""
        return any(token.type == "EQUAL" and not token.depth for token in self.statement)

    def _slot(self, dot: Token) -> Said:
        if self._ended():
            return "the name of a slot is missing after '.'", "as in s.agt", dot
        if self.statement[-2].type == self.kind == "NUMBER":
            whole = self.whole(self.statement[-2])
            return f"{self.word(whole)} is not a number", None, whole
        return f"{self.word(self.token)} is not the name of a slot", "as in s.agt", self.token

    def _word(self) -> Said | None:
        """The language's own words where a name should stand."""
        word, token = self.word(self.token), self.token
        if self.kind == "EQUAL" and self.before and self.before.type in ("ATOM", "DEF"):
            word, token = self.word(self.before), self.before
        elif self.kind not in ("ATOM", "DEF"):
            return None
        return f"{word} is a word of the language and no name", "take another name", token

    def _sign(self) -> Said | None:
        """Signs that have one place, and stand in another."""
        before = self.before
        if self.kind == "QMARK":
            name = before is not None and before.type == "NAME" and self.plain(before)
            return "'?' begins a statement", f"write ?{name or 'push'}", self.token
        if self.kind == "COLON":
            return "':' begins a command, as a statement of its own", "as in :names", self.token
        if self.kind == "EQUAL":
            return self._equal()
        return None

    def _equal(self) -> Said:
        if self.opened:
            bracket, caller = self.opened[-1]
            if caller is None or caller.type not in VALUE_ENDS or bracket.type != "LPAR":
                return (
                    f"'=' cannot stand inside {self.word(bracket)}",
                    "a keyword belongs to a call, as in frame(eat, agt=mark)",
                    self.token,
                )
            return "only a name can stand left of '='", "as in frame(eat, agt=mark)", self.token
        if self._assigned() and len(self.statement) > 2:
            return "a statement has one '='", "give each name a statement of its own", self.token
        hint: str | None = None
        match [token.type for token in self.statement]:
            case ["NAME", "LPAR", *_, "RPAR"] if all(t.depth for t in self.statement[1:-1]):
                head = self.statement[0]._replace(end=self.statement[-1].end)
                hint = f"a function is defined by def {self.plain(head)} = …"
            case [*_, "DOT", "NAME"]:
                hint = "a slot cannot be set: make a new frame"
        return "only a name can stand left of '='", hint, self.token

    def _missing(self) -> Said:
        """A value should stand here, and something else does."""
        before, word = self.before, self.word(self.token)
        if (
            before is not None
            and before.type == self.kind == "STAR"
            and before.end == self.token.start
        ):
            return "'**' is not an operator", "power is written ^", self.whole(before)
        if before is None:
            message = "a value is missing" + ("" if self._ended() else f" before {word}")
            prompt = self.token.text == ">"
            return message, PROMPT if prompt else None, self.token
        if self._ended():
            return f"a value is missing after {self.word(before)}", None, before
        return f"a value is missing between {self.word(before)} and {word}", None, self.token

    def _joined(self) -> Said:
        """A value has ended, and what follows cannot follow a value."""
        assert self.before is not None
        before, word = self.before, self.word(self.token)
        if self.kind == "COMMA":
            if self.opened:
                message = "a comma cannot stand in round brackets that are not a call's"
            else:
                message = "a comma can only stand inside brackets"
            return message, "a sequence is written [a, b], a set {a, b}", self.token
        if self.kind == "TILDE":
            return (
                "'~' stands before one value",
                "a / b binds a with the involution of b",
                self.token,
            )
        if before.type == "NUMBER" and self.kind == "NAME" and before.end == self.token.start:
            whole = self.whole(before)
            hint = f"write {self.plain(before)} * {self.plain(self.token)} to scale"
            return f"{self.word(whole)} is neither a number nor a name", hint, whole
        if before.type == "NAME" and self.kind == "STRING":
            return (
                "two values stand side by side",
                f'a tag touches its quote: {self.plain(before)}"…"',
                self.token,
            )
        if self.kind in ("LSQB", "LBRACE"):
            return (
                f"{word} cannot follow a value",
                "a call is written f(x), a slot s.agt, a product a * b",
                self.token,
            )
        if self.opened and self._listing():
            return self._comma(before)
        if self.kind not in WORDS:
            return f"{word} cannot stand here", None, self.token
        return "two values stand side by side", self._operators(before), self.token

    def _operators(self, before: Token) -> str:
        """What may be meant by one value beside another."""
        kinds = {before.type, self.kind}
        left, right = self.plain(before), self.plain(self.token)
        if not kinds <= {"NAME", "NUMBER"}:
            left, right = "A", "B"
        if "NUMBER" in kinds:
            return f"write {left} * {right} to scale"
        call = f", {left}({right}) to call" if kinds == {"NAME"} and not self.opened else ""
        return f"write {left} * {right} to bind, {left} + {right} to superpose{call}"

    def _listing(self) -> bool:
        """Whether the innermost bracket takes more than one value."""
        bracket, caller = self.opened[-1]
        return bracket.type != "LPAR" or (caller is not None and caller.type in VALUE_ENDS)

    def _comma(self, before: Token) -> Said:
        hint = None
        after = self.source.text[self.token.end : self.token.end + 20].lstrip()
        if self.head != "ATOM" and not after.startswith("="):
            hint = self._operators(before).replace("write", "or write")
        message = f"a comma is missing between {self.word(before)} and {self.word(self.token)}"
        return message, hint, self.token
