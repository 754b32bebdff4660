"""What people call the coins: names and tickers, and which of them a sentence is about."""

from __future__ import annotations

import re

# Names that mean nothing but the coin, in capitals.
COIN_NAMES = {
    # What Kraken and BitMEX call these two.
    "XBT": "BTC",
    "XDG": "DOGE",
    "BITCOIN": "BTC",
    "ETHEREUM": "ETH",
    "ETHER": "ETH",
    "SOLANA": "SOL",
    "RIPPLE": "XRP",
    "CARDANO": "ADA",
    "DOGECOIN": "DOGE",
    "LITECOIN": "LTC",
    "POLKADOT": "DOT",
    "AVALANCHE": "AVAX",
    "CHAINLINK": "LINK",
}
# Tickers that a sentence may name; many are words too (LINK, DOT, NEAR), so in capitals only.
_TICKERS = (
    "BTC ETH SOL BNB XRP ADA DOGE LTC DOT AVAX LINK TRX TON XLM BCH UNI ATOM NEAR APT ARB OP SUI "
    "FIL ETC AAVE SHIB PEPE INJ HBAR ICP VET ALGO MATIC POL MKR RUNE SEI TIA XMR EOS"
)
TICKERS = frozenset(_TICKERS.split())
# Further names that headlines use; written with a capital, because some are words too.
_HEADLINE_NAMES = {
    "Binance Coin": "BNB",
    "Tron": "TRX",
    "Toncoin": "TON",
    "Stellar": "XLM",
    "Bitcoin Cash": "BCH",
    "Uniswap": "UNI",
    "Cosmos": "ATOM",
    "Near Protocol": "NEAR",
    "NEAR Protocol": "NEAR",
    "Aptos": "APT",
    "Arbitrum": "ARB",
    "Filecoin": "FIL",
    "Ethereum Classic": "ETC",
    "Aave": "AAVE",
    "Shiba Inu": "SHIB",
    "Injective": "INJ",
    "Hedera": "HBAR",
    "Internet Computer": "ICP",
    "VeChain": "VET",
    "Algorand": "ALGO",
    "Polygon": "POL",
    "THORChain": "RUNE",
    "Celestia": "TIA",
    "Monero": "XMR",
}
# In a title all in capitals these are just words.
WORDS_TOO = frozenset(["LINK", "DOT", "NEAR", "OP", "UNI", "ATOM", "SOL", "APT", "TON", "ICP"])

_LONGEST_FIRST = sorted(_HEADLINE_NAMES, key=len, reverse=True)
_HEADLINE_NAME = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, _LONGEST_FIRST))})(?!\w)")
_WORD = re.compile(r"(?<![A-Za-z0-9])(\$?)([A-Za-z0-9]{2,12})(?![A-Za-z0-9])")


def coins_in(text: str, also: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the tickers of the coins that a headline names.

    `also` are further tickers to look for. A ticker counts in capitals, or in any case after a
    dollar sign; in a text all in capitals one that is a word too needs the dollar sign.
    """
    tickers = TICKERS | also
    shouted = text.isupper()
    found = set()
    rest = text
    for match in _HEADLINE_NAME.finditer(text):
        found.add(_HEADLINE_NAMES[match[1]])
        # "Bitcoin Cash" is not Bitcoin.
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    for dollar, word in _WORD.findall(rest):
        upper = word.upper()
        if upper in COIN_NAMES and not dollar:
            found.add(COIN_NAMES[upper])
        elif upper in tickers:
            meant = word == upper and not (shouted and upper in WORDS_TOO)
            if dollar or meant:
                found.add(upper)
    return frozenset(found)
