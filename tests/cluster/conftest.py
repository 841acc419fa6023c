"""A Dask cluster of two processes, and what the tests of vsa.cluster share."""

import contextlib
import logging
import os
import signal
import time

import pytest

PATIENCE = 80  # seconds; a loaded machine is slow to start processes


@pytest.fixture(scope="session")
def client():
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    dask = pytest.importorskip("dask")
    # A cluster gives a worker up that is away so long after it was lost, in a restart too: those that
    # tests kill are made anew at once, and none is to be given up.
    settings = dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )
    with settings, cluster, distributed.Client(cluster) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        yield client


@pytest.fixture
def recovered(client):
    """Wait until two workers run again, none of them one that was killed."""

    def recovered(gone):
        start, grown = time.monotonic(), False
        while time.monotonic() - start < PATIENCE:
            with contextlib.suppress(Exception):  # one that is just going
                pids = set(client.run(os.getpid).values())
                if len(pids) >= 2 and not pids & set(gone):
                    return
            if not grown and time.monotonic() - start > PATIENCE / 4:  # its nanny failed
                client.cluster.scale(len(client.cluster.workers) + 1)
                grown = True
            time.sleep(0.1)
        pytest.fail("no worker has come in the place of one that was killed")

    return recovered


@pytest.fixture
def kill(client, recovered):
    """Kill a worker, or every one, by its own process id; gives the ids."""
    gone = []

    def kill(every=False, among=None):
        pids = list(client.run(os.getpid).values())
        pids = [pid for pid in pids if among is None or pid in among]
        for pid in pids if every else pids[:1]:
            os.kill(pid, signal.SIGKILL)
            gone.append(pid)
        return gone

    yield kill
    recovered(gone)
