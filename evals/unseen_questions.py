"""More questions, written when the rules were done: how far they carry.

At first sight 36 of the 56 were routed rightly, and 2 that ask for facts got an order. Only the
three that the orders led to have been mended since: a side or a price at a time to come is a
forecast, and the two sides of the book are no order.
"""

from __future__ import annotations

from evals.questions import Asked

UNSEEN = (
    Asked("thoughts on going in on ethereum here?", "decision", "ETH"),
    Asked("btc buy zone or nah", "decision", "BTC"),
    Asked("my friend says short sol, is he right?", "decision", "SOL"),
    Asked("Would a swing long in LINK on the 4h make sense", "decision", "LINK", "4h"),
    Asked("close to pulling the trigger on doge. yes or no?", "decision", "DOGE"),
    Asked("any edge in shorting litecoin on the 15m?", "decision", "LTC", "15m"),
    Asked("ADA 30分钟 做短线多单可以不", "decision", "ADA", "30m"),
    Asked("BNB 你建议买还是等等", "decision", "BNB"),
    Asked("以太坊仓位要减一点吗", "decision", "ETH"),
    Asked("SOL 拉回来了，接不接", "decision", "SOL"),
    Asked("how much for a single ether", "price", "ETH"),
    Asked("btc spot", "price", "BTC"),
    Asked("what is solana worth today", "price", "SOL"),
    Asked("艾达币多少刀", "price", "ADA"),
    Asked("报一下瑞波币的价", "price", "XRP"),
    Asked("XRP rsi 1h pls", "indicators", "XRP", named="RSI"),
    Asked("upper bollinger band touch on BTC?", "indicators", "BTC", named="Bollinger"),
    Asked(
        "where would sellers step in on ETH, any resistance?",
        "indicators",
        "ETH",
        named="Resistance",
    ),
    Asked("Is SOL stretched to the upside", "indicators", "SOL"),
    Asked("eth under kumo on daily?", "indicators", "ETH", "1d", named="Ichimoku"),
    Asked("price of BTC relative to vwap", "indicators", "BTC", named="VWAP"),
    Asked("bnb adx reading 12h", "indicators", "BNB", "12h", named="ADX"),
    Asked("is the uptrend in avalanche intact", "indicators", "AVAX"),
    Asked("DOGE 周线 KDJ", "indicators", "DOGE", "1w", named="Stochastic"),
    Asked("莱特币放量了吗", "indicators", "LTC"),
    Asked("看下 BTC 的 EMA", "indicators", "BTC", named="EMA"),
    Asked("SOL 阻力和支撑分别是多少", "indicators", "SOL", named="Support,Resistance"),
    Asked("bitcoin price in 6 hours", "forecast", "BTC", "1h", None, 6),
    Asked("next 24h for ETH: bullish or bearish?", "forecast", "ETH", "1h", None, 24),
    Asked("what does your model say about ADA next week", "forecast", "ADA", "4h", None, 42),
    Asked("give me a 10 candle forecast of XRP on the 4h", "forecast", "XRP", "4h", None, 10),
    Asked("SOL 未来一周看涨概率", "forecast", "SOL", "4h", None, 42),
    Asked("狗狗币接下来会怎么走", "forecast", "DOGE"),
    Asked("would trend following have worked on eth", "backtest", "ETH"),
    Asked("donchian breakout results for BNB 4h", "backtest", "BNB", "4h"),
    Asked("测试一下突破策略在BTC日线上的效果", "backtest", "BTC", "1d"),
    Asked("what could a bad day in doge cost me", "risk", "DOGE"),
    Asked("CVaR bitcoin", "risk", "BTC"),
    Asked("annual volatility of BNB?", "risk", "BNB"),
    Asked("SOL 止损放哪里", "risk", "SOL"),
    Asked("why is everybody talking about xrp", "news", "XRP"),
    Asked("did ETH open interest go up", "news", "ETH", named="open interest"),
    Asked("bid/ask imbalance on BTC?", "news", "BTC", named="order book"),
    Asked("狗狗币有啥新闻没", "news", "DOGE"),
    Asked("SOL 买盘多还是卖盘多", "news", "SOL", named="order book"),
    Asked("leaderboard of coins this week", "rank", by="momentum_7d"),
    Asked(
        "rank sol, ada and link by liquidity on the 1d", "rank", "SOL,ADA,LINK", "1d", "liquidity"
    ),
    Asked("safest coin out of BTC, ETH and BNB", "rank", "BTC,ETH,BNB", by="volatility"),
    Asked("哪几个币最便宜", "rank", by="value"),
    Asked("which coins follow bitcoin most closely", "rank", by="correlation"),
    Asked("did I make money this month", "portfolio"),
    Asked("看看我账户还剩多少钱", "portfolio"),
    Asked("hola", "greeting"),
    Asked("这个机器人能干嘛", "greeting"),
    Asked("can you plot solana", "command", "SOL"),
    Asked("who won the football match", "unknown"),
)
