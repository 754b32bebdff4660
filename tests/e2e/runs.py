"""What the scripted runs of the language model do."""

from __future__ import annotations

from typing import Any

from tests.fakes.openai_server import Facts, Step, answer, calls, slow


def look(base: str) -> Step:
    """Call what a decision needs, all at once."""
    where = {"symbol": f"{base}/USDT", "timeframe": "1h"}
    return calls(
        ("indicators", where),
        ("forecast", where),
        ("backtest", {**where, "strategy": "sma_cross"}),
        ("risk_check", {"symbol": f"{base}/USDT"}),
    )


def glance(base: str) -> Step:
    """Call the cheapest tool that gives something to point at."""
    return calls(("indicators", {"symbol": f"{base}/USDT", "timeframe": "1h"}))


def says(stance: str, base: str = "BTC", **changes: Any) -> Step:
    """Answer with a sound stance; its figures are slots of the facts that the tools gave."""

    def made(facts: Facts) -> dict[str, Any]:
        sound: dict[str, Any] = {
            "stance": stance,
            "symbol": f"{base}/USDT",
            "timeframe": "1h",
            "headline": f"I say {stance}, as RSI(14) is {facts.slot('RSI(14)')}.",
            "reasons": [f"EMA 20/50 is {facts.slot('EMA 20/50')}."],
        }
        if stance in ("long", "short"):
            sound["order"] = {"stop": "0.03", "target": "0.05", "size": 0.5}
        return {**sound, **changes}

    return answer(made)


def run(stance: str, base: str = "BTC", after: float = 0.0) -> list[Step]:
    """Look, then vote; `after` seconds of thinking."""
    voted = says(stance, base)
    return [look(base), slow(after, voted) if after else voted]


def quick_run(stance: str, base: str) -> list[Step]:
    return [glance(base), says(stance, base)]
