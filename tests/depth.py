"""How much is tried: some in `make test`, far more in `make test-deep`."""

from __future__ import annotations

import os

DEEP = os.environ.get("CONCLAVE_DEEP") == "1"


def times(some: int, many: int) -> int:
    """Return how often to try something: `some`, or `many` when there is time."""
    return many if DEEP else some
