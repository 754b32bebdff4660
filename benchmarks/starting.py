"""How long the process takes until it polls, against importing the chat library alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time

from benchmarks.rows import Row

TIMES = 3


def rows() -> list[Row]:
    return [
        Row(
            "start until the bot polls",
            min(_until(r"Open this address") for _ in range(TIMES)),
            min(_bare() for _ in range(TIMES)),
            "ms",
            "ours < 1500",
            "importing the chat library",
        )
    ]


def _until(sign: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/conclave.db",
            "LOCAL_PORT": "0",
            "EXCHANGE": "demo",
        }
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if re.search(sign, line):
                break
        taken = (time.perf_counter() - start) * 1000
        process.terminate()
        process.wait()
        return taken


def _bare() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import telegram.ext, numpy"], check=True)
    return (time.perf_counter() - start) * 1000
