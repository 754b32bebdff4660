"""Failures on order, and a record of what the bot asked for: for tests of the bot."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MOST_CALLS = 1_000
_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(frozen=True)
class Call:
    """One Bot API request as it came in, and how it was answered (status 0: not at all)."""

    method: str
    params: Mapping[str, object]
    status: int
    description: str = ""


@dataclass(frozen=True)
class Fault:
    """What happens to a call; `applied` means that its effect takes place all the same."""

    status: int | None = None
    description: str = ""
    retry_after: int | None = None
    drop: bool = False
    applied: bool = False
    seconds: float = 0.0


@dataclass
class Faults:
    """Faults in the order in which they were asked for, per method.

    The name "*" stands for every method but getUpdates.
    """

    _waiting: dict[str, deque[Fault]] = field(default_factory=dict)

    def fail(
        self,
        method: str,
        status: int = 500,
        *,
        times: int = 1,
        description: str | None = None,
        retry_after: int | None = None,
        applied: bool = False,
    ) -> None:
        """Answer the next calls with an error; 429 says to retry after a second unless told."""
        if status == 429 and retry_after is None:
            retry_after = 1
        words = description or _WORDS.get(status, "Error")
        if retry_after is not None and description is None:
            words = f"{words}: retry after {retry_after}"
        self._add(method, Fault(status, words, retry_after, applied=applied), times)

    def drop(self, method: str, *, times: int = 1, applied: bool = False) -> None:
        """Cut the connection of the next calls; with `applied`, after the work was done."""
        self._add(method, Fault(drop=True, applied=applied), times)

    def slow(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Make the next calls wait before anything happens."""
        self._add(method, Fault(seconds=seconds), times)

    def clear(self) -> None:
        """Forget all faults that have not happened yet."""
        self._waiting.clear()

    def _add(self, method: str, fault: Fault, times: int) -> None:
        self._waiting.setdefault(method.lower(), deque()).extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        """Return the fault that this call meets, and use it up."""
        names = [method.lower()] if method.lower() == "getupdates" else [method.lower(), "*"]
        for name in names:
            if self._waiting.get(name):
                return self._waiting[name].popleft()
        return None


class Calls:
    """The last thousand calls, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Call] = deque(maxlen=_MOST_CALLS)

    def add(self, call: Call) -> None:
        """Keep a finished call."""
        self._kept.append(call)

    def of(self, method: str) -> Sequence[Call]:
        """Return the calls of one method."""
        return [call for call in self._kept if call.method.lower() == method.lower()]

    def all(self) -> Sequence[Call]:
        """Return all calls but the polling."""
        return [call for call in self._kept if call.method != "getUpdates"]

    def clear(self) -> None:
        """Forget the calls so far."""
        self._kept.clear()
