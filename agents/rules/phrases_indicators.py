"""What the rule-based analyst says of each indicator."""

from __future__ import annotations

from agents.rules.phrases import Phrase

MEANT = Phrase("{label} is {value}: {meaning}.", "{label}为 {value}：{meaning}。")
IN_WORDS = Phrase("{label} is {value}: {meaning}.", "{label}（{value}）：{meaning}。")
PLAIN = Phrase("{label} is {value}.", "{label}为 {value}。")
AGAINST = Phrase(
    "The last price of {symbol} is {price}, {side} {label} at {value}.",
    "{symbol} 的最新价为 {price}，{side}{label}（{value}）。",
)
ABOVE = Phrase("above", "高于")
BELOW = Phrase("below", "低于")
LEVEL_WITH = Phrase("level with", "持平于")
CLOUD = Phrase(
    "Against the Ichimoku cloud of {where} the price is {value}.",
    "{where}的价格相对一目均衡云的位置：{value}。",
)

OVERBOUGHT = Phrase("overbought by the usual reading", "按常规解读为超买")
OVERSOLD = Phrase("oversold by the usual reading", "按常规解读为超卖")
NEITHER = Phrase("neither overbought nor oversold", "既不超买也不超卖")
YES = Phrase(
    "Yes: {where} is {what} by every gauge that is known.", "是：{where}的已知指标全部显示{what}。"
)
NO = Phrase("No: {where} is not {what} by any gauge.", "否：{where}没有{what}。")
NO_NEITHER = Phrase(
    "No: {where} is neither overbought nor oversold by any gauge.",
    "否：{where}既不超买也不超卖。",
)
MIXED = Phrase(
    "Mixed: the gauges disagree whether {where} is {what}.",
    "不一致：{where}是否{what}，各指标看法不同。",
)
ONLY_OVERBOUGHT = Phrase("overbought", "超买")
ONLY_OVERSOLD = Phrase("oversold", "超卖")
EITHER_OF_THEM = Phrase("overbought or oversold", "超买或超卖")

AVERAGES_UP = Phrase("the short average leads, so the trend is up", "短期均线领先，趋势向上")
AVERAGES_DOWN = Phrase("the short average lags, so the trend is down", "短期均线落后，趋势向下")
AVERAGES_LEVEL = Phrase("no trend in the averages", "均线没有趋势")
MOMENTUM_UP = Phrase("momentum is up", "动能向上")
MOMENTUM_DOWN = Phrase("momentum is down", "动能向下")
NO_MOMENTUM = Phrase("there is no momentum", "没有动能")
NO_TREND = Phrase("no clear trend", "没有明确趋势")
WEAK_TREND = Phrase("a weak trend, either way", "趋势较弱，方向不限")
CLEAR_TREND = Phrase("a clear trend, either way", "趋势明确，方向不限")
OVER_BANDS = Phrase("over the upper band", "在上轨之上")
UNDER_BANDS = Phrase("under the lower band", "在下轨之下")
UPPER_HALF = Phrase("in the upper half of the bands", "在布林带上半部")
LOWER_HALF = Phrase("in the lower half of the bands", "在布林带下半部")
BUSY = Phrase("unusually busy", "异常活跃")
QUIET = Phrase("unusually quiet", "异常清淡")
USUAL = Phrase("usual activity", "活跃度正常")
BUYERS_LEAD = Phrase("buyers lead", "买方占优")
SELLERS_LEAD = Phrase("sellers lead", "卖方占优")
NO_SIDE = Phrase("volume takes no side", "成交量没有偏向")
ABOVE_CLOUD = Phrase("price over the cloud, trend up", "价格在云上，趋势向上")
BELOW_CLOUD = Phrase("price under the cloud, trend down", "价格在云下，趋势向下")
IN_CLOUD = Phrase("price within the cloud, undecided", "价格在云中，方向未定")
USUAL_RANGE = Phrase("the usual range of one candle", "单根K线的常见波幅")
