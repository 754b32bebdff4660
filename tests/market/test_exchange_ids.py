"""An exchange's name is checked before anything heavy is loaded."""

from __future__ import annotations

import subprocess
import sys

import ccxt
import pytest

from market.connection.ids import refuse_unknown
from trading.errors import BadArgument


def test_every_exchange_of_ccxt_is_known_and_so_is_the_demo() -> None:
    for exchange_id in [*ccxt.exchanges, "demo"]:
        refuse_unknown(exchange_id)


def test_unknown_exchange_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BadArgument, match="Did you mean binance"):
        refuse_unknown("binanze")
    for hostile in ("", "../evil", "BINANCE", "__init__", "a" * 500):
        with pytest.raises(BadArgument, match="no exchange"):
            refuse_unknown(hostile)


def test_checking_a_name_does_not_load_ccxt() -> None:
    code = (
        "import sys; from market.connection.ids import refuse_unknown; refuse_unknown('kraken'); "
    )
    code += "sys.exit('ccxt' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
