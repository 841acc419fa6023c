"""How people are named: words to search by, years, and labels that tell everyone apart."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from vsa_plugins.kinship.family.records import SHOWN, Record, plain

NEAREST = 3  # names suggested for one that nobody has
ALIKE = 0.7  # from here on, difflib's ratio of two words makes one a likely slip of the other
UNKNOWN = 10_000  # years that somebody without a year is away from any


def words(text: str) -> tuple[str, ...]:
    """A name as it is compared: its words without letter case, accents and punctuation."""
    bare = unicodedata.normalize("NFKD", plain(text).casefold())
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    return tuple(re.findall(r"[^\W_]+", bare))


def year(number: int) -> str:
    """ "1841", or "83 BC" for −83."""
    return str(number) if number >= 0 else f"{-number} BC"


def years(record: Record) -> str:
    """ "1841–1910", "1841–", "–1910", or nothing."""
    if record.born is None and record.died is None:
        return ""
    return "–".join("" if y is None else year(y) for y in (record.born, record.died))


def when(born: int | None, died: int | None) -> str:
    """What was asked for beside a name: ", born in 1841, died in 1910"."""
    return "".join(
        f", {verb} in {year(y)}" for verb, y in (("born", born), ("died", died)) if y is not None
    )


def labels(records: Iterable[Record]) -> dict[str, str]:
    """Id → name and year of birth, different for everyone.

    Years of both ends and the id are added where names recur. A name may itself look like another's
    label: the id alone stands for those.
    """
    made = {r.id: _label(r, year(r.born) if r.born is not None else years(r)) for r in records}
    for finer in (years, lambda r: " ".join(filter(None, (years(r), r.id)))):
        counts = Counter(made.values())
        for r in records:
            if counts[made[r.id]] > 1:
                made[r.id] = _label(r, finer(r))
    while len(counts := Counter(made.values())) < len(made):
        made = {id: id if counts[label] > 1 else label for id, label in made.items()}
    return made


def _label(record: Record, detail: str) -> str:
    if not record.name:
        return record.id
    return f"{record.name} ({detail})" if detail else record.name


def listed(records: Sequence[Record], last: str = "and") -> str:
    """ "Ann 1901–1980 (@I1@) and Bob (@I2@)", cut where it gets long."""
    ids = ["" if r.id == r.name else f"({r.id})" for r in records]
    shown = [
        " ".join(filter(None, (r.name, years(r), i))) for r, i in zip(records, ids, strict=True)
    ]
    if len(shown) > SHOWN:
        shown[SHOWN:] = [f"{len(shown) - SHOWN} more"]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


class Finder:
    """Looks people up by id, by label, by name and by words of their names."""

    def __init__(self, records: Sequence[Record], labels: Mapping[str, str]) -> None:
        self._records = records
        self._labels = [label if (label := labels[r.id]) != r.name else r.id for r in records]
        self._names = [words(r.name or r.id) for r in records]

    @cached_property
    def _all(self) -> list[Counter[str]]:
        """Per person the words that a search may use: of the name, the years and the id."""
        return [
            Counter((*name, *words(years(r)), *words(r.id)))
            for r, name in zip(self._records, self._names, strict=True)
        ]

    def find(self, name: str, born: int | None = None, died: int | None = None) -> list[Record]:
        """Those with the id or label; or else the full name; or its first words; or words of it."""
        fitting = [
            (row, record)
            for row, record in enumerate(self._records)
            if born in (None, record.born) and died in (None, record.died)
        ]
        asked = words(name)
        wanted = Counter(asked)
        tiers: list[Callable[[int], bool]] = [
            lambda row: name in (self._records[row].id, self._labels[row])
        ]
        if asked:
            tiers += [
                lambda row: self._names[row] == asked,
                lambda row: self._names[row][: len(asked)] == asked,
                lambda row: wanted <= self._all[row],
            ]
        for is_called in tiers:
            found = [record for row, record in fitting if is_called(row)]
            if found:
                return found
        return []

    def with_words(self, name: str, born: int | None, died: int | None) -> list[Record]:
        """All whose words include those of a name, those nearest to the years first."""
        wanted = Counter(words(name))
        named = [r for r, known in zip(self._records, self._all, strict=True) if wanted <= known]

        def years_off(record: Record) -> int:
            pairs = ((born, record.born), (died, record.died))
            return sum(
                UNKNOWN if said is None else abs(said - asked)
                for asked, said in pairs
                if asked is not None
            )

        return sorted(named, key=years_off) if wanted else []

    def nearest(self, name: str) -> list[Record]:
        """A few people whose names are most like one that nobody has, word by word."""
        from difflib import SequenceMatcher, get_close_matches
        from heapq import nlargest

        asked = words(name[:100])  # to compare longer names takes long, and nobody types them
        vocabulary = sorted(set().union(*self._names))
        alike: list[dict[str, float]] = []
        for word in asked:
            near = get_close_matches(word, vocabulary, 2 * NEAREST, ALIKE)
            alike.append({w: SequenceMatcher(None, word, w).ratio() for w in near})

        def likeness(row: int) -> tuple[float, int]:
            own = self._names[row]
            return sum(max(near.get(w, 0.0) for w in own) for near in alike if own), -len(own)

        best = nlargest(NEAREST, range(len(self._records)), likeness)
        enough = max(len(asked) / 2, 0.9 * likeness(best[0])[0])
        return [self._records[row] for row in best if asked and likeness(row)[0] >= enough]
