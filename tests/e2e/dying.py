"""The product's own process, made to die at a named point; run as a program.

`python -m tests.e2e.dying` imports everything once and then starts a life of the product for each
line that it reads: a fork, which begins at `bot.__main__.main()` with nothing but imports done.
It costs a tenth of a second in place of five. `python -m tests.e2e.dying alone` is one life in a
process that begins from nothing. Variables: DIE_AT names a point, DIE_TIME which pass of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import os
import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.points import EVERY, Point

SNAPSHOT_EVERY = 5  # events: a life is short
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Fate:
    """Counts how often each point is passed, and ends the process where it is to end."""

    def __init__(self) -> None:
        self.name = ""
        self.left = 0

    def arm(self, name: str, time: int) -> None:
        if name and name not in EVERY:
            raise LookupError(f"there is no point '{name}'")
        self.name, self.left = name, time

    def passes(self, name: str) -> None:
        if name != self.name:
            return
        self.left -= 1
        if self.left == 0:
            os.write(2, f"died at: {name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)


FATE = Fate()


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps the targets in a module right after it was executed."""

    def __init__(self, points: Mapping[str, Point]) -> None:
        self._points = points
        self._modules = {point.module for point in points.values()}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._modules:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def then_wrap(module: types.ModuleType) -> None:
            execute(module)
            wrap(module, {n: p for n, p in self._points.items() if p.module == name})
            if name == "desk.accounts":
                module.Accounts.__init__.__kwdefaults__["snapshot_every"] = SNAPSHOT_EVERY

        spec.loader.exec_module = then_wrap  # type: ignore[method-assign]  # this one module's
        return spec


def wrap(module: types.ModuleType, points: Mapping[str, Point]) -> None:
    """Wrap each target in a module; raises AttributeError for one that is not there."""
    for path in {point.path for point in points.values()}:
        mine = {name: point for name, point in points.items() if point.path == path}
        *owners, last = path.split(".")
        owner = functools.reduce(getattr, owners, module)
        setattr(owner, last, _wrapped(getattr(owner, last), mine))


def _wrapped(real: Callable[..., Any], points: Mapping[str, Point]) -> Callable[..., Any]:
    def passes(when: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        for name, point in points.items():
            if point.when == when and (not point.only or _is_for(point.only, arguments, named)):
                FATE.passes(name)

    if inspect.iscoroutinefunction(real):

        @functools.wraps(real)
        async def awaited(*arguments: Any, **named: Any) -> Any:
            passes("before", arguments, named)
            result = await real(*arguments, **named)
            passes("after", arguments, named)
            return result

        return awaited
    if any(point.when == "inside" for point in points.values()):

        @functools.wraps(real)
        @contextlib.contextmanager
        def entered(*arguments: Any, **named: Any) -> Iterator[Any]:
            passes("before", arguments, named)
            with real(*arguments, **named) as value:
                yield value
                passes("inside", arguments, named)
            passes("after", arguments, named)

        return entered

    @functools.wraps(real)
    def called(*arguments: Any, **named: Any) -> Any:
        passes("before", arguments, named)
        result = real(*arguments, **named)
        passes("after", arguments, named)
        return result

    return called


def _is_for(ending: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
    return any(str(value).endswith(ending) for value in (*arguments, *named.values()))


def unresolved(points: Mapping[str, Point]) -> list[str]:
    """Return the names of points whose target does not exist."""
    missing = []
    for name, point in points.items():
        try:
            functools.reduce(getattr, point.path.split("."), importlib.import_module(point.module))
        except (ImportError, AttributeError):
            missing.append(name)
    return missing


def live(arguments: list[str]) -> int:
    """Be the product until it ends."""
    FATE.arm(os.environ.get("DIE_AT", ""), int(os.environ.get("DIE_TIME", "1")))
    main = importlib.import_module("bot.__main__")
    if (ahead := os.environ.get("CLOCK_AHEAD")) is not None:
        _set_ahead(main, Path(ahead))
    return int(main.main(arguments))


def _set_ahead(main: types.ModuleType, file: Path) -> None:
    """Put the product's clock so many seconds ahead as the file says at each look."""

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    inspect.unwrap(main.assemble).__defaults__ = (now,)


def serve() -> None:
    """Start a life for each line read; write its number, and each death when it comes."""
    main = importlib.import_module("bot.__main__")
    for name in ("market.exchange", *main.HEAVY, "desk.watch", "desk.portfolio", "bot.charts.page"):
        importlib.import_module(name)
    importlib.import_module("trading.matching").warm()
    signal.signal(signal.SIGCHLD, lambda number, frame: _bury())
    _tell({"ready": os.getpid()})
    for line in sys.stdin:
        order = json.loads(line)
        # A death is told after the birth, however soon it comes.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        child = os.fork()
        if child == 0:
            _be_born(order)
        _tell({"born": child})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _be_born(order: Mapping[str, Any]) -> None:
    """Become a life of the product; never returns."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["variables"])
        code = live(order["arguments"])
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _bury() -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _tell({"dead": ended[0], "code": os.waitstatus_to_exitcode(ended[1])})


def _tell(what: Mapping[str, int]) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())


if __name__ == "__main__":
    sys.meta_path.insert(0, _Finder(EVERY))
    # Forked lives run without the threads that these libraries would start at import.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    # Run as a program, this module is called __main__: the wrapped code must meet the same Fate.
    sys.modules["tests.e2e.dying"] = sys.modules["__main__"]
    if sys.argv[1:] == ["alone"]:
        sys.exit(live([]))
    serve()
