"""Kin words as programs: what is counted as a sibling, an uncle, a second cousin.

A word lets in whoever its ways lead to: a cousin may be oneself, or closer kin too, where cousins
married; subtract what is not meant. People of unknown sex are in no word for one sex, so a sibling
is not always a brother or a sister.
"""

from __future__ import annotations

from vsa_plugins.kinship.relations.relation import Relation

PRIMITIVES = {
    "self": "Oneself.",
    "female": "Oneself, if female: female @ sibling is a sister.",
    "male": "Oneself, if male: male @ sibling is a brother.",
    "parent": "A birth parent on file, of any sex.",
    "spouse": "Whoever shares a family as husband, wife or partner.",
    "adopter": "A parent by adoption.",
    "fosterer": "A parent by fostering.",
}

WORDS: dict[str, Relation] = {
    name: Relation.primitive(name, doc) for name, doc in PRIMITIVES.items()
}
oneself, female, male, parent, spouse, adopter, fosterer = WORDS.values()


def _word(name: str, relation: Relation, doc: str) -> Relation:
    WORDS[name] = relation.named(name, doc)
    return WORDS[name]


def _three(relation: Relation, name: str, of_women: str, of_men: str, doc: str) -> Relation:
    """A word and its two halves by sex."""
    word = _word(name, relation, doc)
    said = name.replace("_in_law", "-in-law").replace("_", " ")
    _word(of_women, female @ word, f"A female {said}.")
    _word(of_men, male @ word, f"A male {said}.")
    return word


_word("mother", female @ parent, "A female parent.")
_word("father", male @ parent, "A male parent.")
child = _three(~parent, "child", "daughter", "son", "A birth child on file.")
_word("wife", female @ spouse, "A female spouse.")
_word("husband", male @ spouse, "A male spouse.")

# --- the same parents ------------------------------------------------------------------------------
sibling = _three(
    child @ parent - oneself, "sibling", "sister", "brother",
    "Someone else with a parent in common.",
)  # fmt: skip
_word(
    "full_sibling", (child @ parent).at_least(2) - oneself,
    "Someone else with two parents in common.",
)  # fmt: skip
complete = oneself & (child @ parent).at_least(2)  # who has two parents on file
_word(
    "half_sibling", complete @ (child @ parent).exactly(1) @ complete,
    "Someone with one parent in common, where each of the two has two parents on file.",
)  # fmt: skip

# --- up and down -----------------------------------------------------------------------------------
grandparent = _three(
    parent @ parent, "grandparent", "grandmother", "grandfather", "A parent's parent."
)
grandchild = _three(child @ child, "grandchild", "granddaughter", "grandson", "A child's child.")
_three(
    parent @ grandparent, "great_grandparent", "great_grandmother", "great_grandfather",
    "A grandparent's parent.",
)  # fmt: skip
_three(
    child @ grandchild, "great_grandchild", "great_granddaughter", "great_grandson",
    "A grandchild's child.",
)  # fmt: skip

# --- aside -----------------------------------------------------------------------------------------
pibling = _word("pibling", sibling @ parent, "A parent's sibling: an aunt or uncle by blood.")
either = pibling | spouse @ pibling
_word("aunt", female @ either, "A parent's sister, or the wife of a parent's sibling.")
_word("uncle", male @ either, "A parent's brother, or the husband of a parent's sibling.")
_three(
    child @ (sibling | sibling @ spouse), "nibling", "niece", "nephew",
    "A child of a sibling or of a spouse's sibling.",
)  # fmt: skip
cousin = _word("cousin", child @ pibling, "A child of a parent's sibling.")
_word("second_cousin", child @ cousin @ parent, "A child of a parent's cousin.")

# --- by marriage -----------------------------------------------------------------------------------
_three(parent @ spouse, "parent_in_law", "mother_in_law", "father_in_law", "A spouse's parent.")
_three(spouse @ child, "child_in_law", "daughter_in_law", "son_in_law", "A child's spouse.")
_three(
    spouse @ sibling | sibling @ spouse, "sibling_in_law", "sister_in_law", "brother_in_law",
    "A sibling's spouse or a spouse's sibling.",
)  # fmt: skip
stepparent = _three(
    spouse @ parent - parent, "stepparent", "stepmother", "stepfather",
    "A parent's spouse who is no parent.",
)  # fmt: skip
_three(
    child @ spouse - child, "stepchild", "stepdaughter", "stepson",
    "A spouse's child who is no child of one's own.",
)  # fmt: skip
_three(
    child @ stepparent - child @ parent, "stepsibling", "stepsister", "stepbrother",
    "A stepparent's child with no parent in common.",
)  # fmt: skip

# --- by adoption and fostering ---------------------------------------------------------------------
_three(
    adopter,
    "adoptive_parent",
    "adoptive_mother",
    "adoptive_father",
    "A parent by adoption.",
)
_word("adopted_child", ~adopter, "A child by adoption.")
_word("foster_parent", fosterer, "A parent by fostering.")
_word("foster_child", ~fosterer, "A child by fostering.")

# The usual thirty.
USUAL = (
    "mother", "father", "parent", "child", "daughter", "son", "spouse", "wife", "husband",
    "sibling", "brother", "sister", "grandparent", "grandmother", "grandfather", "grandchild",
    "grandson", "granddaughter", "aunt", "uncle", "nibling", "niece", "nephew", "cousin",
    "second_cousin", "mother_in_law", "father_in_law", "sister_in_law", "brother_in_law",
    "half_sibling",
)  # fmt: skip
