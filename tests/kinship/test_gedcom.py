"""GEDCOM files: what they say of people, and how people are linked."""

import re

import pytest
import trees
from gedcoms import PEOPLE, facts, family, ged, refused
from trees import DATA
from vsa_plugins.kinship.family import Family

pytest.importorskip("ged4py")

royal = trees.royal  # a fixture


# --- real files -------------------------------------------------------------------------------------


def test_royal92_against_its_lines(royal):
    """Every fact, sex and year, by a reading of the text that shares nothing with the reader."""
    text = (DATA / "royal92.ged").read_text()
    blocks = [re.split(r"\n(?=1 )", b) for b in re.split(r"\n(?=0 )", text)]
    heads = [re.fullmatch(r"0 (@\w+@) (INDI|FAM)", b[0].strip()) for b in blocks]
    records = [(h[1], h[2], b[1:]) for h, b in zip(heads, blocks, strict=True) if h]
    parents, spouses = set(), set()
    for _, _, lines in (r for r in records if r[1] == "FAM"):
        links = [line.split()[1:3] for line in lines if line.split()[1] in ("HUSB", "WIFE", "CHIL")]
        couple = [id for tag, id in links if tag != "CHIL"]
        parents |= {(id, parent) for tag, id in links if tag == "CHIL" for parent in couple}
        spouses |= {(x, y) for x in couple for y in couple if x != y}
    ids = [r.id for r in royal.records]

    def pairs(relation):
        return {(ids[x], ids[y]) for x, y in royal.facts[relation].tolist()}

    assert pairs("parent") == parents
    assert pairs("spouse") == spouses
    assert not pairs("adopter")
    assert not pairs("fosterer")
    for id, _, lines in (r for r in records if r[1] == "INDI"):
        person = royal.people[id]
        tags = {line.split()[1]: line for line in lines}
        assert person.sex == (tags["SEX"].split()[2] if "SEX" in tags else "U")
        name = tags["NAME"].partition("NAME")[2].replace("/", " ").replace("_", " ").split()
        assert person.name == " ".join(name)
        for tag, year in (("BIRT", person.born), ("DEAT", person.died)):
            date = re.search(r"2 DATE .*?(\d{3,4})", tags.get(tag, ""))
            assert year == (int(date[1]) if date else None), tags[tag]


def test_what_royal92_holds(royal):
    assert str(royal) == "royal92.ged: 3010 people, 3724 parents, 1138 spouses"
    assert royal.notes == ()
    assert (royal.sexes == 2).sum() == 13
    by_name = {}
    for person in royal:
        by_name.setdefault(person.name, []).append(person)
    shared = [same for same in by_name.values() if len(same) > 1]
    assert (len(shared), sum(map(len, shared))) == (232, 747)
    assert (len(by_name["Unknown"]), len(by_name[""])) == (36, 4)
    assert royal.find("Edward", born=1841) == royal.people["@I4@"]
    assert str(royal.find("edward vii")) == "Edward VII Wettin (1841)"
    assert len({str(person) for person in royal}) == 3010


def test_bronte():
    family = Family.read(DATA / "bronte.ged")
    assert str(family) == "bronte.ged: 14 people, 18 parents, 4 spouses"
    assert family.find("charlotte bronte").name == "Charlotte Brontë"
    assert family.find("Hugh").died == 1808  # abt 1808


# --- links ------------------------------------------------------------------------------------------


def test_parents_come_from_the_family():
    assert facts(PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@") == {
        ("parent", "C", "A"), ("parent", "C", "B"), ("spouse", "A", "B"),
    }  # fmt: skip


def test_links_that_only_the_person_gives():
    text = """0 @A@ INDI|1 NAME Ann|1 SEX F|1 FAMS @F@
    0 @B@ INDI|1 FAMS @F@
    0 @C@ INDI|1 NAME Cy|1 FAMC @F@
    0 @F@ FAM"""
    assert facts(text) == {("parent", "C", "A"), ("parent", "C", "B"), ("spouse", "A", "B")}
    assert family(ged(text)).notes == (
        "Ann (@A@) is a partner in @F@, which does not say so: believed",
        "@B@ is a partner in @F@, which does not say so: believed",
        "Cy (@C@) is a child in @F@, which does not say so: believed",
    )


