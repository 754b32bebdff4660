"""`python -m bot.conformance FILE`: try out a file of strategies, in a process of its own.

A file may hang, end its process or print what it likes; none of that reaches the bot. The last
line on standard output is a JSON object: `problem`, null when the file may be loaded, and the
`names` of the strategies that the file defines, as far as that was found out.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import ModuleType

from desk.examining import betrayed, examined, examined_spread
from desk.rule_words import parameters_in_words
from trading.candles import Candles, Timeframe
from trading.causality import Findings, examine
from trading.contract import Broken, named, signals_of, warm_up_of
from trading.generated import FIRST_PRICE, generated
from trading.strategies.base import PairStrategy, Parameters, Strategy
from trading.strategies.catalogue import defined_in

YEAR = 8_760  # candles of 1h
SLOWEST = 5.0  # seconds for a year of them
EXAMINED = 1_500  # candles
LONGEST_WARM_UP = 5_000
SECONDS = 4.0  # for the examination with the usual parameters
SPREAD_SECONDS = 4.0  # and with others
LONG = 20_000  # candles, the most that a backtest takes
LONG_PREFIXES = 12
ELSEWHERE = (
    # symbol, the other one of a pair, timeframe, price
    ("BTC/USDT", "ETH/USDT", Timeframe.H1, 60_000.0),
    ("ETH/USDT", "BTC/USDT", Timeframe.H4, 2_000.0),
    ("DOGE/USDT", "XRP/USDT", Timeframe.M5, 0.1),
    ("SOL/USDT", "BTC/USDT", Timeframe.D1, 100.0),
)
LONGEST_NAME = 20  # buttons have little room
TAKEN_WORDS = ("account", "all", "analyst", "default", "each", "manual", "strategies", "strategy")


class Unfit(Exception):
    """A file can't be used; the message says why and what to mend."""


def load_file(path: Path) -> tuple[type[Parameters], ...]:
    """Import a file and return the strategies that it defines.

    Raises Unfit for one that can't be imported or that defines none.
    """
    module = _imported(path)
    found = tuple(defined_in(module))
    if not found:
        raise Unfit(_why_none(module))
    return found


def try_file(path: Path) -> None:
    """Import a file and examine every strategy of it; raise Unfit with the first problem."""
    try_classes(load_file(path))


def try_classes(classes: Sequence[type[Parameters]]) -> None:
    """Examine strategies, which share the time there is; raise Unfit with the first problem."""
    for cls in classes:
        for problem in chain(_signs(cls), _behaviour(cls, 1.0 / len(classes))):
            raise Unfit(f"{cls.__name__}: {problem}")


def _imported(path: Path) -> ModuleType:
    name = f"own_strategy_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Unfit("It is no Python file.")
    module = importlib.util.module_from_spec(spec)
    # Where pydantic looks up what the annotations of its classes mean.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise Unfit(f"Line {error.lineno} is no Python: {error.msg}.") from error
    except SystemExit as error:
        raise Unfit("It ends the program when it is imported.") from error
    except Exception as error:
        raise Unfit(f"It can't be imported: {named(error)}.") from error
    return module


def _why_none(module: ModuleType) -> str:
    for name, cls in inspect.getmembers(module, inspect.isclass):
        if cls.__module__ == module.__name__ and issubclass(cls, Parameters):
            missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
            return f"{name} lacks {missing}."
    return "It defines no subclass of Strategy or PairStrategy (trading.strategies.base)."


def _signs(cls: type[Parameters]) -> Iterator[str]:
    """Yield what is wrong with what a strategy says of itself."""
    if not issubclass(cls, Strategy | PairStrategy):
        yield "It must be a subclass of Strategy or PairStrategy."
    name, title, summary = (getattr(cls, what, None) for what in ("name", "title", "summary"))
    if not isinstance(name, str) or not isinstance(title, str) or not isinstance(summary, str):
        yield "It needs name, title and summary, each written as `name: ClassVar[str] = ...`."
    elif not (name.isidentifier() and name.isascii() and name == name.lower()):
        yield f"The name '{name[:40]}' must be small letters, figures and _, such as my_cross."
    elif len(name) > LONGEST_NAME:
        yield f"The name has {len(name)} letters; {LONGEST_NAME} are the most."
    elif name in TAKEN_WORDS:
        yield f"The name '{name}' means something else in the chat; take another."
    elif not 1 <= len(title) <= 30 or not title.isprintable():
        yield "The title must have 1 to 30 letters, on one line."
    elif not 10 <= len(summary) <= 100 or not summary.isprintable():
        yield f"The summary has {len(summary)} letters; it must have 10 to 100, on one line."
    for field, mark in cls.searched().items():
        if not mark.least < mark.most:
            yield f"{field}: Search({mark.least:g}, {mark.most:g}) holds nothing to search."


