"""Longer true sentences, in the voice of language models, written apart from the check."""

from __future__ import annotations

from collections.abc import Sequence

from evals.grounding_cases.cases import When, bitcoin, cardano, ether, solana

AS_MODELS_WRITE: Sequence[tuple[str, When]] = (
    (
        "Momentum is mildly positive with RSI(14) at <rsi> and a MACD histogram of <macd>, "
        "but ADX(14) of <adx> shows only a modest trend.",
        bitcoin,
    ),
    (
        "Price (<price>) is trading above both EMA 20 (<ema20>) and EMA 50 (<ema50>), "
        "confirming the short-term uptrend.",
        bitcoin,
    ),
    (
        "However, the forecast shows no edge: its accuracy of <accuracy> barely exceeds the "
        "naive rate of <naive>.",
        bitcoin,
    ),
    (
        "The SMA cross strategy returned <made> versus <held> for buy and hold, so it "
        "underperformed holding.",
        bitcoin,
    ),
    (
        "Risk is moderate: daily VaR at 95 % confidence is <var>, with an expected shortfall "
        "of <cvar>.",
        bitcoin,
    ),
    ("News sentiment is slightly positive (<mood> over <items>).", bitcoin),
    ("RSI(14) at <rsi> and Stochastic %K at <stoch> both signal overbought conditions.", ether),
    ("With RSI(14) at <rsi>, ETH looks overbought, so a pullback is likely.", ether),
    ("ETH gained <change> in the past 24 hours, yet sentiment is negative at <mood>.", ether),
    ("The strategy lost <made>, though that is less than the <held> loss of holding.", ether),
    ("SOL is oversold: RSI(14) is only <rsi> and it dropped <change> over 24 hours.", solana),
    ("EMA 20 (<ema20>) remains below EMA 50 (<ema50>), which confirms the downtrend.", solana),
    (
        "The forecast has an edge and gives a <chance> probability of a rise over the next "
        "<ahead>.",
        solana,
    ),
    (
        "Backtesting SMA cross on the 4h gave <made> with a Sharpe ratio of <sharpe>, "
        "beating buy and hold (<held>).",
        solana,
    ),
    ("On the daily chart, ADA's price of <price> remains under EMA 50 at <ema50>.", cardano),
    ("Funding and open interest were not available.", bitcoin),
    ("The trend is up, but the edge is unproven, so I stay flat.", bitcoin),
    ("RSI(14) of <rsi> is neutral, well below overbought territory.", bitcoin),
    ("Bollinger %B of <band> puts the price in the upper half of its bands.", bitcoin),
    ("A drawdown of <fell> would have been the worst case in the test.", bitcoin),
    ("With a win rate of only <won> across <trades>, the edge is thin.", bitcoin),
    (
        "There is no edge in the forecast (<chance>), so a small position, half the usual "
        "size, is enough.",
        bitcoin,
    ),
    ("The price sits <gap> above EMA 50, a premium of <over>.", bitcoin),
    ("The strategy lagged buy and hold by <beside>.", bitcoin),
    ("A long with a stop at <stop> risks <loss>.", bitcoin),
    ("The 4h RSI(14) of <other.rsi> is weaker than the 1h reading of <rsi>.", bitcoin),
    ("Both timeframes agree: the trend is up.", bitcoin),
    ("BTC/USDT 1h: EMA 20/50 <order>, RSI(14) <rsi>, ADX(14) <adx>.", bitcoin),
    ("VaR (95 %, 1 day) is <var>.", bitcoin),
    ("The 1h chart shows EMA 20 <order> EMA 50 and RSI(14) at <rsi>.", bitcoin),
    ("Wait for RSI(14), now <rsi>, to cool off.", bitcoin),
    ("Only <items> were found, so the mood of <mood> says little.", bitcoin),
    ("BTC fell <change> over the last 24h even though EMA 20/50 is <order>.", bitcoin),
    ("The probability of a higher close is <chance>, hardly better than a coin flip.", bitcoin),
    ("Loss at stop is <loss> on an order of <size>.", bitcoin),
    ("Accuracy of <accuracy> (low end <low>) does not clear the naive rate of <naive>.", bitcoin),
    ("Your account holds <cash> in cash and <open>.", bitcoin),
    ("比特币1小时图上，EMA 20（<ema20>）位于EMA 50（<ema50>）之上，趋势向上。", bitcoin),
    ("RSI(14)为<rsi>，处于中性区间，既未超买也未超卖。", bitcoin),
    ("预测的上涨概率为<chance>，但没有显示优势。", bitcoin),
    ("SMA交叉策略收益<made>，不如买入持有的<held>。", bitcoin),
    ("最大回撤<fell>，胜率<won>，共<trades>。", bitcoin),
    ("SOL 4小时RSI仅<rsi>，已进入超卖区。", solana),
    ("过去24小时下跌了<change>，新闻情绪<mood>。", solana),
    ("预测有优势，未来<ahead>上涨概率<chance>。", solana),
    ("以太坊RSI高达<rsi>，明显超买，不宜追高。", ether),
    ("单日VaR（95 %）为<var>，即在糟糕的一天可能损失<var>以上。", bitcoin),
    ("止损设在<stop>，若触发将亏损<loss>。", bitcoin),
    ("价格在支撑位<support>和阻力位<resistance>之间。", bitcoin),
    ("两条均线方向一致，但预测没有优势。", bitcoin),
    ("综合来看，一方面趋势向上，另一方面回测跑输买入持有。", bitcoin),
    ("建议观望，等待价格突破阻力位<resistance>。", bitcoin),
    ("日线上，ADA价格<price>仍低于EMA 50（<ema50>）。", cardano),
    ("策略亏损<made>，远不如买入持有的<held>。", cardano),
    ("The news is quiet, the trend intact, and the risk bearable.", bitcoin),
    ("On balance: long, but small.", bitcoin),
    ("RSI(14) stands at <rsi>, comfortably under the overbought zone.", bitcoin),
    (
        "Price momentum over 24 h is negative (<change>), while MACD histogram stays "
        "positive (<macd>).",
        bitcoin,
    ),
    ("Trading volume is <volume> times its mean of 20.", bitcoin),
    ("Volume is <volume> times its 20-candle mean.", bitcoin),
    (
        "Technicals lean bullish: EMA 20/50 is <order>, MACD histogram is <macd>, RSI(14) is "
        "<rsi>.",
        bitcoin,
    ),
    ("Even so, the SMA cross backtest (<made>) fell short of simply holding (<held>).", bitcoin),
    (
        "I would stay flat because the forecast lacks an edge and the trend is weak (ADX(14) "
        "<adx>).",
        bitcoin,
    ),
    (
        "Upside to resistance (<resistance>) is larger than the downside to support (<support>).",
        bitcoin,
    ),
    ("ETH is extended: Bollinger %B is <band>, above its upper band.", ether),
    ("The averages point up, as EMA 20 (<ema20>) is above EMA 50 (<ema50>).", ether),
    ("RSI is overbought at <rsi>, which often precedes a pause.", ether),
    (
        "Sentiment is roughly neutral at <mood>, and volume is thin at <volume> times its "
        "mean of 20.",
        solana,
    ),
    ("MACD remains negative (<macd>), so momentum has not turned.", solana),
    ("Out of <trades>, <won> were winners.", solana),
    ("SMA cross outperformed buy and hold: <made> vs <held>.", solana),
    ("The forecast's accuracy, <accuracy>, beats the naive rate, <naive>.", solana),
    ("ADA has risen <change> over the last day; RSI(14) is <rsi>.", cardano),
    ("SMA cross on ADA lost money (<made>), holding made <held>.", cardano),
    (
        "SMA cross on ADA: a return of <made>, a max drawdown of <fell>, a Sharpe ratio of "
        "<sharpe>.",
        cardano,
    ),
    ("The 1d forecast shows an edge, with <chance> odds of closing higher.", cardano),
    ("Max drawdown reached <fell>.", bitcoin),
    ("The VaR 95 % of <var> means a day worse than that is rare.", bitcoin),
    ("Price: <price>. Support: <support>. Resistance: <resistance>.", bitcoin),
    ("Current price is <price>, EMA 20 is <ema20>, EMA 50 is <ema50>.", bitcoin),
    ("Sharpe of <sharpe> is decent.", bitcoin),
    ("The reading of <rsi> on RSI(14) is middling.", bitcoin),
    ("At <rsi>, RSI(14) has room before it is overbought.", bitcoin),
    ("Neither RSI(14) (<rsi>) nor ADX(14) (<adx>) is extreme.", bitcoin),
    ("The mood is mildly positive: <mood>.", bitcoin),
    ("I prefer to wait: edge absent, backtest worse than holding.", bitcoin),
    ("The MACD histogram at <macd> supports the long side.", bitcoin),
    ("No clear catalyst; <items> in the news window.", bitcoin),
    ("Kraken quotes <kraken.price>, Binance <price>.", bitcoin),
    ("Compared with ETH, whose RSI(14) is <eth.rsi>, BTC is calmer at <rsi>.", bitcoin),
    ("BTC's 1h trend is intact, yet the 4h ADX(14) of <other.adx> is weak.", bitcoin),
    ("Over the backtest the strategy was in profit with <made>, but holding made <held>.", bitcoin),
    ("The bid-side support is near <support>.", bitcoin),
    ("First, the trend: EMA 20/50 is <order>. Second, momentum: MACD histogram <macd>.", bitcoin),
    ("Equity stands at <equity>, up <since> since the start.", bitcoin),
    ("Today's result is a loss of <today>.", bitcoin),
    ("Your drawdown of <depth> leaves room under the drawdown limit of <limit>.", bitcoin),
    ("Expected shortfall (CVaR 95 %) is <cvar>.", bitcoin),
    ("过去24小时价格下跌<change>，但MACD 柱仍为正（<macd>）。", bitcoin),
    ("回测显示，SMA交叉收益率为<made>，低于买入持有的<held>。", bitcoin),
    ("预测准确率<accuracy>仅略高于朴素准确率<naive>，没有统计优势。", bitcoin),
    ("RSI(14)<rsi>，ADX(14)<adx>，趋势尚可。", bitcoin),
    ("目标价<target>，止损价<stop>，入场价<entry>。", bitcoin),
    ("成交量为均值的<volume>倍。", bitcoin),
    ("ETH的MACD 柱为<macd>，动能偏多，但RSI为<rsi>，已超买。", ether),
    ("策略亏损<made>，但跑赢买入持有（<held>）。", ether),
    ("EMA 20（<ema20>）低于EMA 50（<ema50>），呈空头排列。", solana),
    ("预测上涨概率<chance>，偏多。", solana),
    ("ADA日线EMA 20/50为<order>，趋势偏空。", cardano),
    ("新闻情绪略偏负面（<mood>），共<items>新闻。", cardano),
    ("现价<price>，比EMA 50高<over>。", bitcoin),
    ("账户权益<equity>，今日亏损<today>。", bitcoin),
    ("是否做多？趋势支持，但优势不足。", bitcoin),
    ("BTC is not oversold with RSI(14) at <rsi>.", bitcoin),
    ("The trend strength, ADX(14), is <adx>.", bitcoin),
    ("Selling here risks a squeeze toward <resistance>.", bitcoin),
    ("RSI(14) slipped to <rsi>.", bitcoin),
    ("The price eased to <price> after touching resistance at <resistance>.", bitcoin),
)