def test_remarriage_makes_half_siblings():
    text = (
        PEOPLE
        + """0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@
    0 @G@ FAM|1 HUSB @A@|1 CHIL @D@"""
    )
    assert facts(text) == {
        ("parent", "C", "A"), ("parent", "C", "B"), ("parent", "D", "A"), ("spouse", "A", "B"),
    }  # fmt: skip


def test_parents_of_one_sex_and_of_none_known():
    text = """0 @A@ INDI|1 SEX F
    0 @B@ INDI|1 SEX F
    0 @C@ INDI
    0 @D@ INDI|1 SEX X
    0 @F@ FAM|1 WIFE @A@|1 WIFE @B@|1 CHIL @C@
    0 @G@ FAM|1 HUSB @C@|1 CHIL @D@"""
    assert facts(text) == {
        ("parent", "C", "A"), ("parent", "C", "B"), ("parent", "D", "C"), ("spouse", "A", "B"),
    }  # fmt: skip
    # The place in a family tells no sex: wives in HUSB and husbands in WIFE are common.
    assert [r.sex for r in family(ged(text)).records] == ["F", "F", "U", "U"]


def test_adopted_and_fostered_children():
    text = """0 @A@ INDI
    0 @B@ INDI
    0 @C@ INDI|1 FAMC @F@|1 FAMC @G@|2 PEDI adopted
    0 @D@ INDI|1 FAMC @F@|2 PEDI birth|1 FAMC @G@|2 PEDI FOSTER
    0 @F@ FAM|1 HUSB @A@|1 CHIL @C@|1 CHIL @D@
    0 @G@ FAM|1 WIFE @B@|1 CHIL @C@|1 CHIL @D@"""
    assert facts(text) == {
        ("parent", "C", "A"), ("adopter", "C", "B"), ("parent", "D", "A"), ("fosterer", "D", "B"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        ("", ("adopter", "adopter")),
        ("|3 ADOP BOTH", ("adopter", "adopter")),
        ("|3 ADOP HUSB", ("adopter", "parent")),  # a stepfather's adoption
        ("|3 ADOP WIFE", ("parent", "adopter")),
    ],
)
def test_adoption_as_an_event(who, kinds):
    text = (
        PEOPLE
        + f"""0 @E@ INDI|1 ADOP|2 FAMC @F@{who}
    0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @E@"""
    )
    assert facts(text) - {("spouse", "A", "B")} == {(kinds[0], "E", "A"), (kinds[1], "E", "B")}


@pytest.mark.parametrize(
    ("lines", "adopters"),
    [
        ("1 FAMC @F@|2 PEDI adopted|1 ADOP|2 FAMC @F@|3 ADOP WIFE", "B"),
        ("1 FAMC @F@|2 PEDI adopted|2 ADOP WIFE", "B"),
        ("1 FAMC @F@|2 PEDI adopted|1 ADOP|2 FAMC @F@|3 ADOP BOTH", "AB"),
        (
            "1 FAMC @F@|2 PEDI adopted|1 ADOP|2 FAMC @F@|3 ADOP WIFE|1 ADOP|2 FAMC @F@|3 ADOP HUSB",
            "AB",
        ),
    ],
)
def test_adoption_as_pedigree_and_event(lines, adopters):
    made = facts(PEOPLE + f"0 @E@ INDI|{lines}|0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @E@")
    assert {y for relation, _, y in made if relation == "adopter"} == set(adopters)


def test_adoption_by_nobody_known_is_noted():
    text = "0 @E@ INDI|1 NAME Eve|1 ADOP Y|0 @F@ FAM|1 HUSB @A@|1 CHIL @E@"
    assert family(ged(PEOPLE + text)).notes == (
        "Eve (@E@) was adopted, but by whom is not said: left out",
    )
    said = text.replace("ADOP Y", "ADOP Y|1 FAMC @F@|2 PEDI adopted")
    assert family(ged(PEOPLE + said)).notes == ()


def test_names_without_what_a_terminal_obeys():
    made = family(ged("0 @A@ INDI|1 NAME Ann\x1b[31m /Sm\u202eith/"))
    assert made.records[0].name == "Ann[31m Smith"
    assert made.notes == (
        "the name of Ann[31m Smith (@A@) has characters that do not print: left out",
    )
    made = family(ged("0 @A\x1b@ INDI|1 NAME Ann"))
    assert made.records[0].id == "@A@"
    assert made.notes == (r"line 3: the id '@A\x1b@' is read as @A@",)


