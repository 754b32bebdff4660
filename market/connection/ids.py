"""Which exchanges there are, without loading ccxt (that takes a second)."""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from pathlib import Path

from trading.errors import BadArgument

DEMO = "demo"


def refuse_unknown(exchange_id: str) -> None:
    """Raise BadArgument, with the nearest names, for an id that ccxt has no module for."""
    if exchange_id == DEMO or is_known(exchange_id):
        return
    near = nearest_ids(exchange_id)
    hint = f" Did you mean {', '.join(near)}?" if near else " Example: EXCHANGE=binance"
    raise BadArgument(f"EXCHANGE: '{exchange_id[:40]}' is no exchange that ccxt knows.{hint}")


def is_known(exchange_id: str) -> bool:
    """Tell whether ccxt has an exchange of this id."""
    return exchange_id in _known()


def nearest_ids(exchange_id: str) -> list[str]:
    """Return up to three of ccxt's ids that are spelled like this one."""
    return difflib.get_close_matches(exchange_id.lower(), sorted(_known()), 3, 0.5)


def _known() -> set[str]:
    spec = find_spec("ccxt")
    folder = Path(spec.origin or "").parent / "async_support" if spec else Path()
    return {file.stem for file in folder.glob("[a-z]*.py")}
