"""What the tests of a terminal share: a program that runs at one, so many columns wide."""

import os
import struct
import subprocess
import sys

PROGRAM = [sys.executable, "-m", "vsa"]
UNSAID = ("COLUMNS", "NO_COLOR", "FORCE_COLOR")


def at_a_terminal(code, room, term):
    """The exit status of `vsa -c code` at a terminal, and the lines that stand there afterwards."""
    import fcntl
    import termios

    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, room, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in UNSAID} | {"TERM": term}
    with subprocess.Popen(
        [*PROGRAM, "-c", code],
        stdin=subprocess.DEVNULL, stdout=there, stderr=there, env=environment,
    ) as program:  # fmt: skip
        os.close(there)
        said = b""
        try:
            while part := os.read(here, 65536):
                said += part
        except OSError:  # so Linux says that nobody writes any more
            pass
        os.close(here)
    lines = said.decode().replace("\r\n", "\n").split("\n")
    return program.returncode, [line.rpartition("\r")[2] for line in lines]  # without progress
