"""Binance: only the spot endpoints are asked, for tradable markets."""

from market.quirks import Quirks

QUIRKS = Quirks(
    options={
        "defaultType": "spot",
        # ccxt would ask the hosts of both futures markets too.
        "fetchMarkets": {"types": ["spot"]},
        "fetchCurrencies": False,
    },
    # Without these the answer is several times as long.
    market_params={"showPermissionSets": "false", "symbolStatus": "TRADING"},
    candle_page=1000,
)
