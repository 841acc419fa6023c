"""Names in messages: quoted so that they can be read, and the known one that may be meant."""

import re
from collections.abc import Collection, Iterable
from itertools import islice


def cell(char: str) -> str:
    """A character as a report shows it: what does not print is escaped."""
    if char == "\t":
        return "    "
    if char.isprintable():
        return char
    code = ord(char)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


# What moves the cursor, colours, rings, reverses the direction or breaks a line; and half characters.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A text of several lines as a terminal may have it: what would command it is escaped."""
    return CONTROL.sub(lambda match: cell(match[0]), text)


def shown(text: str, limit: int = 40) -> str:
    """A piece of a source quoted for a message: on one line, printable, not too long."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    quote = '"' if "'" in text and '"' not in text else "'"
    return quote + "".join(" " if char == "\t" else cell(char) for char in text) + quote


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """A hint, "did you mean 'mark'?", or None where no candidate is near."""
    near = closest(name, candidates)
    return None if near is None else f"did you mean {shown(near)}?"


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like a name, or None; quick enough for 100,000 of them."""
    from difflib import get_close_matches  # which a session without a slip does not need
    from heapq import nlargest

    if len(name) > 100:  # to compare such names takes long, and nobody types them
        return None
    known: Collection[str] = candidates if isinstance(candidates, dict | set) else set(candidates)
    for other in (name.lower(), name.upper(), name.title()):
        if other in known and other != name:
            return other
    # All that one slip of the finger makes is looked up; of the rest only those are compared
    # that begin or end alike, for a comparison costs a hundred times a look.
    likely = {word for word in _slips(name) if word in known}
    third = max(1, len(name) // 3)
    begin, end, short, long = name[:third], name[-third:], len(name) - third, len(name) + third
    alike: Iterable[str] = (
        word
        for word in known
        if short <= len(word) <= long and (word.startswith(begin) or word.endswith(end))
    )
    letters = frozenset(name)
    alike = nlargest(500, islice(alike, 20_000), lambda word: len(letters.intersection(word)))
    likely.update(alike)
    likely.discard(name)
    matches = get_close_matches(name, sorted(likely), n=1, cutoff=0.65)
    return matches[0] if matches else None


def _slips(name: str) -> Iterable[str]:
    """A name with one letter left out, put in, changed, or swapped with the next."""
    letters = sorted({*"abcdefghijklmnopqrstuvwxyz0123456789_", *name})
    for i in range(len(name) + 1):
        head, tail = name[:i], name[i:]
        if tail:
            yield head + tail[1:]
            yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            yield head + letter + tail[1:]
