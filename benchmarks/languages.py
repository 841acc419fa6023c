"""Sentences of 19 languages with which message each of them translates: Django's own texts.

Django's translations (BSD licence) are in its wheel. It is read where it is installed, or from the wheel
in the working directory (`pip download django==5.2 --no-deps`); neither is unpacked or imported.

    python -m benchmarks.languages FILE     writes the part that examples/languages.py learns from

The languages are those of the Europarl corpus in Latin script. A sentence is each form of a message in
each of Django's catalogues, once for a message; English is what is translated. Placeholders, tags and
entities are removed, letters folded to a-z, all else to single spaces; kept is what has 20 to 128 letters
and differs from the English. That makes 5,841 sentences; some forms of a plural are written alike.
"""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from importlib.metadata import Distribution, distributions
from pathlib import Path

VERSION = "5.2"
ENGLISH = "en"
LANGUAGES = (
    "cs", "da", "de", ENGLISH, "es", "et", "fi", "fr", "hu", "it",
    "lt", "lv", "nl", "pl", "pt", "ro", "sk", "sl", "sv",
)  # fmt: skip
SENTENCES = 5841
LEAST, MOST = 20, 128  # letters
IN_EXAMPLE = 160  # messages
HOW = f"pip download django=={VERSION} --no-deps"

PLACED = re.compile(r"%\([^)]*\)[a-z]|%[a-z]|\{[^}]*\}|<[^>]*>|&\w+;")
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})
Key = str | tuple[str, int]  # a message as gettext has it, and which form of its plural


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translation of a message, as it is written and folded; message: its English, folded."""

    language: str
    message: str
    written: str

    @property
    def folded(self) -> str:
        return folded(self.written)


def folded(text: str) -> str:
    """Letters a-z, and single spaces for all that is between them."""
    plain = unicodedata.normalize("NFKD", PLACED.sub(" ", text).lower().translate(LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub("[^a-z]+", " ", plain).strip()


@cache
def sentences() -> tuple[Sentence, ...]:
    """The set, in the order of its languages; FileNotFoundError where Django is not found."""
    found: dict[tuple[str, Key, str], Sentence] = {}
    for language, catalogue in catalogues(django()):
        for key, translation in catalogue.items():
            source = (key if isinstance(key, str) else key[0]).split("\4")[-1]  # after its context
            message, other = folded(source), folded(translation)
            if message == other:  # not translated, or the same word
                continue
            for name, text, plain in (
                (language, translation, other),
                (ENGLISH, source, message),
            ):
                if LEAST <= len(plain.replace(" ", "")) <= MOST:
                    found.setdefault((name, key, plain), Sentence(name, message, text))
    if len(found) != SENTENCES:
        raise ValueError(f"{len(found)} sentences of Django {VERSION}, not {SENTENCES}")
    return tuple(sorted(found.values(), key=lambda s: (s.language, s.message, s.written)))


def django() -> Distribution:
    """Where Django is: installed, or the wheel in the working directory."""
    wheels = [str(path) for path in Path().glob("[Dd]jango-*.whl")]
    for found in distributions(name="django", path=[*sys.path, *wheels]):
        if found.version == VERSION:
            return found
    raise FileNotFoundError(f"Django {VERSION} is not here: {HOW}")


def catalogues(django: Distribution) -> Iterator[tuple[str, dict[Key, str]]]:
    """Each catalogue of the languages: what is written, translated."""
    for path in sorted(django.files or (), key=str):
        if path.suffix == ".mo" and (language := path.parts[-3]) in LANGUAGES:
            content = io.BytesIO(django.locate_file(path).read_bytes())  # type: ignore[attr-defined]
            yield language, GNUTranslations(content)._catalog  # type: ignore[attr-defined]


def extract() -> str:
    """Lines of message, language and text: the messages that most languages have, as written."""
    by_message = defaultdict(dict)
    for sentence in sentences():
        text = " ".join(PLACED.sub(" ", sentence.written).split())
        by_message[sentence.message].setdefault(sentence.language, text)
    most = sorted(by_message.values(), key=lambda texts: (-len(texts), texts.get(ENGLISH, "")))
    return "".join(
        f"{number}\t{language}\t{text}\n"
        for number, texts in enumerate(most[:IN_EXAMPLE])
        for language, text in sorted(texts.items())
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(extract(), encoding="utf-8")
