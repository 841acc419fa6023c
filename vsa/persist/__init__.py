"""Sessions on disk. Nothing acknowledged is lost.

A session is one SQLite file; the rows of a large memory lie beside it in a file of their own, which
is mapped. place.py says which file, and log.py whether its log is sound; database.py is the file,
writer.py and reader.py know what values look like in it, values.py sees that none is lost; keeper.py
writes each transaction, load.py reads the memory back, open.py begins and ends with a file, backup.py
copies one, exchange.py exports and imports.
"""

from vsa.persist.backup import backup
from vsa.persist.check import check
from vsa.persist.exchange import export_session, import_session
from vsa.persist.open import open_memory, open_session, save, save_memory

__all__ = [
    "backup",
    "check",
    "export_session",
    "import_session",
    "open_memory",
    "open_session",
    "save",
    "save_memory",
]
