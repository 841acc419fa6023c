"""`python -m vsa` is `vsa`."""

import sys

from vsa.terminal.cli import main

if __name__ == "__main__":
    sys.exit(main())
