"""One bot at a time on one account log: two would deliver each message twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trading.errors import ConclaveError


class AlreadyRunning(ConclaveError):
    """Another process runs on the same files."""


@contextmanager
def alone(state_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; the system gives it back when the process ends, however it ends.

    Raises AlreadyRunning when another process holds it, OSError when there can't be a lock.
    """
    with (state_dir / "bot.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"Conclave runs on {state_dir} already (process {file.read().strip()}). Stop it "
                "first, or set DATABASE_URL to a file in another folder."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
