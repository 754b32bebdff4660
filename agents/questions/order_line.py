"""An order in words ("buy 100 usdt of btc now") as the command that would propose it.

Words order nothing: a question gets an answer. Who wants the order itself is told the exact line to
send; what it says passes the limits and waits for a tap like every order. A text of which any word
is not understood as a part of an order gets no line: one that says less than was meant is worse.
"""

from __future__ import annotations

import re
from decimal import Decimal

from agents.questions.asked_exits import asked_exits
from agents.questions.reading import is_a_name, read
from agents.questions.spelling import mended, simplified
from desk.language import Language
from trading.orders import Side
from trading.symbols import base_of

_FLAGS = re.IGNORECASE | re.ASCII
_ACT = re.compile(
    r"\s*(?:(?:please|pls|just|ok|now|go|can you|could you|i want to|i'd like to)[\s,]+)*"
    r"(buy|sell|short|long)\s+|\s*(?:请|帮我|给我|马上|立刻|现在)*(买入|卖出|做多|做空|卖空|买|卖)",
    _FLAGS,
)
# "Long or short?" and "buy signals?" order nothing.
_SIDE = re.compile(
    rf"(?:{_ACT.pattern})(?!\s*(?:or|vs|/|term|side|signals?|pressure|and hold|interest|squeeze)\b)"
    r"(?!还是|信号)(?!.*[?？吗])",
    _FLAGS,
)
_COMMAND = {
    **dict.fromkeys(("buy", "long", "买", "买入", "做多"), "buy"),
    **dict.fromkeys(("sell", "卖", "卖出"), "sell"),
    **dict.fromkeys(("short", "做空", "卖空"), "short"),
}
_NUMBER = r"(?<![\w.,/])(\d{1,3}(?:,\d{3})+(?:\.\d{1,8})?|\d{1,9}(?:\.\d{1,8})?)(?![\d.,/])"
_PERCENT = r"\d{1,2}(?:\.\d{1,4})?\s?(?:%|percent)"
_EXIT = r"(?:stop(?:[\s-]?loss)?|target|take[\s-]profit|tp|止损|止盈|目标)"
_EXITS = re.compile(
    rf"{_EXIT}\s*(?:at|of|is|=|:|为|在)?\s*{_PERCENT}"
    rf"|(?:\bwith\s+)?(?:\ban?\s+)?{_PERCENT}\s?的?{_EXIT}",
    _FLAGS,
)
_MONEY = re.compile(
    rf"\$\s?{_NUMBER}|{_NUMBER}\s?(?:usdt?|dollars?|bucks|\$|美元|刀|u)(?![A-Za-z0-9])", _FLAGS
)
_COUNT = re.compile(rf"{_NUMBER}\s?(?:个|枚|x(?![A-Za-z]))?(?!\s?[%A-Za-z])", _FLAGS)
_COUNTED_COIN = re.compile(
    rf"{_NUMBER}\s?(?:个|枚)?\s?(?=[A-Za-z一-鿿])(?![kmhdw]\b|percent)", _FLAGS
)
_HALF = re.compile(r"\bhalf(?:\s+of)?\b|一半", _FLAGS)
_FILLERS = re.compile(
    r"\bon (?:the )?\d{1,2}\s?[mhdw]\b"
    r"|\b(?:of|for|worth|at market|now|right now|please|pls|some|me|my|the|a|with|and|all|today)\b"
    r"|现在|马上|立刻|请|吧|的|全部|我|一点|些|[,，.。!！;；]",
    _FLAGS,
)
_SAYS = {
    Language.EN: "Words order nothing. To order, send: {line}",
    Language.ZH: "用文字不会下单。要下单请发送：{line}",
}


def order_line(text: str) -> str:
    """Return the command that a plain order means, such as `/buy BTC/USDT 100 2%`; "" for none."""
    plain = mended(simplified(text))
    found = _ACT.match(plain)
    symbol = read(plain).symbol
    if found is None or not symbol:
        return ""
    command = _COMMAND[(found[1] or found[2]).lower()]
    exits = [match[0] for match in _EXITS.finditer(plain)]
    rest = _EXITS.sub(" ", plain[found.end() :])
    size, rest = _size(rest, symbol, command)
    name = _FILLERS.sub(" ", rest).strip()
    if size is None or not is_a_name(name):
        return ""
    words = [f"/{command}", symbol, *size]
    for exit_name, share in zip(("stop", "target"), asked_exits(" ".join(exits)), strict=True):
        if share is not None:
            words.append(f"{exit_name} {f'{share * 100:f}'.rstrip('0').rstrip('.')}%")
    return " ".join(words)


def ordered_side(text: str) -> Side | None:
    """Return the side that a text begins with as an order, "buy me some btc"; None for none.

    Who sells may leave a position; a vote for a short is not against that.
    """
    found = _SIDE.match(mended(simplified(text)))
    if found is None:
        return None
    return "buy" if _COMMAND[(found[1] or found[2]).lower()] == "buy" else "sell"


def order_words(text: str, language: Language) -> str:
    """Say how to order what a text orders in words; "" where it orders nothing."""
    line = order_line(text)
    return _SAYS[language].format(line=line) if line else ""


def _size(rest: str, symbol: str, command: str) -> tuple[list[str] | None, str]:
    """Take the one size out of a text: as the words of a command (None: it makes no sense)."""
    if command == "sell" and _HALF.search(rest):
        return ["half"], _HALF.sub(" ", rest, count=1)
    for pattern, unit in (
        (_MONEY, ""),
        (_COUNTED_COIN, base_of(symbol)),
        (_COUNT, base_of(symbol)),
    ):
        if found := pattern.search(rest):
            number = Decimal(next(filter(None, found.groups())).replace(",", ""))
            size = [f"{number:f}", unit] if unit else [f"{number:f}"]
            return size if number else None, pattern.sub(" ", rest, count=1)
    return [], rest
