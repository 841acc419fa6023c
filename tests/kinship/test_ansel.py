"""ANSEL, the old encoding of GEDCOM: marks stand before their letter, and many files only say so."""

import string
import unicodedata

import pytest
from gedcoms import family, ged, refused
from vsa_plugins.kinship.family.encoding import decoded, known

pytest.importorskip("ged4py")

# Byte → mark, from the standard (Z39.47): what Unicode calls combining characters.
MARKS = dict(
    zip(
        range(0xE0, 0xFC),
        "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030c\u030a\ufe20\ufe21\u0315"
        "\u030b\u0310\u0327\u0328\u0323\u0324\u0325\u0333\u0332\u0326\u031c\u032e\ufe22\ufe23",
        strict=True,
    )
) | {0xFE: "\u0313"}


def ansel(text, stated="ANSEL"):
    """A GEDCOM file in ANSEL; its bytes above 127 are written as characters of Latin-1."""
    return ged(text, stated).encode("latin-1")


def name(text, **keywords):
    return family(ansel(f"0 @A@ INDI|1 NAME {text}"), **keywords).records[0].name


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\xe8Ozg\xe8ur", "Özgür"),
        ("Nguy\xe4\xe3en", "Nguyễn"),  # of two marks the last is nearest to the letter
        ("T\xe1\xe3an", "Tần"),
        ("\xf2\xe2Emi", "Ẹ\u0301mi"),  # no letter of Unicode has both
        ("\xe2\xf2Emi", "Ẹ\u0301mi"),
        ("\xf0Cem", "Çem"),
        ("W\xf1asik", "Wąsik"),
        ("\xa1\xe2od\xe2z", "Łódź"),
        ("\xb1\xb2\xb3\xb4\xb5\xb6\xba", "łøđþæœð"),
    ],
)
def test_letters_with_marks(written, read):
    assert name(written) == read


def test_every_mark_over_every_letter():
    """As the files have it that try readers out: also where no language has such a letter."""
    lines = []
    for mark in map(chr, MARKS):
        lines += [
            "".join(mark + letter for letter in string.ascii_uppercase),
            "".join(mark + letter for letter in string.ascii_lowercase),
            f"{mark} over a space, {mark}\xe2 two over one",
        ]
    note = "|".join(f"2 CONT {line}" for line in lines)
    made = family(ansel(f"0 @A@ INDI|1 NOTE Marks|{note}|1 NAME Zo\xe8e"))
    assert (made.records[0].name, made.notes) == ("Zoë", ())
    codec = known("ansel", "")
    for byte, mark in MARKS.items():
        for letter in (*string.ascii_letters, " "):
            data = bytes([byte]) + letter.encode()
            ((_, text),) = decoded([(1, data)], codec, True, "")
            assert text == unicodedata.normalize("NFC", letter + mark)


def test_a_letter_and_its_mark_apart_by_a_continuation():
    made = family(ansel("0 @A@ INDI|1 NAME Zo\xe8|2 CONC e"))
    assert made.records[0].name == "Zoë"


def test_capitals_with_any_mark_speak_for_ansel():
    """No other encoding has, before a capital, the bytes that are marks here."""
    assert name("Eve|1 NOTE \xe4G \xe8K \xe0B, and \xe8k") == "Eve"


LATIN = (
    ("Zoë /Roe/", "'1 NAME Zoë /Roe/'"),
    ("Jürgen", "'1 NAME Jürgen'"),
    ("José", "'1 NAME José'"),
    ("Sigríður", "'1 NAME Sigríður'"),
)


@pytest.mark.parametrize(("written", "shown"), LATIN)
def test_what_only_says_that_it_is_ansel(written, shown):
    message = refused(ansel(f"0 @A@ INDI|1 NAME {written}"))
    assert message.startswith(
        f"t.ged:4: the line is hardly in ANSEL; with encoding='latin-1' it reads {shown}, "
        "with encoding='ansel' '1 NAME "
    )
    assert name(written, encoding="latin-1") == " ".join(written.replace("/", "").split())
    assert name(written, encoding="ansel")


def test_the_whole_file_tells_not_a_line():
    """One name with a mark that no language has is ANSEL among names that are."""
    sound = "|".join(f"0 @{i}@ INDI|1 NAME \xe2Emile" for i in range(3))
    names = [r.name for r in family(ansel(f"{sound}|0 @A@ INDI|1 NAME Mar\xe8ka")).records]
    assert names == ["Émile"] * 3 + ["Mark\u0308a"]
    assert "hardly in ANSEL" in refused(ansel("0 @A@ INDI|1 NAME Mar\xe8ka"))
