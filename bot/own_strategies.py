"""Strategies of the operator's own: each file of a folder is tried out, then loaded or skipped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from trading.errors import BadArgument

if TYPE_CHECKING:
    from trading.strategies.catalogue import Catalogue

log = logging.getLogger("conclave")
SECONDS = 40.0  # for one file, the loading of all libraries included
AT_ONCE = 2


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, what to mend in it, and the strategies it defines if known."""

    file: str
    reason: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Own:
    """What came of the operator's folder: the names that joined, the files that did not."""

    names: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def why_skipped(self, asked: str) -> str | None:
        """Say why a file was skipped, asked for by its name or that of a strategy in it."""
        asked = asked.strip().lower()
        for one in self.skipped:
            if asked in (one.file.lower(), *_names(one)):
                return f"{one.file} is skipped. {one.reason}"
        return None


def _names(skipped: Skipped) -> tuple[str, ...]:
    return (Path(skipped.file).stem.lower(), *skipped.names)


async def add_own(
    folder: Path | None, catalogue: Catalogue, seconds: float = SECONDS
) -> tuple[Catalogue, Own]:
    """Return the catalogue with the folder's strategies, and what came of each file.

    A file whose name begins with _ is none of them. One that can't be imported, that looks into
    the future, breaks the contract of strategies, is too slow or takes a name that is taken is
    skipped and told in the log. Each is tried out in a process of its own for at most `seconds`.

    Errors: BadArgument when the folder can't be read.
    """
    if folder is None:
        return catalogue, Own()
    files = _files(folder)
    turns = asyncio.Semaphore(AT_ONCE)

    async def tried(file: Path) -> _Trial:
        async with turns:
            return await _trial(file, seconds)

    trials = await asyncio.gather(*(tried(file) for file in files))
    names: list[str] = []
    skipped: list[Skipped] = []
    for file, trial in zip(files, trials, strict=True):
        joined, problem = catalogue, trial.problem
        if problem is None:
            joined, problem = await asyncio.to_thread(_joined, catalogue, file)
        if problem is not None:
            skipped.append(Skipped(file.name, problem, trial.names))
            log.warning("the strategies of %s are skipped: %s", file.name, problem)
        names += [name for name in joined.names if name not in catalogue.names]
        catalogue = joined
    if names:
        log.info("own strategies: %s", ", ".join(names))
    own = Own(tuple(names), tuple(skipped))
    reasons = {
        name: f"{one.file} is skipped. {one.reason}" for one in skipped for name in _names(one)
    }
    return replace(catalogue, skipped=MappingProxyType(reasons)), own


def _files(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.suffix == ".py"]
    except OSError as error:
        raise BadArgument(f"STRATEGIES_DIR: {folder} can't be read ({error.strerror}).") from error
    return sorted(path.resolve() for path in found if not path.name.startswith(("_", ".")))


@dataclass(frozen=True)
class _Trial:
    """What trying a file out gave: what is wrong with it, and the strategies that it defines."""

    problem: str | None
    names: tuple[str, ...] = ()


async def _trial(file: Path, seconds: float) -> _Trial:
    """Try a file out in another process."""
    paths = os.pathsep.join(path for path in sys.path if path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.conformance", str(file)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        return _Trial(f"It was not done within {seconds:g} s: it hangs, or is far too slow.")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return _read(output, process.returncode)


def _read(output: bytes, code: int | None) -> _Trial:
    for line in reversed(output.splitlines()):
        # What a file does when its process ends may come after the answer.
        if line.startswith(b'{"problem": '):
            told = json.loads(line)
            problem = told["problem"]
            names = tuple(str(name) for name in told["names"])
            return _Trial(None if problem is None else str(problem), names)
    return _Trial(f"It ended the process that tried it out (code {code}).")


def _joined(catalogue: Catalogue, file: Path) -> tuple[Catalogue, str | None]:
    """Load a file that was found to be sound; return the catalogue with it, or the problem."""
    from bot.conformance import Unfit, load_file, warm
    from trading.contract import Broken, named

    try:
        found = load_file(file)
        for cls in found:
            if cls.name in catalogue.names:
                return catalogue, f"The name '{cls.name}' is taken already; take another."
        joined = catalogue.with_own(found)
        warm(found)
    except (Unfit, Broken) as problem:
        return catalogue, str(problem)
    except TypeError:
        return catalogue, "Two of its strategies have one name."
    except Exception as error:
        # It was well a moment ago; whatever somebody's own code throws now is the diagnosis.
        return catalogue, f"It can't be loaded: {named(error)}."
    return joined, None
