"""What a verdict means to who holds the symbol already."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from desk.figures import quantity
from desk.language import Language
from trading.symbols import base_of

if TYPE_CHECKING:
    from trading.account import AccountState

_WAY = {"long": 1, "short": -1}
_SIDES: Mapping[Language, tuple[str, str]] = MappingProxyType(
    {Language.EN: ("long", "short"), Language.ZH: ("多头", "空头")}
)
_AGAINST: Mapping[Language, str] = MappingProxyType(
    {
        Language.EN: "You hold {size} {base} {side}; this verdict is against it.",
        Language.ZH: "您持有 {size} {base} {side}；此结论与之相反。",
    }
)
_ALONG: Mapping[Language, str] = MappingProxyType(
    {
        Language.EN: "You hold {size} {base} {side} already.",
        Language.ZH: "您已持有 {size} {base} {side}。",
    }
)


def held_words(
    state: AccountState | None, symbol: str, stance: str, language: Language = Language.EN
) -> str:
    """Say whether a verdict is against what the account holds of its symbol.

    The positions of all its strategies are added up. "" where nothing is held, and for a verdict
    that takes no side.
    """
    way = _WAY.get(stance)
    if state is None or way is None:
        return ""
    held = sum(
        (position.quantity for (_, name), position in state.positions.items() if name == symbol),
        Decimal(0),
    )
    if not held:
        return ""
    words = _ALONG if (held > 0) == (way > 0) else _AGAINST
    side = _SIDES[language][0 if held > 0 else 1]
    size = quantity(abs(held))
    return words[language].format(size=size, base=base_of(symbol), side=side)
