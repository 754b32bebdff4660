"""Lives of the product that end when a test wants them to, and a midwife for many of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.e2e.product import clean_environment

SECONDS = 60.0


@dataclass
class Life:
    """One process of the product; `code` is set when it has ended."""

    pid: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None

    def kill(self) -> None:
        """End it as a power cut does."""
        if not self.ended.is_set():
            os.kill(self.pid, signal.SIGKILL)

    async def death(self, seconds: float = SECONDS) -> int:
        """Wait for its end; return the exit code, or minus the signal's number."""
        async with asyncio.timeout(seconds):
            await self.ended.wait()
        assert self.code is not None
        return self.code


class Midwife:
    """Starts lives of the product, which log into `output`."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.output = folder / "output.log"
        self.variables = dict(variables)
        self._lives: dict[int, Life] = {}
        self._born: asyncio.Queue[Life | None] = asyncio.Queue()
        self._server: Process | None = None
        self._alone: list[Process] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._one_by_one = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        for process in (self._server, *self._alone):
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        await asyncio.gather(*self._tasks)

    async def life(self, point: str = "", time: int = 1, *arguments: str) -> Life:
        """Start a life that dies when it passes the point for the `time`-th time."""
        return await self._order(self.folder, self._dying(point, time), arguments)

    async def life_elsewhere(self, folder: Path, variables: Mapping[str, str]) -> Life:
        """Start a life in another folder, with other settings."""
        return await self._order(folder, clean_environment(variables), ())

    async def _order(
        self, folder: Path, variables: Mapping[str, str], arguments: Sequence[str]
    ) -> Life:
        order = {
            "folder": str(folder),
            "output": str(self.output),
            "variables": variables,
            "arguments": list(arguments),
        }
        async with self._one_by_one, asyncio.timeout(SECONDS):
            server = await self._started()
            assert server.stdin is not None
            server.stdin.write(f"{json.dumps(order)}\n".encode())
            life = await self._born.get()
        assert life is not None, "the product can't be imported; what it said stands above"
        return life

    async def life_from_nothing(self, point: str = "", time: int = 1) -> Life:
        """Start a life whose process begins as a person's does: with no import done."""
        with self.output.open("ab") as output:
            process = await self._spawn("alone", env=self._dying(point, time), stdout=output)
        life = Life(process.pid)
        self._alone.append(process)

        async def bury() -> None:
            _ended(life, await process.wait())

        self._tasks.append(asyncio.create_task(bury()))
        return life

    @property
    def logged(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def _dying(self, point: str, time: int) -> dict[str, str]:
        return clean_environment({**self.variables, "DIE_AT": point, "DIE_TIME": str(time)})

    async def _started(self) -> Process:
        """Start the process that all lives are forked from, when the first is wanted."""
        if self._server is None:
            self._server = await self._spawn(stdin=PIPE, stdout=PIPE)
            self._tasks.append(asyncio.create_task(self._listen(self._server)))
        return self._server

    async def _spawn(self, *arguments: str, **options: Any) -> Process:
        options.setdefault("env", clean_environment({}))
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.e2e.dying", *arguments, cwd=self.folder, **options
        )

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            told = json.loads(line)
            if "born" in told:
                life = self._lives[told["born"]] = Life(told["born"])
                self._born.put_nowait(life)
            elif "dead" in told:
                _ended(self._lives.pop(told["dead"]), told["code"])
        self._born.put_nowait(None)


def _ended(life: Life, code: int) -> None:
    life.code = code
    life.ended.set()


@asynccontextmanager
async def midwife(folder: Path, variables: Mapping[str, str]) -> AsyncIterator[Midwife]:
    """Open a midwife; whatever she started ends with her."""
    async with Midwife(folder, variables) as opened:
        yield opened
