"""What was spent, and that no more may be, in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from desk.figures import grouped
from desk.language import Language
from desk.spending import OverDay

CENT = Decimal("0.01")
LEAST_SHOWN = Decimal("0.0001")
WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        Language.EN: {
            "over": "Today's budget for the language model is used up: {used} of {limit}"
            " ({name}). It is free again at 00:00 UTC, in {wait}. Commands such as /indicators,"
            " /chart, /buy and /portfolio go on.",
            "tokens": "{count} tokens",
            "hours": "{hours} h {minutes} min",
            "minutes": "{minutes} min",
        },
        Language.ZH: {
            "over": "今天的语言模型预算已用完：已用 {used}，上限 {limit}（{name}）。"
            "UTC 00:00 恢复，还有 {wait}。/indicators、/chart、/buy、/portfolio 等命令照常可用。",
            "tokens": "{count} 个 token",
            "hours": "{hours} 小时 {minutes} 分",
            "minutes": "{minutes} 分钟",
        },
    }
)


def cost_words(cost: Decimal) -> str:
    """Write an amount of USD, small ones with four decimals: `0.0123 USD`."""
    if cost == 0:
        return "0 USD"
    if cost < LEAST_SHOWN:
        return "under 0.0001 USD"
    return f"{grouped(cost, 2 if cost >= 1 else 4)} USD"


def over_day_words(over: OverDay, language: Language = Language.EN) -> str:
    """Say which limit it is, what is used, when it is free again, and what goes on."""
    words = WORDS[language]
    minutes = max(1, -int((over.now - over.free_at).total_seconds() // 60))
    wait = words["hours" if minutes >= 60 else "minutes"].format(
        hours=minutes // 60, minutes=minutes % 60
    )
    if over.by_cost:
        used, limit, name = (
            cost_words(over.used.cost),
            cost_words(over.ceiling.cost or Decimal(0)),
            "DAILY_COST",
        )
    else:
        used = grouped(over.used.tokens, 0)
        limit = words["tokens"].format(count=grouped(over.ceiling.tokens or 0, 0))
        name = "DAILY_TOKENS"
    return words["over"].format(used=used, limit=limit, name=name, wait=wait)
