"""Languages told from sentences, how sure, and which n-grams said so.

    python examples/languages.py
    python examples/languages.py "ein Satz" "une phrase"

160 messages of Django in 19 languages (data/languages.tsv) are learnt from their n-grams of one to four
letters within words. A quarter of the messages is kept back, in all languages, and says how often the
language comes out right. Then each sentence that was given gets its language. P is among the languages
that were learnt, of sentences like those: of few words, or of other languages, it says too much.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from vsa.learn import HyperClassifier, NgramEncoder

FILE = Path(__file__).parent / "data" / "languages.tsv"
NAMES = {
    "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian", "lt": "Lithuanian",
    "lv": "Latvian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "sk": "Slovak", "sl": "Slovene", "sv": "Swedish",
}  # fmt: skip
SENTENCES = (
    "Wo ist der Bahnhof?", "Où est la gare ?", "Kde je nádraží?", "Missä rautatieasema on?",
    "Tåget går klockan åtta.", "Il treno parte alle otto.", "Where is the station?",
)  # fmt: skip


def load() -> tuple[Any, Any, Any]:
    """The texts, their languages and the number of the message that each translates."""
    lines = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines()]
    messages, languages, texts = (np.array(column) for column in zip(*lines, strict=True))
    return texts, np.array([NAMES[code] for code in languages]), messages.astype(int)


def learnt(texts: Any, languages: Any, dim: int) -> HyperClassifier:
    """Languages from n-grams of one to four letters, within words."""
    return HyperClassifier(encoder=NgramEncoder("char_wb", (1, 4), dim=dim)).fit(texts, languages)


def tested(dim: int) -> list[tuple[str, float, int, str]]:
    """Of each language: how much of what was kept back came out right, of how many, else what."""
    texts, languages, messages = load()
    maker = GroupShuffleSplit(1, test_size=0.25, random_state=0)
    ((fit, test),) = maker.split(texts, languages, messages)
    found = learnt(texts[fit], languages[fit], dim).predict(texts[test])
    rows = []
    for name in NAMES.values():
        mine = found[languages[test] == name]
        others, times = np.unique(mine[mine != name], return_counts=True)
        most = others[times.argmax()] if len(others) else ""
        rows.append((name, float((mine == name).mean()), len(mine), str(most)))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Languages from n-grams.")
    parser.add_argument("sentence", nargs="*", help="whose language is told")
    parser.add_argument("--dim", type=int, default=1024, help="of the vectors (default 1024)")
    options = parser.parse_args(arguments)
    rows = tested(options.dim)
    print("language     right   of   else mostly")
    for name, right, count, other in rows:
        print(f"{name:<11} {right:6.1%}  {count:3}   {other}".rstrip())
    right = sum(row[1] * row[2] for row in rows) / sum(row[2] for row in rows)
    print(f"{'all':<11} {right:6.1%}  {sum(row[2] for row in rows)}\n")
    texts, languages, _ = load()
    model = learnt(texts, languages, options.dim)
    sentences = options.sentence or list(SENTENCES)
    for text, each in zip(sentences, model.predict_proba(sentences), strict=True):
        print(f"{model.classes_[each.argmax()]:<11} P {each.max():.2f}   {text}")
    why = model.explain(sentences[:1])[0]
    shown = tuple(name.replace(" ", "_") for name in why.names)  # where a word begins or ends
    print(f"\n{sentences[0]}\n{replace(why, names=shown)}")


if __name__ == "__main__":
    main()
