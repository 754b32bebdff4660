"""What the three lenses say of a market."""

from __future__ import annotations

from agents.rules.phrases import Phrase

# What a lens can't do without, when it is missing.
PRICE = Phrase("the present price", "当前价格")
AVERAGES = Phrase("the averages and the MACD histogram", "均线和 MACD 柱")
BANDS = Phrase("RSI(14) and the Bollinger bands", "RSI(14) 和布林带")
FORECAST = Phrase("the forecast", "预测")

# Trend.
NO_CLEAR_TREND = Phrase(
    "There is no clear trend to follow{aside}.", "没有明确的趋势可跟随{aside}。"
)
DISAGREE = Phrase(
    "The averages and momentum disagree, so there is no trend to follow{aside}.",
    "均线与动能不一致，没有趋势可跟随{aside}。",
)
CROSSED_BACK = Phrase(
    "The price has crossed back over its slow average, so the trend is in doubt{aside}.",
    "价格已回穿慢速均线，趋势存疑{aside}。",
)
TREND_AGREES = Phrase(
    "The trend is {way} and momentum agrees{aside}.", "趋势{way}，动能一致{aside}。"
)
BUT_NO_EDGE = Phrase(", but the forecast shows no edge", "，但预测没有优势")
AVERAGES_SAY = Phrase(
    "EMA 20/50 is {order}, so the averages say {way}.",
    "EMA 20/50：短均线{order}长均线，均线指示{way}。",
)
HISTOGRAM = Phrase("The MACD histogram is {macd}: {momentum}.", "MACD 柱为 {macd}：{momentum}。")
MOMENTUM_UP = Phrase("momentum is up", "动能向上")
MOMENTUM_DOWN = Phrase("momentum is down", "动能向下")
NO_MOMENTUM = Phrase("there is no momentum", "没有动能")
STRENGTH = Phrase("ADX(14) is {adx}, which means {strength}.", "ADX(14) 为 {adx}，{strength}。")
WEAKEST = Phrase("no clear trend", "没有明确趋势")
WEAK = Phrase("a weak trend", "趋势较弱")
CLEAR = Phrase("a clear trend", "趋势明确")

# Mean reversion.
RSI_IS = Phrase("RSI(14) is {rsi}: {range}.", "RSI(14) 为 {rsi}：{range}。")
BAND_IS = Phrase("Bollinger %B is {band}: {place}.", "布林 %B 为 {band}：{place}。")
OVERSOLD = Phrase("oversold", "超卖")
OVERBOUGHT = Phrase("overbought", "超买")
NEITHER = Phrase("neither overbought nor oversold", "既不超买也不超卖")
LOWER_BAND = Phrase("at the lower band", "在下轨")
UPPER_BAND = Phrase("at the upper band", "在上轨")
UPPER_HALF = Phrase("in the upper half of the bands", "在布林带上半部")
LOWER_HALF = Phrase("in the lower half of the bands", "在布林带下半部")
STRONG_AGAINST = Phrase(
    "The price is stretched, but a strong trend runs against a return.",
    "价格已经拉伸，但强劲的趋势不利于回归。",
)
TOO_STRONG = Phrase(
    "ADX(14) is {adx}: too strong a trend to stand against.",
    "ADX(14) 为 {adx}：趋势太强，不宜逆势。",
)
SNAP_BACK = Phrase(
    "The price is stretched {way} and may snap back.", "价格{way}拉伸过度，可能回归。"
)
PULLED_BACK = Phrase(
    "The price has pulled back within a trend that points {way}.", "价格在{way}的趋势中出现回调。"
)
NOT_STRETCHED = Phrase(
    "The price is not stretched, so there is nothing to fade.", "价格没有拉伸过度，没有反向机会。"
)

# Momentum: the forecast first.
CHANCE = Phrase(
    "The forecast gives a chance of {chance} for a higher close.", "预测收盘走高的概率为 {chance}。"
)
WALK_FORWARD = Phrase(
    "Walk-forward its accuracy was {accuracy}, the naive rate {naive}.",
    "滚动检验中其准确率为 {accuracy}，朴素基准为 {naive}。",
)
WITHOUT_EDGE = Phrase("The forecast has no edge", "预测没有优势")
NO_FORECAST = Phrase("There is no forecast here", "这里没有预测")
MOMENTUM_UNKNOWN = Phrase(", and the momentum of the past is not known.", "，过去的动量也未知。")
NO_CLEAR_MOVE = Phrase(", and the past shows no clear momentum.", "，过去也没有明显的动量。")
ONLY_THE_PAST = Phrase(
    "; this vote only follows momentum, which points {way}, in a small size.",
    "；这一票只跟随过去的动量（{way}），仓位较小。",
)
MEASURED = Phrase("{label} on the {timeframe}: {value}.", "{label}（{timeframe}）：{value}。")
UNDECIDED = Phrase("The forecast is undecided.", "预测方向不明。")
POINTS = Phrase(
    "The forecast points {way} and has shown an edge.", "预测方向{way}，且检验显示有优势。"
)

# The past.
IN_THE_BACKTEST = Phrase(
    "In the backtest {strategy} made a return of {made}, buy and hold {held}, with a max drawdown "
    "of {fell}: {beside}.",
    "回测中 {strategy} 策略收益 {made}，买入持有 {held}，最大回撤 {fell}：{beside}。",
)
BETTER = Phrase("better than holding", "好于持有")
WORSE = Phrase("worse than holding", "不如持有")
SAME = Phrase("the same as holding", "与持有相同")
SMALLER_LOSS = Phrase("a loss, though a smaller one than holding", "亏损，但少于持有")
