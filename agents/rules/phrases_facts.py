"""What the rule-based analyst says to questions that ask for facts."""

from __future__ import annotations

from agents.rules.phrases import Phrase

# Who says hello, or what can't be read, is told what there is.
WELCOME = Phrase(
    "Hello. Ask about a coin in plain words; every figure comes from a tool.",
    "你好！可以用日常语言询问某个币种，每个数字都来自工具。",
)
NOT_READ = Phrase(
    "I can't read that question; without a language model I understand a few kinds only.",
    "我没看懂这个问题；没有语言模型时，我只懂几类问题。",
)
COMMANDS = Phrase(
    "Commands: /help /news /rank /chart /forecast /backtest /risk /buy /portfolio",
    "命令：/help /news /rank /chart /forecast /backtest /risk /buy /portfolio",
)
EXAMPLES = Phrase(
    "Or ask: is BTC a long on the 1h? RSI of ETH? which coin is the strongest?",
    "也可以问：BTC 1h 可以做多吗？ETH 的 RSI？哪个币最强？",
)
WHICH = Phrase("Which symbol do you mean?", "您指的是哪个交易对？")
NAME_ONE = Phrase(
    "Name one in the question, for example: is BTC a long on the 1h?",
    "请在问题里写明，例如：BTC 1h 可以做多吗？",
)
A_COMMAND = Phrase("There is a command for that: {command}", "这有专门的命令：{command}")
HOW_IT_IS_USED = Phrase(
    "Sent without words it shows how it is used; /help lists all.",
    "单独发送它会说明用法；/help 列出全部命令。",
)
IT_ACTS_AT_ONCE = Phrase(
    "It acts on the whole account; /help lists all commands.",
    "它作用于整个账户；/help 列出全部命令。",
)
LINE = Phrase("{label}: {value}.", "{label}：{value}。")
FIGURES = Phrase("the figures asked for", "所问的数字")

LAST_PRICE = Phrase("The last price of {symbol} is {price}.", "{symbol} 的最新价格为 {price}。")
THE_PRICE = Phrase("The price of {symbol}.", "{symbol} 的价格。")
INDICATORS = Phrase(
    "The indicators of {where}, at the newest closed candle.",
    "{where}的指标，取自最近一根已收盘的K线。",
)
LEVELS = Phrase(
    "For {where} Support is {support} and Resistance is {resistance}.",
    "{where}的支撑位为 {support}，阻力位为 {resistance}。",
)
NOT_SURE = Phrase(
    "I can't tell what you ask of {symbol}; this is how it stands on the {timeframe}. See /help.",
    "我没看懂您想问 {symbol} 的什么；以下是它 {timeframe} 周期的概况。参见 /help。",
)
ONE_INDICATOR = Phrase("{label} of {where} is {value}.", "{where}的{label}为 {value}。")
BROKEN = Phrase(
    "{symbol} at {price} is below {label} at {value}: it has not held.",
    "{symbol} 现价 {price}，已跌破{label}（{value}）：没有守住。",
)
OVERCOME = Phrase(
    "{symbol} at {price} is above {label} at {value}: it has been broken.",
    "{symbol} 现价 {price}，已突破{label}（{value}）。",
)
SIMPLE_INSTEAD = Phrase(
    "The exponential average of that length is not measured here; SMA 200 is the simple one.",
    "这里没有这个长度的指数均线；SMA 200 是同样长度的简单均线。",
)
WEEK = Phrase(
    "{label} of {symbol} on the {timeframe}: {value}.",
    "{symbol} 的{label}（{timeframe}）：{value}。",
)
NOT_AMONG = Phrase("{name} is not known for {where} now.", "目前没有{where}的 {name} 数据。")

HAS_EDGE = Phrase("The forecast for {where} has shown an edge.", "{where}的预测显示有优势。")
HAS_NO_EDGE = Phrase(
    "The forecast for {where} has no edge: it gives no reason to trade.",
    "{where}的预测没有优势：不构成交易理由。",
)
AHEAD = Phrase("It looks {horizon} ahead.", "预测未来 {horizon}。")
EXPECTED_MOVE = Phrase("Expected move: {move}, either way.", "预期波动：{move}，方向不定。")

THE_BACKTEST = Phrase("The backtest on {where}.", "{where}的回测。")
STRATEGY_ON = Phrase("The strategy on {where}: {beside}.", "该策略在{where}：{beside}。")

