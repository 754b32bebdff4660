"""`python -m bot doctor`: try each connection, and say what to mend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from desk.secrecy import Hide, as_it_is
from trading.errors import BadArgument, ConclaveError

SECONDS = 20
NEW_LINE = "\n"
INDENT = " " * 20
CLOSING = {
    "FAIL": "Mend the lines marked FAIL, then run doctor again.",
    "warn": "Conclave can start, without what the lines marked warn say.",
    "": "All is well.",
}


class LeftOut(Exception):
    """The product starts, but without something that was set up; the message says what to mend."""


@dataclass(frozen=True)
class Check:
    """One connection: `run` returns a line about it, or raises an error that says what to mend.

    A check that is not `needed` may fail: the product works without it, `without` says how.
    """

    name: str
    run: Callable[[], Awaitable[str]]
    needed: bool = True
    without: str = ""
    seconds: float = SECONDS


async def examine(checks: Sequence[Check], hide: Hide = as_it_is) -> int:
    """Run all checks at once and print what each says; 0 when nothing is in the way of a start.

    `hide` takes secrets out of it: what a person shows when they ask for help.
    """
    outcomes = await asyncio.gather(*(_outcome(check) for check in checks))
    for check, (mark, text) in zip(checks, outcomes, strict=True):
        print(f"{mark:<4} {check.name:<14} {hide(text).replace(NEW_LINE, NEW_LINE + INDENT)}")
    marks = {mark for mark, _ in outcomes}
    print(next(text for mark, text in CLOSING.items() if mark in marks or not mark))
    return 1 if "FAIL" in marks else 0


async def _outcome(check: Check) -> tuple[str, str]:
    try:
        return "ok", await asyncio.wait_for(check.run(), check.seconds)
    except BadArgument as error:
        # A wrong setting is to be mended, whether the product could do without it or not.
        return "FAIL", str(error)
    except LeftOut as error:
        return "warn", str(error)
    except ConclaveError as error:
        problem = str(error)
    except TimeoutError:
        problem = f"no answer within {check.seconds:g} s; check the network and the address"
    except Exception as error:
        # Whatever a connection throws is its diagnosis.
        problem = f"{type(error).__name__}: {error}"
    return ("FAIL", problem) if check.needed else ("note", f"{problem} {check.without}".strip())
