"""Run work that calls code of the operator's so that nothing in it can end the bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trading.errors import BadArgument

T = TypeVar("T")


def contained(work: Callable[[], T]) -> Callable[[], T]:
    """Return the work with what would end the program (`sys.exit()`) as a BadArgument."""

    def run() -> T:
        try:
            return work()
        except Exception:
            raise
        except BaseException as error:
            raise BadArgument(
                f"The strategy tried to end the program ({type(error).__name__}). If it is one of "
                "your own, mend its file; nothing else was touched."
            ) from error

    return run
