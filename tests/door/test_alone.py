"""Two bots on one account log would deliver each message twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.alone import AlreadyRunning, alone

HOLD = """
import sys, time
from pathlib import Path
from bot.alone import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_bot_on_the_same_files_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    told = pytest.raises(AlreadyRunning, match=f"process {os.getpid()}")
    with alone(tmp_path), told, alone(tmp_path):
        pass


def test_the_lock_is_given_back_at_the_end(tmp_path: Path) -> None:
    for _ in range(2):
        with alone(tmp_path):
            pass


def test_a_bot_that_was_killed_locks_nobody_out(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning), alone(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with alone(tmp_path):
        pass