BAD_DAY = Phrase(
    "On a bad day {symbol} has lost {var} or more (VaR 95 %).",
    "在糟糕的一天，{symbol} 的损失达到或超过 {var}（VaR 95 %）。",
)
OF_THIS_SUM = Phrase(
    "{symbol} in that size ({size}): on a bad day it has lost {loss} or more (VaR 95 %).",
    "{symbol} 按这个金额（{size}）：在糟糕的一天，损失达到或超过 {loss}（VaR 95 %）。",
)
TOO_LARGE = Phrase(
    "That sum is more than your limits allow; the command /risk says which.",
    "这个金额超出您的限额；命令 /risk 会说明是哪一项。",
)
THE_RISK = Phrase("The risk of {symbol}.", "{symbol} 的风险。")
USUAL_RANGE = Phrase(
    "ATR(14), the usual range of one candle, is {atr} of the price.",
    "ATR(14)（单根K线的常见波幅）为 {atr}。",
)

EQUITY = Phrase("Your equity is {equity}.", "您的权益为 {equity}。")
ACCOUNT = Phrase("Your paper account.", "您的模拟账户。")
NOTHING_HELD = Phrase(
    "You hold nothing now, so there is nothing to sell or close.",
    "您目前没有持仓，没有可卖出或平仓的。",
)
CLOSE_BUTTON = Phrase(
    "The command /positions shows each with its price and a Close button.",
    "命令 /positions 显示每个持仓、价格和平仓按钮。",
)

HEADLINES = Phrase(
    "The command /news quotes and links the headlines themselves.",
    "命令 /news 会引用这些新闻标题并附链接。",
)
MOOD = Phrase("The news mood is {mood}.", "新闻情绪为 {mood}。")
TOO_FEW = Phrase("There are too few headlines for a mood.", "新闻太少，无法判断情绪。")
GAUGES = Phrase("What the market's gauges say.", "市场情绪指标如下。")
FUNDING = Phrase(
    "The funding rate of {symbol} is {rate}: {who}.", "{symbol} 的资金费率为 {rate}：{who}。"
)
LONGS_PAY = Phrase("longs pay shorts", "多头付给空头")
SHORTS_PAY = Phrase("shorts pay longs", "空头付给多头")
NOBODY_PAYS = Phrase("nobody pays", "双方互不支付")
OPEN_INTEREST = Phrase(
    "The open interest of {symbol} is {value}.", "{symbol} 的未平仓量为 {value}。"
)
INTEREST_CHANGE = Phrase(
    "Open interest, 1 day: {change}, {how}.", "未平仓量 1 天变化：{change}，{how}。"
)
MORE_CONTRACTS = Phrase("so contracts were opened", "合约在增加")
FEWER_CONTRACTS = Phrase("so contracts were closed", "合约在减少")
SAME_CONTRACTS = Phrase("about as many contracts as a day before", "与一天前大致相同")
BOOK = Phrase(
    "The book imbalance of {symbol} is {value}: {side}.",
    "{symbol} 的盘口失衡度为 {value}：{side}。",
)
BUYERS_WAIT = Phrase("clearly more money waits to buy than to sell", "等待买入的资金明显多于卖出")
SELLERS_WAIT = Phrase("clearly more money waits to sell than to buy", "等待卖出的资金明显多于买入")
BOTH_WAIT = Phrase("buyers and sellers wait with similar sums", "买卖双方的挂单相近")
SPREAD = Phrase("Spread: {value} of the price.", "买卖价差：{value}。")
GAUGE_UNKNOWN = Phrase(
    "The {gauge} of {symbol} is not known now; the command /news says why.",
    "目前没有 {symbol} 的{gauge}；命令 /news 会说明原因。",
)
NAME_OF_FUNDING = Phrase("funding rate", "资金费率")
NAME_OF_INTEREST = Phrase("open interest", "未平仓量")
NAME_OF_BOOK = Phrase("order book", "盘口")
NAME_OF_MOOD = Phrase("news mood", "新闻情绪")

HIGHEST = Phrase(
    "{symbol} has the highest {label} of those that were screened: {value}.",
    "在筛选的币种中，{symbol} 的{label}最高：{value}。",
)
LOWEST = Phrase(
    "{symbol} has the lowest {label} of those that were screened: {value}.",
    "在筛选的币种中，{symbol} 的{label}最低：{value}。",
)
FIGURE = Phrase("{label} {value}", "{label} {value}")
BETWEEN = Phrase(", ", "，")
ROW = Phrase("{symbol}: {figures}.", "{symbol}：{figures}。")
NONE_RANKED = Phrase("None of them could be ranked by that.", "没有一个可以按此排名。")
A_SCREEN = Phrase(
    "It is a screen of the past, no forecast; the command /rank shows the whole table.",
    "这是对过去的筛选，不是预测；命令 /rank 显示完整表格。",
)