def _behaviour(cls: type[Parameters], share: float) -> Iterator[str]:
    """Yield what its signals do wrong on generated candles; `share` of the time is its own."""
    try:
        strategy = cls()
    except Exception as error:
        # pydantic's own error, or whatever a validator of theirs throws.
        yield f"It can't be made with its usual parameters: {named(error)}."
        return
    try:
        warm_up = warm_up_of(strategy)
    except Broken as broken:
        yield str(broken)
        return
    if warm_up > LONGEST_WARM_UP:
        yield f"Its warm-up of {warm_up} candles is too long; {LONGEST_WARM_UP} are the most."
        return
    # Before it has seen more candles than these: it might keep them.
    count = max(EXAMINED, 2 * warm_up + 500)
    yield from _faults(examined(strategy, _market(strategy, count), share * SECONDS))
    try:
        took = _year(strategy)
    except Broken as broken:
        yield str(broken)
        return
    if took > SLOWEST:
        yield f"It is too slow: {took:.1f} s for {YEAR} candles; {SLOWEST:g} s are the most."
        return
    if took * (LONG / YEAR) * LONG_PREFIXES < share * SECONDS:
        for candles in _elsewhere(strategy, warm_up):
            yield from _faults(examine(strategy, *candles, calls=LONG_PREFIXES, brief=True))
    spread = examined_spread(
        strategy,
        lambda count, turn: _market(strategy, count, turn),
        share * SPREAD_SECONDS,
    )
    if spread.worst is not None:
        told = parameters_in_words(spread.worst.strategy)
        yield from (f"With {told}: {problem}" for problem in _faults(spread.worst))


def _elsewhere(strategy: Parameters, warm_up: int) -> Iterator[tuple[Candles, ...]]:
    """Yield the longest candles there may be, and some of other symbols and timeframes."""
    yield _market(strategy, LONG)
    for turn in range(len(ELSEWHERE)):
        yield _market(strategy, warm_up + EXAMINED, turn)


def _year(strategy: Parameters) -> float:
    """Return the seconds that a year of candles takes."""
    year = _market(strategy, YEAR)
    started = time.perf_counter()
    signals_of(strategy, year)
    return time.perf_counter() - started


def _faults(findings: Findings) -> Iterator[str]:
    if findings.betrayal is not None:
        at = findings.betrayal
        first = "first " if findings.first else ""
        yield f"It looks into the future, {first}at candle {at.index}: {betrayed(at)}."
    yield from findings.faults


def warm(classes: Iterable[type[Parameters]]) -> None:
    """Let each strategy run once, so that no first answer waits for code to be compiled."""
    for cls in classes:
        strategy = cls()
        signals_of(strategy, _market(strategy, strategy.warm_up + 100))


def _market(strategy: Parameters, count: int, turn: int | None = None) -> tuple[Candles, ...]:
    """Return made-up candles; those of a `turn` have a symbol, timeframe and price of their own."""
    if turn is None:
        symbol, other, timeframe, price = "MADE/USDT", "OTHER/USDT", Timeframe.H1, FIRST_PRICE
    else:
        symbol, other, timeframe, price = ELSEWHERE[turn % len(ELSEWHERE)]
    seed = 1 if turn is None else 2 * turn + 3
    first = generated(count, seed, timeframe, symbol, price)
    if not isinstance(strategy, PairStrategy):
        return (first,)
    return first, generated(count, seed + 1, timeframe, other, price)


def main(arguments: list[str]) -> int:
    """Try out the file that is named; 0 also when it is unfit, which the printed line says."""
    names: list[str] = []
    with contextlib.redirect_stdout(sys.stderr):
        try:
            classes = load_file(Path(arguments[0]))
            names = [str(cls.name) for cls in classes if hasattr(cls, "name")]
            try_classes(classes)
            problem = None
        except Unfit as unfit:
            problem = str(unfit)
    sys.stdout.write(json.dumps({"problem": problem, "names": names}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
