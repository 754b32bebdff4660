"""Words by which sponsored and off-topic headlines are known.

They were written from what such words mean in this trade, with one day of one feed at hand (24
headlines): what they find there is no proof of what they find elsewhere.
"""

from __future__ import annotations

import re

# Promises that no reporter makes: presales, multiples, gains of thousands of percent, "superior".
SPONSORED = re.compile(
    r"\bsponsored\b|\bpress release\b|\badvertorial\b|\bpaid (?:post|content)\b"
    r"|\bpre-?sales?\b|\b(?:IC|ID)O (?:launch|sale|round)\b|\bairdrop campaign\b"
    r"|\b(?:[2-9]\d|\d{3,})x\b(?! (?:leverage|long|short))"
    r"|\b(?:will|could|may|to|set to|poised to|ready to)\b[^.?!]*?\b\d{1,3}(?:,\d{3})+(?:\.\d+)? ?%"
    r"|\b(?:superior|better|best|top|smartest) (?:pick|alternative|choice|buy)s?\b[^.?!]*"
    r"\b(?:over|than|to)\b"
    r"|\b(?:next|new) (?:shiba|doge|pepe|solana|bitcoin) killer\b"
    r"|\bcasinos?\b|\bpromo(?:tion)? codes?\b|\b(?:deposit|welcome|sign-?up) bonus(?:es)?\b",
    re.IGNORECASE,
)
# A token nobody lists, named with its ticker as "Name ($NAME)", and praised.
PRAISED = re.compile(
    r"\(\$[A-Z0-9]{2,12}\).*\b(?:pick|case|investors?|opportunity|gem|explode|outperform|over|rival)",
    re.IGNORECASE,
)
TOPIC = re.compile(
    r"\b(?:crypto\w*|blockchains?|\w*coins?|tokens?|tokeni[sz]\w*|alts?|defi|nfts?"
    r"|web ?3|dapps?|daos?"
    r"|stablecoins?|cbdcs?|metaverse|mining|miners?|hash ?rate|halving|wallets?|ledger|staking"
    r"|memes?"
    r"|exchanges?|digital (?:assets?|currenc\w+|euro|dollar)|layer[- ]?[12]|l2s?|rollups?|airdrops?"
    r"|etfs?|etps?|futures|perpetuals?|liquidations?|whales?|hodl\w*|satoshi|lightning network"
    r"|smart contracts?|on-?chain|ordinals?|inscriptions?|brc-?20|protocols?|oracles?|bridges?"
    r"|sec|cftc|finra|fca|esma|mica|finma|ofac|fincen|doj|treasury|genius act|clarity act|gensler"
    r"|fed|fomc|powell|ecb|central banks?|rate (?:cuts?|hikes?)|interest rates?|cpi|ppi|inflation"
    r"|recession|payrolls|gdp|tariffs?|dollar index|dxy|bond yields?|stocks?|nasdaq|s&p|gold|spx"
    r"|markets?|trad(?:er|ers|ing)|bulls?|bears?|bullish|bearish|economic|macro"
    r"|binance|coinbase|kraken|okx|bybit|bitget|kucoin|bingx|gate\.io|htx|huobi|upbit|bithumb"
    r"|deribit|gemini|bitfinex|bitstamp|mexc|crypto\.com|robinhood|ftx|celsius|tether|circle|usdt"
    r"|usdc|microstrategy|grayscale|gbtc|blackrock|fidelity|vaneck|bitwise|ark invest|marathon"
    r"|bitmain|ripple|consensys|metamask|opensea|uniswap|lido|vitalik|buterin|saylor)\b",
    re.IGNORECASE,
)
