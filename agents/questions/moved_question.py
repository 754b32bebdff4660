"""The same question about another symbol or timeframe, in the person's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from agents.names import CHINESE_COINS, timeframes_named
from agents.questions.reading import Question, asked_order, read
from agents.questions.whole_question import Asked, chinese_timeframe, read_whole
from desk.language import Language, language_of
from trading.candles import Timeframe

# A longer text is told in the desk's own short sentence.
LONGEST = 120
_NAME = re.compile(
    r"(?<![A-Za-z0-9:/\-_.])\$?[A-Za-z0-9][A-Za-z0-9:/\-_]{1,40}(?![A-Za-z0-9])", re.A
)
_END = re.compile(r"[\s?.!？。！]*$")


def moved(text: str, asked: Asked, symbol: str, timeframe: str) -> str:
    """Put another symbol or timeframe ("" for the same) into a question's words.

    `asked` is what the text was read as. "" when that would change what else is asked for.
    """
    if len(text) > LONGEST or sum(1 for _ in timeframes_named(text)) > 1:
        return ""
    symbol, timeframe = symbol or asked.symbol, timeframe or asked.timeframe
    wanted = replace(asked, symbol=symbol, timeframe=timeframe)
    for placed in _with_symbol(text, symbol):
        for whole in _with_timeframe(placed, timeframe):
            if _same(whole, text, wanted):
                return whole
    return ""


def _with_symbol(text: str, symbol: str) -> Iterator[str]:
    """Every way to put the symbol in the place of a word that may be the old one."""
    if read(text).symbol == symbol or not symbol:
        yield text
        return
    chinese = re.compile("|".join(sorted(CHINESE_COINS, key=len, reverse=True)))
    for pattern in (_NAME, chinese):
        for match in pattern.finditer(text):
            after = text[match.end() :]
            gap = " " if after[:1].isalnum() and pattern is chinese else ""
            yield f"{text[: match.start()]}{symbol}{gap}{after}"


def _with_timeframe(text: str, timeframe: str) -> Iterator[str]:
    if read(text).timeframe.value == timeframe and any(True for _ in timeframes_named(text)):
        yield text
    chinese = language_of(text) is Language.ZH
    written = chinese_timeframe(timeframe) if chinese else timeframe
    for _, start, end in timeframes_named(text):
        yield text[:start] + written + text[end:]
    named = any(True for _ in timeframes_named(text))
    if chinese and not named and timeframe != Timeframe.H1.value:
        return  # behind the question it would read badly
    ends = _END.search(text)
    place = ends.start() if ends else len(text)
    on = f" {written}" if chinese else f" on the {written}"
    yield text[:place] + on + text[place:]


def _same(whole: str, text: str, wanted: Asked) -> bool:
    """Tell whether only symbol and timeframe changed."""
    found = read_whole(whole)
    # The desk may have learned the symbol from the answer alone.
    if (found.symbol, found.timeframe) != (wanted.symbol, wanted.timeframe):
        return False
    return _rest(read(whole)) == _rest(read(text)) and asked_order(whole) == asked_order(text)


def _rest(question: Question) -> Question:
    return replace(question, symbol="", timeframe=Timeframe.H1, strange="")
