"""For all tests: set-up's Node, and one processor for each of the processes at work."""

import os

from infra.node import use_bundled_node

use_bundled_node()  # whichever test imports the CDK first
# Several processes share the processors; threads of each for all of them would only wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests of whole clouds wait for much of their time."""
    return (os.cpu_count() or 1) + 1
