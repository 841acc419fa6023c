"""The notebooks of examples/ give what they say; `python tests/test_notebooks.py` runs them anew."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
DRAWN = {  # in one of its cells
    "first_steps": '<div class="vsa-tree"><div class="said">a vector of length 1',
    "tables_and_families": '<svg width="',
    "how_sure": '<table class="vsa">',
}
KEPT = 60_000  # bytes of a notebook


def execute(notebook, folder):
    """Run a notebook's cells in a kernel, in a folder."""
    import nbclient

    client = nbclient.NotebookClient(
        notebook, timeout=120, record_timing=False, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()


def run(path):
    """A notebook as it is read, and once more with what its cells give now."""
    import nbformat

    was = nbformat.read(path, as_version=4)
    now = nbformat.read(path, as_version=4)
    for cell in now.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    execute(now, path.parent)
    now.metadata = was.metadata  # not of this Python, nor of bars that were drawn
    return was, now


def is_progress(output):
    """Whether a slow machine drew it: a bar, as a widget or in a line that is drawn over itself."""
    text = output.get("text", "something")
    return "\r" in text or not text.strip() or WIDGET in output.get("data", {})


def texts(cell):
    """What a cell printed and showed as text, by kind."""
    return [
        (o.output_type, o.get("text") or o.get("evalue") or o.get("data", {}).get("text/plain"))
        for o in cell.get("outputs", ())
        if not is_progress(o)
    ]


@pytest.mark.filterwarnings("ignore")  # of the client's event loop
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_what_it_says(path):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    was, now = run(path)
    for before, after in zip(was.cells, now.cells, strict=True):
        assert texts(after) == texts(before), before.source
    pages = [
        o.get("data", {}).get("text/html", "") for c in now.cells for o in c.get("outputs", ())
    ]
    assert any(DRAWN[path.stem] in page for page in pages)


BAR = """\
from vsa.progress import NotebookBar
bar = NotebookBar(delay=0)
bar.count("sweep", 0, 10)
bar.close()
"""


@pytest.mark.filterwarnings("ignore")
def test_the_bar_is_the_notebooks_and_a_wrong_cell_stops_the_run(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat.v4")
    pytest.importorskip("ipywidgets")
    cells = [BAR, "%load_ext vsa", "%%vsa\nmrak", "%%vsa\natom after"]
    notebook = nbformat.new_notebook(cells=[nbformat.new_code_cell(cell) for cell in cells])
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="unknown name 'mrak'"):
        execute(notebook, tmp_path)
    (drawn,) = notebook.cells[0].outputs
    assert WIDGET in drawn.data
    (wrong,) = notebook.cells[2].outputs
    assert wrong.traceback == [
        "error: unknown name 'mrak'",
        "  2 | mrak",
        "    | ^^^^ declare a new symbol with: atom mrak",
    ]
    assert notebook.cells[3].execution_count is None


def test_there_are_three_and_they_are_small():
    assert len(NOTEBOOKS) == 3
    assert all(path.stat().st_size < KEPT for path in NOTEBOOKS)


if __name__ == "__main__":
    import nbformat

    for path in NOTEBOOKS:
        made = run(path)[1]
        for cell in made.cells:
            if cell.cell_type == "code":
                cell.outputs = [o for o in cell.outputs if not is_progress(o)]
        nbformat.write(made, path)
