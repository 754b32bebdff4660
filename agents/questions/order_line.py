"""An order in words ("buy 100 usdt of btc now") as the command that would propose it.

Words order nothing: a question gets an answer. Who wants the order itself is told the exact line to
send; what it says passes the limits and waits for a tap like every order.
"""

from __future__ import annotations

import re

from agents.questions.reading import asked_order, read
from agents.questions.spelling import mended, simplified
from desk.language import Language
from trading.symbols import base_of

_FLAGS = re.IGNORECASE | re.ASCII
_ORDER = re.compile(
    r"^\W*(?:(?:please|pls|just|go|now|ok|and"
    r"|can you|could you|you should|i want to|i'd like to)\s+)*"
    r"(?P<act>buy|sell|short|long)\b(?!\s*(?:or|/|the|term|side|signals?)\b)"
    r"|^\W*(?:请|帮我|给我|马上|立刻|现在)*(?P<sign>买入|卖出|做多|做空|买|卖)(?!吗|还是)",
    _FLAGS,
)
_ASKS = re.compile(
    r"[?？]|吗|呢|好不好|\bor\b|\bidea\b|\bmoment\b|\bworth\b|\b(?:should|is|would)\b", _FLAGS
)
_COMMAND = {
    **dict.fromkeys(("buy", "long", "买", "买入", "做多"), "buy"),
    **dict.fromkeys(("sell", "卖", "卖出"), "sell"),
    **dict.fromkeys(("short", "做空"), "short"),
}
_COINS = re.compile(r"(?<![\w.,$%])(\d{1,9}(?:\.\d{1,8})?)\s*(?:个|枚|x)?\s*(?![%\d])", _FLAGS)
_SAYS = {
    Language.EN: "Words order nothing. To order, send: {line}",
    Language.ZH: "用文字不会下单。要下单请发送：{line}",
}


def order_line(text: str) -> str:
    """Return the command that a plain order means, such as `/buy BTC/USDT 100 2%`; "" for none."""
    plain = mended(simplified(text))
    found = _ORDER.search(plain)
    question = read(plain)
    if found is None or _ASKS.search(plain) or not question.symbol:
        return ""
    said = asked_order(plain)
    words = [f"/{_COMMAND[(found['act'] or found['sign']).lower()]}", question.symbol]
    if said.notional is not None:
        words.append(f"{said.notional:f}")
    elif counted := _COINS.match(plain[found.end() :].lstrip()):
        words += [counted[1], base_of(question.symbol)]
    for name, share in (("stop", said.stop), ("target", said.target)):
        if share is not None:
            words.append(f"{name} {f'{share * 100:f}'.rstrip('0').rstrip('.')}%")
    return " ".join(words)


def order_words(text: str, language: Language) -> str:
    """Say how to order what a text orders in words; "" where it orders nothing."""
    line = order_line(text)
    return _SAYS[language].format(line=line) if line else ""
