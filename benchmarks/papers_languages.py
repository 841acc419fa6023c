"""Languages told from sentences of 20 to 128 letters, beside the exact counts that vectors stand for.

Half of Django's messages are learnt, in all languages, and the sentences of the other half are told
(`benchmarks.languages` has the set). torchhd's figure is that of its own example on such a set, trigrams
that are not quantised and centroids (torchhd 5.8.4), over ten splits of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GroupShuffleSplit
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from benchmarks.languages import LANGUAGES, sentences
from benchmarks.papers import Table, short, spread
from vsa.learn import HyperClassifier, NgramEncoder

TRIGRAMS = ("char", (3, 3))
WITHIN_WORDS = ("char_wb", (1, 4))
GOALS = {("ridge", WITHIN_WORDS, 1024): "≥ 92.5", ("ridge", WITHIN_WORDS, 4096): "≥ 94.5"}
TORCHHD = {("centroid", TRIGRAMS, 1024): "84.6"}
TIMED = 5700  # lines


def splits(count: int) -> Iterator[tuple[Any, ...]]:
    """Sentences and languages to fit and to test: no message of a test is fitted in any language."""
    texts = np.array([sentence.folded for sentence in sentences()], dtype=object)
    languages = np.array([sentence.language for sentence in sentences()])
    messages = np.unique([sentence.message for sentence in sentences()], return_inverse=True)[1]
    maker = GroupShuffleSplit(10, test_size=0.5, random_state=0)
    for fitted, tested in list(maker.split(texts, languages, messages))[:count]:
        yield texts[fitted], languages[fitted], texts[tested], languages[tested]


def accuracies(make: Callable[[int], Any], count: int) -> list[float]:
    """Of `make(split)`, in percent."""
    return [
        100 * float(make(s).fit(*parts[:2]).score(*parts[2:]))
        for s, parts in enumerate(splits(count))
    ]


def seconds(analyzer: str, lengths: tuple[int, int], dim: int = 1024) -> float:
    """The CPU time of the encoder for some thousand lines: the least of three."""
    texts = [sentence.folded for sentence in sentences()][:TIMED]
    encoder = NgramEncoder(analyzer, lengths, dim=dim).fit(texts)
    found = []
    for _ in range(3):
        start = time.process_time()
        encoder.transform(texts)
        found.append(time.process_time() - start)
    return min(found)


def counts(way: tuple[str, tuple[int, int]]) -> Any:
    return CountVectorizer(analyzer=way[0], ngram_range=way[1])


def naive_bayes(way: tuple[str, tuple[int, int]]) -> Any:
    return make_pipeline(counts(way), MultinomialNB())


def centroid(way: tuple[str, tuple[int, int]]) -> Any:
    """The largest cosine with the sum of a class, which the centroid of vectors comes near."""
    return HyperClassifier("centroid", encoder=make_pipeline(counts(way), Normalizer()))


def languages(quick: bool) -> Table:
    """The table; a line that says how to get the set where it is not there."""
    title = f"Languages: accuracy (%) on {len(LANGUAGES)} by Django's messages, split by message"
    columns = ("readout, n-grams, D", "here", "splits", "goal", "torchhd")
    try:
        size = len(sentences())
    except FileNotFoundError as error:
        return Table(title, columns, [], (str(error),))
    rows, data = [], {}
    few = 3 if quick else 10
    for readout, way, dim, splits in (
        ("ridge", WITHIN_WORDS, 1024, few),
        ("ridge", WITHIN_WORDS, 4096, 1 if quick else 3),
        ("ridge", TRIGRAMS, 1024, few),
        ("ridge", TRIGRAMS, 4096, 0 if quick else 3),
        ("centroid", TRIGRAMS, 1024, few),
    ):
        if not splits:
            continue
        found = accuracies(
            lambda seed, r=readout, w=way, d=dim: HyperClassifier(
                r, encoder=NgramEncoder(*w, dim=d, seed=seed)
            ),
            splits,
        )
        case = (readout, way, dim)
        name = f"{readout}, {named(way)}, {dim}"
        rows.append(
            (name, spread(found, 1), f"{splits}", GOALS.get(case, ""), TORCHHD.get(case, ""))
        )
        data[name] = found
    for name, way, model in (
        ("naive Bayes", TRIGRAMS, naive_bayes),
        ("naive Bayes", WITHIN_WORDS, naive_bayes),
        ("centroid", TRIGRAMS, centroid),
    ):
        found = accuracies(lambda seed, w=way, m=model: m(w), few)
        label = f"{name}, {named(way)}, exact counts"
        rows.append((label, spread(found, 1), f"{few}", "", ""))
        data[label] = found
    times = {named(way): seconds(*way) for way in (TRIGRAMS, WITHIN_WORDS)}
    said = ", ".join(f"{short(s)} s ({name})" for name, s in times.items())
    return Table(
        title, columns, rows,
        (f"{size:,} sentences. {TIMED:,} lines encoded at D = 1024, of one core: {said}.",),
        data | {"seconds": times},
    )  # fmt: skip


def named(way: tuple[str, tuple[int, int]]) -> str:
    return "trigrams" if way == TRIGRAMS else "1-4-grams within words"
