"""The product as people run it: `python -m bot`, a process of its own with a clean environment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0
# At DEBUG whole answers of an exchange are one line.
LONGEST_LINE = 2**24


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return these variables and nothing else that the product reads.

    HOME stays, because matplotlib keeps its list of fonts there.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}


class Product:
    """One process at a time; it can be killed and started again on the same files.

    It runs in `folder`, not in the checkout: a `.env` there is not read, and what the settings
    don't name (`var/`) is made here. `output` holds the lines of both its streams
    since the last start, `logged` those of all its lives.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.variables = dict(variables)
        self.output: list[str] = []
        self.logged: list[str] = []
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._heard = asyncio.Condition()
        self._over = False

    async def start(self, *arguments: str) -> None:
        self.output = []
        self._over = False
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            cwd=self.folder,
            env=clean_environment(self.variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            limit=LONGEST_LINE,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    async def says(self, words: str, seconds: float = START_SECONDS) -> str:
        """Wait for a line with these words; raises AssertionError when it ends without them."""
        try:
            async with asyncio.timeout(seconds), self._heard:
                await self._heard.wait_for(lambda: self._over or self._line(words) is not None)
        except TimeoutError:
            pass
        line = self._line(words)
        assert line is not None, f"the product never said '{words}':\n{self.text}"
        return line

    async def ready(self) -> None:
        """Wait until everything is loaded and the scheduler runs."""
        await self.says("ready: prices from")

    async def ended(self, seconds: float = START_SECONDS) -> int:
        """Wait for the end of the process; return its exit code."""
        assert self._process is not None
        assert self._reader is not None
        async with asyncio.timeout(seconds):
            await self._reader
            return await self._process.wait()

    async def run(self, *arguments: str) -> int:
        """Run a command that ends by itself; return its exit code."""
        await self.start(*arguments)
        return await self.ended()

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end, as a container does; return its exit code."""
        return await self._end(signal.SIGTERM)

    @property
    def text(self) -> str:
        return "\n".join(self.output)

    def _line(self, words: str) -> str | None:
        return next((line for line in self.output if words in line), None)

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        try:
            return await self.ended(STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            raise AssertionError(f"it did not stop on {number.name}:\n{self.text}") from None
        finally:
            self._process = None

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            async with self._heard:
                self.output.append(line.decode(errors="replace").rstrip("\n"))
                self.logged.append(self.output[-1])
                self._heard.notify_all()
        async with self._heard:
            self._over = True
            self._heard.notify_all()
