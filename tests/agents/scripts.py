"""What scripted models say in these tests."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from agents.members import Lineup, language_lineup
from agents.models import language_model
from tests.fakes.openai_server import Facts, OpenAIServer, Step, answer, calls

KEY = "sk-test-0123456789abcdef"
LOOK = calls(
    ("indicators", {"symbol": "BTC/USDT", "timeframe": "1h"}),
    ("forecast", {"symbol": "BTC/USDT", "timeframe": "1h"}),
)


def says(stance: str, **changes: Any) -> Step:
    """Answer with a sound stance on BTC/USDT 1h."""

    def made(facts: Facts) -> dict[str, Any]:
        sound = {
            "stance": stance,
            "symbol": "BTC/USDT",
            "timeframe": "1h",
            "headline": f"I say {stance}: RSI(14) is {facts.slot('RSI(14)')}.",
            "reasons": [f"The forecast gives {facts.slot('Forecast ↑')} and has no edge."],
            "order": {"stop": "0.03", "target": "5%", "size": 0.5},
        }
        return {**sound, **changes}

    return answer(made)


def plainly(stance: str, **changes: Any) -> Step:
    """Answer without a figure."""
    return answer(
        {
            "stance": stance,
            "symbol": "BTC/USDT",
            "timeframe": "1h",
            "headline": "The averages point that way.",
            "reasons": ["Momentum agrees with them."],
            **changes,
        }
    )


def votes(*stances: str) -> list[list[Step]]:
    return [[LOOK, says(stance)] for stance in stances]


def lineup(server: OpenAIServer, runs: int = 3, timeout: float = 5.0) -> Lineup:
    model = language_model(SecretStr(KEY), server.base_url, "test-model", timeout)
    return language_lineup(model, "test-model", runs)
