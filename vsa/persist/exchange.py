"""A session as two files that other programs read: numbers as safetensors, the rest as JSON.

What the keeper writes to a database and the loader reads from it goes through a `Bundle` here: the
same entries, arrays and rows, held in memory. `rows` are the unit vectors of the memory, in the
algebra's packed form (dim,), and `norms` their lengths.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa.errors import VsaError
from vsa.persist.form import Arrays, DamagedError
from vsa.persist.keeper import Keeper
from vsa.persist.load import about_space, load_memory, load_session, load_space

if TYPE_CHECKING:
    from vsa.lang.session import Session

FORMAT = "vsa session 1"
NUMBERS = {"kinds": "<u8", "own": "|u1", "norms": "<f8"}


class Bundle:
    """Entries, arrays and rows in memory, as `Database` has them on disk."""

    maps = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writable = False
        self.sections: dict[str, dict[str, tuple[int | None, str]]] = {}
        self.held: dict[tuple[str, str], Arrays] = {}
        self.rows: list[tuple[int, int, dict[str, Any]]] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nothing is half there: a bundle is written as a whole."""
        yield

    def put(
        self, section: str, name: str, state: str, arrays: Arrays, number: int | None = None
    ) -> None:
        self.sections.setdefault(section, {})[name] = number, state
        self.held[section, name] = arrays

    def drop(self, section: str, name: str) -> None:
        self.sections.get(section, {}).pop(name, None)

    def drop_from(self, section: str, number: int) -> None:
        """There is nothing to remove from what has just been begun."""

    def numbered(self, section: str, number: int) -> list[str]:
        """There is nothing yet in what has just been begun."""
        return []

    def drop_segments(self, start: int) -> int:
        """There is nothing to remove from what has just been begun."""
        return start

    def put_segment(self, start: int, count: int, columns: dict[str, Any]) -> None:
        self.rows.append((start, count, columns))

    def close(self) -> None:
        """There is nothing to let go of."""

    def about(self) -> dict[str, Any]:
        return {name: json.loads(state) for name, (_, state) in self.sections["about"].items()}

    def entries(self, section: str) -> Iterator[tuple[str, int | None, str]]:
        for name, (number, state) in self.sections.get(section, {}).items():
            yield name, number, state

    def arrays(self, section: str, name: str) -> Arrays:
        return self.held.get((section, name), [])

    def segments(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        yield from self.rows


def export_session(session: Session, path: str | os.PathLike[str]) -> list[str]:
    """Write a session as path.json and path.safetensors; the names of the two files.

    Neither may exist. Needs the package `safetensors`.
    """
    numpy = _safetensors()
    files = _files(path)
    for file in files:
        if file.exists():
            raise VsaError(f"{file.name} exists already: choose another name")
    bundle = Bundle(files[0])
    keeper = Keeper(bundle, session.memory, session.plugins)
    keeper.session = session
    keeper.keep_all()
    for name, value in about_space(session.space).items():
        bundle.put("about", name, json.dumps(value), [])
    tensors: dict[str, np.ndarray[Any, Any]] = {}
    sections: dict[str, list[Any]] = {}
    for section, entries in bundle.sections.items():
        for name, (number, state) in entries.items():
            keys = []
            for i, array in enumerate(bundle.held[section, name]):
                keys.append(f"{section}/{name}/{i}")
                tensors[keys[-1]] = _real(array)
            sections.setdefault(section, []).append([name, number, json.loads(state), keys])
    names: list[str] = []
    for _, _, columns in bundle.rows:  # one, for everything is written at once
        names = json.loads(columns["names"])
        backend = session.space.backend
        tensors["rows"] = np.ascontiguousarray(backend.numpy(session.memory.table.rows))
        tensors |= {key: np.frombuffer(columns[key], kind) for key, kind in NUMBERS.items()}
    text = json.dumps({"format": FORMAT, "names": names, "sections": sections}, indent=1)
    data = numpy.save(tensors)
    try:
        for file, content in zip(files, (text.encode(), data), strict=True):
            with file.open("xb") as stream:
                stream.write(content)
    except OSError as error:
        raise VsaError(f"{files[0].stem} cannot be written: {error.strerror}") from None
    return [file.name for file in files]


def import_session(session: Session, path: str | os.PathLike[str]) -> None:
    """Read what `export_session` has written into a session that has nothing yet.

    Raises VsaError where the session is not empty or of another space, and where the files are
    not sound; then nothing is changed.
    """
    numpy = _safetensors()
    if session.values or session.definitions or len(session.memory):
        raise VsaError("this session has names already: import into a new one")
    files = _files(path)
    try:
        said = json.loads(files[0].read_text(encoding="utf-8"))
        tensors = dict(numpy.load(files[1].read_bytes()))
    except OSError as error:
        raise VsaError(f"{Path(str(error.filename)).name}: {error.strerror}") from None
    except Exception as error:  # the library's own class, and what JSON and UTF-8 raise
        raise DamagedError(files[0], f"it is not what was exported ({error})") from None
    bundle = _bundle(files[0], said, tensors)
    found = load_space(bundle, session.space.backend_name, session.plugins)
    if found != session.space:
        raise VsaError(f"{files[0].name} is of {found!r}, and this session of {session.space!r}")
    from vsa.lang.session import Session as Fresh
    from vsa.persist import save

    made = Fresh(memory=load_memory(bundle, found), plugins=session.plugins)
    keeper = Keeper(bundle, made.memory, made.plugins)
    keeper.session = made
    load_session(made, keeper)
    file = session.file
    if file is not None:  # take the place of the empty session that is kept there
        session.close()
        os.unlink(file)
        save(made, file)
    session.become(made)


def _bundle(path: Path, said: Any, tensors: dict[str, np.ndarray[Any, Any]]) -> Bundle:
    bundle = Bundle(path)
    try:
        if said["format"] != FORMAT:
            raise ValueError(f"its format is {said['format']!r}, and {FORMAT!r} is read")
        for section, entries in said["sections"].items():
            for name, number, state, keys in entries:
                arrays = [np.frombuffer(tensors[key].tobytes(), np.uint8) for key in keys]
                bundle.put(section, str(name), json.dumps(state), arrays, number)
        names = said["names"]
        if names:
            columns: dict[str, Any] = {"names": json.dumps(names), "marks": bytes(8 * len(names))}
            columns |= {k: tensors[k].astype(kind).tobytes() for k, kind in NUMBERS.items()}
            columns["rows"] = tensors["rows"].tobytes()
            bundle.put_segment(0, len(names), columns)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedError(path, f"it is not what was exported ({error})") from None
    return bundle


def _files(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    base = Path(os.path.abspath(path))
    if base.suffix in (".json", ".safetensors"):
        base = base.with_suffix("")
    return base.with_name(base.name + ".json"), base.with_name(base.name + ".safetensors")


def _real(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Complex numbers as pairs (…, 2), which every reader of the format knows."""
    if array.dtype.kind != "c":
        return np.ascontiguousarray(array)
    parts = np.ascontiguousarray(array).view(array.real.dtype)
    return parts.reshape(*array.shape, 2)


def _safetensors() -> Any:
    try:
        from safetensors import numpy
    except ImportError:
        raise VsaError(
            "exchange needs the package 'safetensors': pip install \"vsa-algebra[exchange]\""
        ) from None
    return numpy
