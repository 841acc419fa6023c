"""Spaces with a memory full of atoms, for the tests of structures."""

import pytest

from vsa import Memory, Session, Space, VsaError
from vsa.hooks.loader import load_plugins

PLUGINS = load_plugins()
NAMES = [f"n{i}" for i in range(1000)]


def world(dim=1024, atoms="unitary", items=1000, seed=0, **options):
    space = Space(dim=dim, atoms=atoms, seed=seed, **options)
    memory = Memory(space)
    memory.add(NAMES[:items], space.batch(NAMES[:items]))
    return space, memory


def names(answer):
    return list(answer.name)


def says(before, text, message):
    """A text fails with just this message after another one, and memory stays as it was."""
    session = Session(Space(1024), plugins=PLUGINS)
    session.run(before)
    known = list(session.memory)
    with pytest.raises(VsaError) as error:
        session.run(text)
    assert str(error.value) == message
    assert list(session.memory) == known
