"""Spaces with a memory full of atoms, for the tests of structures."""

from vsa import Memory, Space
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
