"""Sessions on disk. Nothing acknowledged is lost.

A session is one SQLite file; the rows of a large memory lie beside it in a file of their own, which
is mapped. place.py says which file, database.py is the file, codec.py what values look like in it,
keeper.py writes each transaction, load.py reads it all back, open.py begins and ends with a file,
exchange.py exports and imports.
"""

from vsa.persist.check import check
from vsa.persist.exchange import export_session, import_session
from vsa.persist.open import open_memory, open_session, save, save_memory

__all__ = [
    "check",
    "export_session",
    "import_session",
    "open_memory",
    "open_session",
    "save",
    "save_memory",
]
