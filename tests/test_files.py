"""Files that a user names: what is none is refused in one line, what is read is bounded."""

import gzip
import io
import os
import zipfile

import numpy as np
import pytest

from vsa import Memory, Session, Space, VsaError, files
from vsa.terminal.cli import main

HERE = os.path.dirname(__file__)


def says(call, *args):
    with pytest.raises(VsaError) as error:
        call(*args)
    return str(error.value)


def lines(path):
    with files.read_lines(path) as (found, _):
        return list(found)


def archived(path):
    with files.archive(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.fixture(params=[files.read_whole, lines, archived], ids=["whole", "lines", "archive"])
def reader(request):
    return request.param


def test_what_is_no_file_is_refused_by_every_reader(tmp_path, reader):
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for a writer
    assert says(reader, tmp_path / "pipe").endswith("pipe is not a file that can be read through")
    assert says(reader, "/dev/zero") == "/dev/zero is not a file that can be read through"
    assert says(reader, tmp_path) == f"{tmp_path} is a folder: name a file in it"
    assert says(reader, "") == "the path is empty: name a file"
    assert says(reader, 3) == "the path must be a path, as a text or a Path, not 3"
    wanted = f"{tmp_path}/alpa.txt; did you mean '{tmp_path}/alpha.txt'?"
    (tmp_path / "alpha.txt").touch()
    assert says(reader, tmp_path / "alpa.txt") == f"there is no file {wanted}"
    assert says(reader, f"{tmp_path}/no/a.txt").endswith(f"; there is no folder {tmp_path}/no")


def test_paths_that_no_file_can_have(reader):
    choose = "cannot be the name of a file: choose another name"
    assert says(reader, "a\0b") == rf"'a\x00b' {choose}"
    assert says(reader, "a\ud800") == rf"'a\ud800' {choose}"
    said = says(reader, "long" * 2000)
    assert said.startswith("cannot read longlong")
    assert said.endswith("long: File name too long")
    assert len(said) < 300


def test_a_file_is_read_whole_up_to_a_bound(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert files.read_whole(path, 5) == b"12345"
    assert says(files.read_whole, path, 4) == f"{path} is too large: at most 4 bytes are read"
    with path.open("r+b") as file:
        file.truncate(files.WHOLE + 1)  # takes no room on the disk, and would in memory
    assert says(files.read_whole, path).endswith(
        "is too large: at most 1,073,741,824 bytes are read"
    )


def test_a_stream_is_read_up_to_a_bound():
    assert files.read_stream(io.BytesIO(b"12345"), "<stdin>", 5) == b"12345"
    endless = open("/dev/zero", "rb")  # noqa: SIM115
    with endless:
        said = says(files.read_stream, endless, "<stdin>", 1 << 21)
    assert said == "<stdin> is too large: at most 2,097,152 bytes are read"


def test_a_line_has_a_bound(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\n" + b"x" * (files.LINE + 1))
    assert says(lines, path) == "a.txt, line 2: it is longer than 4,194,304 bytes"
    path.write_bytes(gzip.compress(b"one\n\ntwo"))
    assert lines(path) == [b"one\n", b"\n", b"two"]


def test_what_unpacks_to_far_more_than_itself_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "HARMLESS", 1 << 16)
    refusal = "unpacks to more than 200 times its size: it is not read"
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a 0 0\n" * 500_000))
    assert says(lines, path) == f"a.txt.gz {refusal}"
    np.savez_compressed(tmp_path / "a.npz", zeros=np.zeros(1 << 20))
    assert says(archived, tmp_path / "a.npz") == f"a.npz {refusal}"
    monkeypatch.undo()
    assert archived(tmp_path / "a.npz")["zeros"].size == 1 << 20
    assert len(lines(path)) == 500_000


def test_what_is_no_archive_is_a_value_error(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="not a zip file"):
        archived(path)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)}
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("huge.npy", header.getvalue())
    with pytest.raises(ValueError, match="allocate"):
        archived(path)


def test_a_file_is_written_where_one_can_be(tmp_path):
    def write(path):
        with files.written(path) as file:
            file.write(b"new")

    path = tmp_path / "a"
    write(path)
    assert path.read_bytes() == b"new"
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for a reader
    assert says(write, tmp_path / "pipe").endswith("pipe is not a file that can be written")
    assert says(write, tmp_path) == f"{tmp_path} is not a file that can be written"
    assert says(write, tmp_path / "no" / "a").endswith("no/a: No such file or directory")
    assert says(write, "a\0b").startswith(r"'a\x00b' cannot be the name of a file")


LONG = "long" * 2000
FAMILY = 'f = load_family(family"x mother y"); '
PATHS = {
    "run": ["run", "PATH"],
    "session": ["--session", "PATH", "-c", "1"],
    "save": ["-c", ":save PATH"],
    "load": ["-c", ":load PATH"],
    "export": ["-c", ":export PATH"],
    "import": ["-c", ":import PATH"],
    "load_family": ["-c", 'load_family("PATH")'],
    "load_words": ["-c", 'load_words("PATH")'],
    "train": ["-c", 'c = words("a"); train("PATH")'],
    "tree": ["-c", FAMILY + 'tree(person("x"), "PATH.svg")'],
}


@pytest.mark.parametrize("arguments", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("kind", ["long", "nul", "half", "pipe"])
def test_one_line_wherever_a_path_is_given(arguments, kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("p")
    for name in ("p.svg", "p.json", "p.safetensors"):
        os.mkfifo(name)
    path = {"long": LONG, "nul": "a\0b", "half": "a\ud800b", "pipe": "p"}[kind]
    assert main([a.replace("PATH", path) for a in arguments]) != 0
    out, err = capsys.readouterr()
    message = err.splitlines()[0]
    assert not out
    assert len(message) < 400
    assert "failed" not in message  # which tells of a defect
    assert "internal" not in message
    assert "Traceback" not in err


def test_paths_from_python(tmp_path):
    path = tmp_path / LONG
    for call in (Session.open, Session().save, Memory.open, Memory(Space(dim=16)).save):
        assert len(says(call, path)) < 400
        for bad in ("a\0b", "a\ud800b"):
            assert says(call, bad).endswith("cannot be the name of a file: choose another name")


def test_endless_lines_of_the_input(monkeypatch, capsys):
    text = b"1 + 1\n" + b"x" * (files.LINE + 9) + b"\n2 + 2\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main([]) == 1
    out, err = capsys.readouterr()
    assert out == "2\n4\n"
    assert err == "error: <stdin>:2: the line is longer than 4,194,304 bytes\n"
