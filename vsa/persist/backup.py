"""A copy of a kept session while it is open: whole, mapped rows included, or none at all."""

from __future__ import annotations

from vsa.errors import VsaError
from vsa.memory.memory import Memory
from vsa.persist import large
from vsa.persist.database import Database
from vsa.persist.draft import drafted
from vsa.persist.form import closed
from vsa.persist.keeper import Keeper
from vsa.persist.mapped import Mapped
from vsa.persist.place import PathLike


def backup(memory: Memory, path: PathLike) -> None:
    """Copy all that is in the file of a memory, or of the session that has it, to a new file.

    What belongs to the new file is in its place before the file itself is, which is there whole
    from one moment to the next.
    """
    keeper = memory.journal.keeper
    if not isinstance(keeper, Keeper) or not isinstance(keeper.database, Database):
        raise VsaError("nothing is kept in a file: :save FILE or Memory.open(FILE) keeps it")
    made: list[Mapped] = []
    with memory.journal.lock:
        if keeper.closed:
            raise closed(keeper.path.name)
        try:
            with drafted(path) as (draft, place):
                keeper.database.copy(draft)
                made.extend(large.copied(store, keeper.path, place) for store in keeper.beside)
        except BaseException:
            large.drop(made)
            raise
        for file in made:
            file.close()
