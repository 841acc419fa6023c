"""How an example's printed output is compared with what the text says."""

MORE = "…"  # ends a line of which only the beginning is shown, or stands for the lines that follow


def agrees(printed, expected):
    """The text shows the whole output, numbers to the digits that it gives, but where `…` stands."""
    lines, wanted = printed.splitlines(), expected.splitlines()
    if wanted and wanted[-1].strip() == MORE:
        wanted.pop()
        if len(lines) <= len(wanted):
            return False
        lines = lines[: len(wanted)]
    return len(lines) == len(wanted) and all(map(begins, lines, wanted))


def begins(line, wanted):
    """Whether a line is as wanted, or goes on where that has a `…`."""
    found, words = line.split(), wanted.split()
    if words and words[-1] == MORE:
        words.pop()
        if len(found) <= len(words):
            return False
        found = found[: len(words)]
    return len(found) == len(words) and all(map(same, found, words))


def same(word, wanted):
    """Words must agree; a number only to the digits that the example gives."""
    try:
        digits = len(wanted.partition(".")[2])
        return round(float(word), digits) == float(wanted)
    except ValueError:
        return word == wanted