def test_adoption_by_one_parent_as_the_family_says_it():
    text = PEOPLE + """0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@|2 _FREL Adopted|2 _MREL Natural"""
    assert facts(text) - {("spouse", "A", "B")} == {("adopter", "C", "A"), ("parent", "C", "B")}


def test_other_pedigrees_are_left_out_and_noted():
    text = (
        PEOPLE
        + """0 @E@ INDI|1 NAME Eve|1 FAMC @F@|2 PEDI sealing
    0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @E@"""
    )
    assert facts(text) == {("spouse", "A", "B")}
    assert family(ged(text)).notes == ("Eve (@E@) is a child in @F@ by 'sealing': left out",)


def test_two_families_by_birth_are_kept_and_noted():
    text = (
        PEOPLE
        + """0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @D@
    0 @G@ FAM|1 HUSB @A@|1 WIFE @C@|1 CHIL @D@"""
    )
    assert {y for relation, _, y in facts(text) if relation == "parent"} == {"A", "B", "C"}
    assert family(ged(text)).notes == ("D X (@D@) has 3 parents by birth",)


def test_links_that_lead_nowhere_are_left_out_and_noted():
    text = """0 @A@ INDI|1 NAME Ann|1 FAMC @NO@|1 FAMS @F@
    0 @F@ FAM|1 HUSB @A@|1 WIFE @F@|1 CHIL @I9@|1 CHIL I7|1 CHIL @VOID@|1 CHIL
    0 INDI|1 NAME Nobody
    0 FAM"""
    made = family(ged(text))
    assert (len(made), [len(pairs) for pairs in made.facts.values()]) == (1, [0, 0, 0, 0])
    assert made.notes == (
        "a person without an id is left out",
        "a family without an id is left out",
        "WIFE '@F@' of @F@ leads nowhere: left out",
        "CHIL '@I9@' of @F@ leads nowhere: left out",
        "CHIL 'I7' of @F@ leads nowhere: left out",
        "FAMC '@NO@' of Ann (@A@) leads nowhere: left out",
    )


