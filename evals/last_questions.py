"""A second batch from a phone, looked at once when the rules were done: how far they carry.

At first sight 32 of the 40 were routed rightly, 31 before the first batch had
mended the rules.
What was missed has been mended since, so that these are unseen no more.
"""

from __future__ import annotations

from evals.questions import Asked

LAST = (
    Asked("is now ok to get into ether?", "decision", "ETH"),
    Asked("buy btc y/n", "decision", "BTC"),
    Asked("ada on 15m and 1h, long or short?", "decision", "ADA", "15m"),
    Asked("thinking of shorting sol, good plan?", "decision", "SOL"),
    Asked("buy 50 usdt of doge", "decision", "DOGE"),
    Asked("sell half my eth?", "portfolio"),
    Asked("link 4h entry?", "decision", "LINK", "4h"),
    Asked("should i bail on xrp", "decision", "XRP"),
    Asked("大饼可以空吗", "decision", "BTC"),
    Asked("BNB 日线能进吗", "decision", "BNB", "1d"),
    Asked("以太坊现在贵不贵，能买吗", "decision", "ETH"),
    Asked("btc price?", "price", "BTC"),
    Asked("how much is 1 sol in usd", "price", "SOL"),
    Asked("DOGE 什么价了", "price", "DOGE"),
    Asked("莱特币报价", "price", "LTC"),
    Asked("is sol below the 50 ema on 4h", "indicators", "SOL", "4h", named="EMA 50"),
    Asked("eth rsi and macd", "indicators", "ETH", named="RSI,MACD"),
    Asked("nearest resistance for xrp", "indicators", "XRP", named="Resistance"),
    Asked("is link overheated", "indicators", "LINK", named="RSI"),
    Asked("bnb trend 1d", "indicators", "BNB", "1d"),
    Asked("BTC 布林带怎么样", "indicators", "BTC", named="Bollinger"),
    Asked("SOL 4小时 MACD 金叉了吗", "indicators", "SOL", "4h", named="MACD"),
    Asked("will eth pump this weekend", "forecast", "ETH"),
    Asked("where will btc be tomorrow", "forecast", "BTC", "1h", None, 24),
    Asked("sol next 8 hours", "forecast", "SOL", "1h", None, 8),
    Asked("ETH 明天是涨是跌", "forecast", "ETH", "1h", None, 24),
    Asked("how dangerous is avax", "risk", "AVAX"),
    Asked("what do i lose if btc tanks, 300 usdt in", "risk", "BTC"),
    Asked("1000U 的 ETH 一天可能亏多少", "risk", "ETH"),
    Asked("headlines for eth", "news", "ETH"),
    Asked("why is btc down", "news", "BTC"),
    Asked("现在市场恐慌吗", "news"),
    Asked("sol vs avax", "rank", "SOL,AVAX"),
    Asked("biggest loser today", "rank", by="momentum_1d"),
    Asked("哪个币最稳", "rank", by="volatility"),
    Asked("am i in profit", "portfolio"),
    Asked("我有多少钱", "portfolio"),
    Asked("how did sma cross do on btc 4h", "backtest", "BTC", "4h"),
    Asked("thx!", "greeting"),
    Asked("write me a poem about the sea", "unknown"),
)
