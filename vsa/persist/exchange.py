"""A session as two files that other programs read: numbers as safetensors, the rest as JSON.

What the keeper writes to a database and the loader reads from it goes through a `Bundle` here: the
same entries, arrays and rows, held in memory. `rows` are the unit vectors of the memory, in the
space's form of stored rows, and `norms` their lengths.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.arguments import checked_path
from vsa.errors import SaveWarning, VsaError
from vsa.extras import needed
from vsa.files import called, read_whole
from vsa.lang.session import Session
from vsa.notes import note
from vsa.persist.form import Arrays, DamagedError
from vsa.persist.keeper import Keeper
from vsa.persist.load import (
    SPACE,
    about_space,
    check_rows,
    load_memory,
    load_space,
    other_space,
    stored_form,
)
from vsa.persist.open import save
from vsa.persist.tensors import Tensor, kept_as, lengthened, read_tensors

FORMAT = "vsa session 1"
NUMBERS = {"kinds": "<u8", "own": "|u1", "norms": "<f8"}
BYTES = 1 << 34  # of numbers that are read


class Bundle:
    """Entries, arrays and rows in memory, as `Database` has them on disk."""

    maps = stays = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writable = False
        self.notes: list[str] = []
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

    def join_segments(self, start: int, stop: int, whole: int) -> None:
        """All were written at once."""

    def drop_rows(self) -> None:
        """No mapped file has any."""

    def put_segment(self, start: int, count: int, columns: dict[str, Any]) -> None:
        self.rows.append((start, count, columns))

    def row_bytes(self) -> int:
        return sum(len(columns["rows"]) for _, _, columns in self.rows)

    def extent(self) -> tuple[int, int] | None:
        return next(((count, len(columns["rows"])) for _, count, columns in self.rows), None)

    def close(self) -> None:
        """There is nothing to let go of."""

    def about(self) -> dict[str, Any]:
        about = self.sections.get("about", {})
        return {name: json.loads(state) for name, (_, state) in about.items()}

    def entries(self, section: str) -> Iterator[tuple[str, int | None, str]]:
        for name, (number, state) in self.sections.get(section, {}).items():
            yield name, number, state

    found = entries

    def text(self, section: str, name: str) -> str | None:
        return self.sections[section][name][1]

    def outline(
        self, section: str, words: Sequence[str]
    ) -> tuple[list[str], dict[str, str | None]]:
        states: dict[str, str | None] = {name: state for name, _, state in self.entries(section)}
        return list(states), states

    def last(self, section: str) -> int:
        return max(
            (n for n, _ in self.sections.get(section, {}).values() if n is not None), default=-1
        )

    def arrays(self, section: str, name: str) -> Arrays:
        return self.held.get((section, name), [])

    def lifted(self, section: str, name: str) -> Any:
        return section, name, self.sections[section][name], self.held[section, name]

    def laid(self, lifted: Any) -> None:
        section, name, (number, state), arrays = lifted
        self.put(section, name, state, arrays, number)

    def segments(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        yield from self.rows


def export_session(session: Session, path: str | os.PathLike[str]) -> list[str]:
    """Write a session as path.json and path.safetensors; the names of the two files.

    Neither may exist. Needs the package `safetensors`.
    """
    numpy = _safetensors()
    files = _files(path)
    for file in files:
        if os.path.exists(file):
            raise VsaError(f"{file.name} exists already: choose another name")
    bundle = Bundle(files[0])
    keeper = Keeper(bundle, session.memory, session.plugins)
    keeper.state = session
    keeper.keep_all()
    named = {repr(name) for name in (*session.values, *session.definitions)}
    if unread := [name for name in session.unread if name not in named]:
        note(SaveWarning(f"{', '.join(unread)} cannot be read and not be exported"))
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
    segments = [columns for _, _, columns in bundle.rows]
    names = [name for columns in segments for name in json.loads(columns["names"])]
    if names:
        backend = session.space.backend
        tensors["rows"] = np.ascontiguousarray(backend.numpy(session.memory.table.rows))
        for key, kind in NUMBERS.items():
            tensors[key] = np.frombuffer(b"".join(columns[key] for columns in segments), kind)
    text = json.dumps({"format": FORMAT, "names": names, "sections": sections}, indent=1)
    data = numpy.save(tensors)
    try:
        for file, content in zip(files, (text.encode(), data), strict=True):
            with file.open("xb") as stream:
                stream.write(content)
    except OSError as error:
        raise VsaError(f"{called(files[0].stem)} cannot be written: {error.strerror}") from None
    return [file.name for file in files]


def import_session(session: Session, path: str | os.PathLike[str]) -> None:
    """Read what `export_session` has written into a session that has nothing yet.

    Raises VsaError where the session is not empty or of another space, and where the files are
    not sound; then nothing is changed.
    """
    _safetensors()
    if session.values or session.definitions or len(session.memory) or session.unread:
        raise VsaError("this session has names already: import into a new one")
    if isinstance(session.journal.keeper, Keeper):
        session.journal.keeper.check_writable()
    files = _files(path)
    text, data = read_whole(files[0]), read_whole(files[1], BYTES)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:  # of UTF-8, too
        raise _foreign(files[0], f"it is no JSON, {error}") from None
    tensors = _read_tensors(files[1], data)
    bundle = _bundle(files, said, tensors, session.space)
    found = load_space(bundle, session.space.backend_name)
    if found != session.space:
        other, space = other_space(files[0].name, found, session.space), found.settings
        options = " ".join(
            f"--{name} {value}"
            for name, value, here in zip(SPACE, space, session.space.settings, strict=True)
            if value != here
        )
        raise VsaError(f"{other} as this session: begin one with vsa {options}")
    made = Session(memory=load_memory(bundle, found), plugins=session.plugins)
    for message in Keeper(bundle, made.memory, made.plugins).load(made):
        raise VsaError(f"{files[0].name} cannot be imported: {message}")
    file = session.file
    if file is not None:  # take the place of the empty session that is kept there
        session.close()
        os.unlink(file)
        save(made, file)
    session.become(made)


def _read_tensors(file: Path, data: bytes) -> dict[str, Tensor]:
    try:
        return read_tensors(data)
    except ValueError as error:
        raise _foreign(file, str(error)) from None


def _foreign(file: Path, why: str) -> DamagedError:
    return DamagedError(file, f"it is not what was exported ({why})")


def _bundle(
    files: tuple[Path, Path], said: Any, tensors: dict[str, Tensor], space: Space
) -> Bundle:
    """What the two files say, of rows of the space."""
    bundle = Bundle(files[0])
    if not isinstance(said, dict):
        raise _foreign(files[0], f"a dictionary is wanted, not {json.dumps(said)[:20]}")
    if said.get("format") != FORMAT:
        raise _foreign(files[0], f"its format is {said.get('format')!r}, and {FORMAT!r} is read")

    def tensor(name: str, wanted: Any) -> np.ndarray[Any, Any]:
        if name not in tensors:
            raise _foreign(files[1], f"it has no {name!r}")
        return tensors[name].array(wanted, f"{name!r} in {files[1].name}")

    try:
        if not isinstance(said["sections"], dict):
            raise TypeError
        for section, entries in said["sections"].items():
            for name, number, state, keys in entries:
                kept = kept_as(state)
                arrays = [
                    np.frombuffer(tensor(key, kept[i]).tobytes(), np.uint8)
                    for i, key in enumerate(keys)
                ]
                bundle.put(section, str(name), json.dumps(state), arrays, number)
        names = said["names"]
        if not isinstance(names, list):
            raise TypeError
        if names:
            rows = stored_form(space, bundle.about())[1]
            numbers = {k: tensor(k, kind) for k, kind in {**NUMBERS, "rows": rows}.items()}
            if tensors["rows"].rough:
                numbers["rows"] = lengthened(numbers["rows"])
            _check_numbers(files[1], len(names), numbers, space)
            columns: dict[str, Any] = {"names": json.dumps(names), "marks": bytes(8 * len(names))}
            columns |= {k: array.tobytes() for k, array in numbers.items()}
            bundle.put_segment(0, len(names), columns)
    except KeyError as error:
        raise _foreign(files[0], f"it has no {error}") from None
    except (TypeError, ValueError):
        raise _foreign(files[0], "its names and sections are not lists and dictionaries") from None
    return bundle


def _check_numbers(
    file: Path, count: int, tensors: dict[str, np.ndarray[Any, Any]], space: Space
) -> None:
    for name, tensor in tensors.items():
        if tensor.shape[:1] != (count,):
            raise _foreign(
                file, f"{name!r} is of shape {tensor.shape}, and there are {count} names"
            )
    rows, norms = tensors["rows"], tensors["norms"]
    if rows.ndim != 2 or not (norms > 0).all():
        raise _foreign(file, "'rows' and 'norms' are not vectors and lengths")
    try:
        check_rows(space, rows)
    except ValueError as error:
        raise _foreign(file, str(error)) from None


def _files(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    if not checked_path("the path", path):
        raise VsaError("no file is named: give the export a name, such as work")
    base = Path(os.path.abspath(path))
    if not base.name:
        raise VsaError(f"{base} is a folder: name a file in it")
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
    return needed("safetensors.numpy", "exchange", "exchange")