def test_people_who_cannot_be_are_refused_by_name():
    own = PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 CHIL @A@"
    assert refused(ged(own)) == "t.ged: A X (@A@) is given as their own parent"
    circle = PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 CHIL @B@|0 @G@ FAM|1 HUSB @B@|1 CHIL @A@"
    assert refused(ged(circle)) == (
        "t.ged: people are their own ancestors: A X (@A@), child of B X (@B@), child of A X (@A@)"
    )
    assert refused(ged(PEOPLE + "0 @A@ INDI|1 NAME Eve")) == (
        "t.ged:11: '@A@' is the id of another person in line 3, and they differ: "
        "give one of them another id"
    )
    both = family(ged(PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 WIFE @A@"))
    assert both.notes == ("A X (@A@) is both partners in @F@",)
    assert not len(both.facts["spouse"])


def test_two_families_of_one_id_are_refused_unless_they_say_the_same():
    first = "0 @F@ FAM|1 HUSB @A@|1 CHIL @C@|2 _FREL Natural|1 MARR|2 DATE 1 MAY 1900|"
    assert refused(ged(PEOPLE + first + "0 @F@ FAM|1 HUSB @B@|1 CHIL @D@")) == (
        "t.ged:17: '@F@' is the id of another family in line 11, and they differ: "
        "give one of them another id"
    )
    assert "they differ" in refused(ged(PEOPLE + first + first.replace("Natural", "Adopted")))
    again = ged(PEOPLE + first + first + first)
    assert family(again).notes == ("the family @F@ is in the file more than once: read once",)
    assert facts(PEOPLE + first + first) == facts(PEOPLE + first) == {("parent", "C", "A")}


def test_a_person_who_is_there_twice_word_for_word_is_one():
    text = (
        PEOPLE
        + "0 @E@ INDI|1 NAME Eve|1 BIRT|2 DATE 1900|1 FAMC @F@|0 @F@ FAM|1 HUSB @A@|1 CHIL @E@|"
    )
    again = family(ged(text + "0 @E@ INDI|1 NAME Eve|1 BIRT|2 DATE 1900|1 FAMC @F@"))
    assert again.notes == ("the person @E@ is in the file more than once: read once",)
    assert (len(again), len(again.facts["parent"])) == (5, 1)
    for other in ("1 NAME Eve|1 BIRT|2 DATE 1901|1 FAMC @F@", "1 NAME Eve|1 BIRT|2 DATE 1900"):
        assert "and they differ" in refused(ged(text + f"0 @E@ INDI|{other}"))


def test_of_three_partners_those_in_one_role_are_no_couple():
    three = PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 WIFE @C@|1 CHIL @D@"
    assert {f for f in facts(three) if f[0] == "spouse"} == {
        ("spouse", "A", "B"), ("spouse", "A", "C"),
    }  # fmt: skip
    assert family(ged(three)).notes == (
        "@F@ has 3 partners, A X (@A@), B X (@B@), C X (@C@): "
        "those in one role are not taken for a couple",
        "D X (@D@) has 3 parents by birth",
    )
    by_person = PEOPLE + "0 @E@ INDI|1 SEX F|1 FAMS @F@|0 @F@ FAM|1 HUSB @A@|1 WIFE @B@"
    assert facts(by_person) == {("spouse", "A", "B"), ("spouse", "A", "E")}
    two = PEOPLE + "0 @F@ FAM|1 WIFE @B@|1 WIFE @C@"
    assert facts(two) == {("spouse", "B", "C")}


# --- names, years, sex ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("1 NAME Edward_VII  /Wettin/", "Edward VII Wettin"),
        ("1 NAME Albert Augustus Charles//", "Albert Augustus Charles"),
        ("1 NAME /Wettin/ Edward", "Wettin Edward"),
        ("1 NAME John /Smith/ Jr.", "John Smith Jr."),
        ('1 NAME Alexandra of_Denmark "Alix"//', 'Alexandra of Denmark "Alix"'),
        ("1 NAME Lt. John /Smith/|2 NPFX Lt.", "John Smith"),
        ("1 NAME|2 GIVN John|2 SURN Smith", "John Smith"),
        ("1 NAME //", ""),
        ("", ""),
        ("1 NAME Mary /Jones/|2 TYPE married|1 NAME Mary /Smith/", "Mary Smith"),
        ("1 NAME Mary /Jones/|2 TYPE|1 NAME Mary /Smith/|2 TYPE aka", "Mary Jones"),
        ("1 NAME Ida /Roe/|2 TYPE birth|1 NAME Didi", "Ida Roe"),
        ("1 NAME Ida /Roe/|2 TYPE BIRTH|1 NAME Ida /Poe/", "Ida Roe"),
        ("1 NAME Ida /Poe/|2 TYPE MARRIED|1 NAME Ida /Roe/|2 TYPE MAIDEN", "Ida Roe"),
        ("1 NAME Didi|2 TYPE aka|1 NAME Ida /Roe/|2 TYPE birth", "Ida Roe"),
        ("1 NAME Didi|2 TYPE aka|1 NAME Ida|2 TYPE immigrant", "Didi"),
        ("1 NAME Didi|2 TYPE aka|1 NAME Ida|2 TYPE Birth Name", "Ida"),
        ("1 NAME Ida /Roe/|2 NICK Didi|2 _MARNM Poe", "Ida Roe"),
        ("1 NAME @I2@|1 NAME Mary", "Mary"),
        ("1 NAME|2 CONC Ida /Roe/", "Ida Roe"),
        ("1 NAME|2 CONT Ida|2 CONT /Roe/", "Ida Roe"),
        ("1 NAME Ida|1 CONC  /R|3 CONC oe/", "Ida Roe"),
        ("1 NAME A@@B /C@@D/", "A@B C@D"),
    ],
)
def test_names(lines, name):
    assert family(ged(f"0 @A@ INDI|{lines}")).records[0].name == name


def test_names_by_program():
    """Agelong Tree appends the maiden name; MyHeritage puts the married one beside the name."""
    for program, lines in (
        ("ALTREE", "1 NAME Ida /Poe (Roe)/|2 GIVN Ida|2 SURN Roe"),
        ("MYHERITAGE", "1 NAME Ida /Roe/|2 GIVN Ida|2 SURN Roe|2 _MARNM Poe"),
    ):
        text = ged(f"1 SOUR {program}|0 @A@ INDI|{lines}")
        assert family(text).records[0].name == "Ida Roe"


@pytest.mark.parametrize(
    ("said", "sex"), [("F", "F"), ("m", "M"), ("Female", "F"), ("X", "U"), ("", "U"), ("?", "U")]
)
def test_sexes(said, sex):
    assert family(ged(f"0 @A@ INDI|1 SEX {said}")).records[0].sex == sex
