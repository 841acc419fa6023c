"""Training takes one thread of torch unless told, and leaves torch as it was, whatever ends it."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import vsa
from vsa.errors import VsaError
from vsa.threads import torch_threads

torch = pytest.importorskip("torch")

from vsa_plugins.associative_lstm import learn, task  # noqa: E402
from vsa_plugins.composition import Composer, train  # noqa: E402
from vsa_plugins.kinship.learn import gates, hinton, lre, shared, soft, triples_of  # noqa: E402
from vsa_plugins.kinship.learn.known import recover  # noqa: E402

FAMILY = hinton()
KNOWN = triples_of(FAMILY)
PAIRS = [("(very good)", "positive"), ("(not good)", "negative")]


def fitted(module):
    return lambda **settings: module.fit(KNOWN, FAMILY, restarts=1, steps=2, **settings)


# what trains: each takes threads= and tells how far it is by progress=
TRAINING = {
    "train": lambda **settings: train(
        Composer(["very", "not", "good"], 2), PAIRS, held_out=0, epochs=1, **settings
    ),
    "learn": lambda **settings: learn(task("copy"), hidden=2, steps=1, batch=2, **settings),
    "lre": fitted(lre),
    "shared": fitted(shared),
    "soft": fitted(soft),
    "gates": fitted(gates),
    "recover": lambda **settings: recover(targets=["A"], restarts=1, steps=2, **settings),
}


@pytest.fixture(autouse=True)
def three():
    """What torch would take by itself, on any machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=TRAINING.values(), ids=TRAINING)
def training(request):
    return request.param


class Seen(list):
    """Threads of torch whenever progress is told."""

    def __call__(self, title, share):
        self.append(torch.get_num_threads())


def test_one_thread_trains_and_torch_is_left_as_it_was(training):
    seen = Seen()
    training(progress=seen)
    assert set(seen) == {1}
    assert torch.get_num_threads() == 3


def test_as_many_train_as_are_asked_for(training):
    seen = Seen()
    training(progress=seen, threads=2)
    assert set(seen) == {2}
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_torch_is_left_as_it_was_by_what_fails(training, error):
    def progress(title, share):
        raise error

    try:
        training(progress=progress)
    except error:
        pass  # where Ctrl-C keeps the best so far, none comes out
    else:
        assert error is KeyboardInterrupt
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (0, "of at least 1"),
        (-1, "of at least 1"),
        (2000, "of at most 1,024"),
        (1.5, "in [1, 1,024]"),
        ("two", "in [1, 1,024]"),
        (True, "in [1, 1,024]"),
    ],
)
def test_no_other_number_of_threads_is_taken(training, count, wanted):
    with pytest.raises(VsaError) as caught:
        training(threads=count)
    assert str(caught.value) == f"threads must be a whole number {wanted}, not {count!r}"
    assert torch.get_num_threads() == 3


def test_in_the_language(tmp_path):
    path = tmp_path / "p.txt"
    path.write_text("positive\t(very good)\nnegative\t(not good)\n")
    session = vsa.Session(vsa.Space(dim=64))
    seen = []
    session.progress = lambda title, done, total: seen.append((title, torch.get_num_threads()))
    session.run(f'words(dim=2); train("{path}", epochs=1)')
    assert seen[-1][1] == 1
    session.run(f'train("{path}", epochs=1, threads=2); learn_task("copy", steps=1, hidden=2)')
    assert [n for title, n in seen if title.startswith("train")] == [1, 2]
    assert {n for title, n in seen if title.startswith("learn_task")} == {1}
    with pytest.raises(VsaError, match="threads must be a whole number of at least 1, not 0"):
        session.run('learn_task("copy", steps=1, hidden=2, threads=0)')


# --- the mechanism ---------------------------------------------------------------------------------
def elsewhere(call):
    """What a call gives in a thread of its own."""
    found = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join()
    return found[0]


def test_blocks_within_blocks_and_numpys_numbers():
    with torch_threads():
        with torch_threads(np.int64(2)):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 3


def test_other_threads_compute_with_as_many_as_before():
    """Whether they began before, meanwhile or after, and whoever of two that train is done first."""

    def alone():
        with torch_threads():
            return torch.get_num_threads()

    def overlapping():
        inner = torch_threads()
        inner.__enter__()
        leave.wait()
        inner.__exit__(None, None, None)
        return torch.get_num_threads()

    leave, found = threading.Event(), []
    with torch_threads():
        assert elsewhere(torch.get_num_threads) == 3
        assert elsewhere(alone) == 1
        thread = threading.Thread(target=lambda: found.append(overlapping()))
        thread.start()
        assert torch.get_num_threads() == 1
    leave.set()
    thread.join()
    assert found == [3]
    assert elsewhere(torch.get_num_threads) == torch.get_num_threads() == 3


def test_it_is_among_the_modules_and_brings_torch_only_when_used(monkeypatch):
    import vsa.nn

    assert vsa.nn.torch_threads is torch_threads
    code = "import vsa.threads, sys; print('torch' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "False"
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(VsaError) as caught, torch_threads():
        pass
    assert str(caught.value) == (
        "training needs the package 'torch': pip install \"vsa-algebra[torch]\""
    )
