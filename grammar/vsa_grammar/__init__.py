"""The language's grammar, `vsa.lark`, and nothing else."""

import os
from typing import Any


def text() -> str:
    """The grammar's source."""
    loader: Any = globals()["__loader__"]  # of a folder or of an archive
    data: bytes = loader.get_data(os.path.join(os.path.dirname(__file__), "vsa.lark"))
    return data.decode("utf-8").replace("\r\n", "\n")
