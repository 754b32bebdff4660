"""Which exchanges there are, without loading ccxt (that takes a second)."""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from pathlib import Path

from trading.errors import BadArgument

DEMO = "demo"


def refuse_unknown(exchange_id: str) -> None:
    """Raise BadArgument, with the nearest names, for an id that ccxt has no module for."""
    spec = find_spec("ccxt")
    folder = Path(spec.origin or "").parent / "async_support" if spec else Path()
    known = {file.stem for file in folder.glob("[a-z]*.py")}
    if exchange_id in known or exchange_id == DEMO:
        return
    near = difflib.get_close_matches(exchange_id.lower(), known, 3, 0.5)
    hint = f" Did you mean {', '.join(near)}?" if near else " Example: EXCHANGE=binance"
    raise BadArgument(f"EXCHANGE: '{exchange_id[:40]}' is no exchange that ccxt knows.{hint}")
