"""A family of three people, for tests."""

from vsa_plugins.kinship.family import Family, Record

ANN = Record("@I1@", "Ann Smith", "F", 1900, 1980)
BOB = Record("@I2@", "Bob Smith", "M", 1925)
CY = Record("@I3@", "Cy O'Brien", "U")


def smiths():
    """Ann, her son Bob, and Cy, who is married to him."""
    return Family(
        [ANN, BOB, CY],
        [("parent", "@I2@", "@I1@"), ("spouse", "@I3@", "@I2@"), ("parent", "@I2@", "@I1@")],
        name="smith.ged",
    )
