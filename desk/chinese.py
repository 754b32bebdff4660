"""The words of facts in Chinese: labels, readings in words, and what counts are counted in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from desk.language import Language

# Names of indicators stay as they are: a Chinese chart has them in Latin letters too.
_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "Last price": "最新价",
        "Size asked for": "所问金额",
        "Price now": "现价",
        "Bid": "买一价",
        "Ask": "卖一价",
        "EMA 20/50": "EMA 20/50",
        "Ichimoku cloud": "一目均衡云",
        "Ichimoku 9/26": "一目均衡 9/26",
        "MACD histogram": "MACD 柱",
        "Stochastic %K": "随机指标 %K",
        "Stochastic %D": "随机指标 %D",
        "Bollinger %B": "布林带 %B",
        "Volume / mean of 20": "成交量 / 20 根均值",
        "Change 24 h": "24 小时涨跌",
        "Change 7 d": "7 天涨跌",
        "Support": "支撑位",
        "Resistance": "阻力位",
        "Forecast ↑": "上涨概率",
        "Forecast edge": "预测优势",
        "Forecast horizon": "预测期",
        "Forecast accuracy": "预测准确率",
        "Accuracy, low end": "准确率下限",
        "Accuracy, high end": "准确率上限",
        "Naive rate": "朴素准确率",
        "Same-as-last rate": "延续上一根的准确率",
        "Linear accuracy": "线性模型准确率",
        "Linear accuracy, low end": "线性模型准确率下限",
        "Linear accuracy, high end": "线性模型准确率上限",
        "Guide's rule": "指南规则",
        "Brier score": "Brier 分数",
        "Brier score, low end": "Brier 分数下限",
        "Brier score, high end": "Brier 分数上限",
        "Naive Brier score": "朴素 Brier 分数",
        "Same-as-last Brier score": "延续上一根的 Brier 分数",
        "Linear Brier score": "线性模型 Brier 分数",
        "Candles scored": "检验的K线",
        "Expected move": "预期波幅",
        "EWMA move": "EWMA 波幅",
        "EWMA decay": "EWMA 衰减",
        "Move forecast": "波幅预测",
        "Boosted trees": "提升树",
        "Model trained": "模型训练于",
        "Learned up to": "学习至",
        "Candles filled": "补上的K线",
        "Candles clipped": "截断的K线",
        "Return a year": "年化收益",
        "Max drawdown": "最大回撤",
        "Buy and hold": "买入持有",
        "Sharpe ratio": "夏普比率",
        "Sharpe ratio, 95 % low": "夏普比率 95 % 下限",
        "Sharpe ratio, 95 % high": "夏普比率 95 % 上限",
        "Deflated Sharpe ratio": "折减夏普比率",
        "Probability of overfitting": "过拟合概率",
        "Sets tried": "试过的参数组",
        "Windows": "窗口数",
        "Search verdict": "搜索结论",
        "Parameters now": "当前参数",
        "Win rate": "胜率",
        "Profit factor": "盈亏比",
        "Trades": "交易次数",
        "Time in the market": "持仓时间占比",
        "Fees paid": "已付手续费",
        "Candles tested": "回测K线",
        "News mood": "新闻情绪",
        "News items": "新闻条数",
        "News window": "新闻时段",
        "Mood spread": "情绪分歧",
        "Newest headline": "最新标题距今",
        "News feeds read": "已读新闻源",
        "Funding rate": "资金费率",
        "Funding rate, 1 h": "资金费率（每 1 小时）",
        "Funding rate, 2 h": "资金费率（每 2 小时）",
        "Funding rate, 4 h": "资金费率（每 4 小时）",
        "Funding rate, 8 h": "资金费率（每 8 小时）",
        "Open interest": "未平仓量",
        "Open interest, 1 day": "未平仓量 1 天变化",
        "Book imbalance": "盘口失衡",
        "Spread": "买卖价差",
        "VaR 95 %, 1 day": "VaR 95 %，1 天",
        "CVaR 95 %, 1 day": "CVaR 95 %，1 天",
        "VaR 99 %, 1 day": "VaR 99 %，1 天",
        "Filtered VaR, 1 day": "过滤法 VaR，1 天",
        "Historical VaR, 1 day": "历史法 VaR，1 天",
        "Expected volatility, 1 day": "预期波动率，1 天",
        "Expected volatility, 1 year": "预期波动率，1 年",
        "Days measured": "统计天数",
        "Days tested": "检验天数",
        "Days beyond VaR": "超出 VaR 的天数",
        "Share beyond VaR": "超出 VaR 的占比",
        "Kupiec test": "Kupiec 检验",
        "Kupiec p-value": "Kupiec p 值",
        "VaR of this order": "本单 VaR",
        "Order quantity": "下单数量",
        "Order size": "订单金额",
        "Largest order now": "当前最大订单",
        "Quantity that passes": "限额内的数量",
        "Entry": "入场价",
        "Entry price": "入场价",
        "Stop": "止损价",
        "Target": "止盈价",
        "Liquidation price": "强平价",
        "Fee": "手续费",
        "Margin": "保证金",
        "Margin used": "已用保证金",
        "Loss at stop": "止损亏损",
        "Loss at stop, of equity": "止损亏损占权益",
        "Equity": "账户权益",
        "Cash": "现金",
        "Profit": "盈亏",
        "Profit since start": "开户以来盈亏",
        "Profit today": "今日盈亏",
        "Unrealised": "未实现盈亏",
        "Realised before fees": "已实现盈亏（扣费前）",
        "Exposure": "敞口",
        "Drawdown": "回撤",
        "Drawdown limit": "回撤上限",
        "Open positions": "持仓数",
        "Waiting orders": "挂单数",
        "Held": "持有",
        "Leverage": "杠杆",
        "Alert level": "提醒价位",
        "Alert command": "提醒命令",
        "Score": "评分",
        "Return 30 days": "30 天涨跌",
        "Return 7 days": "7 天涨跌",
        "Return 1 day": "1 天涨跌",
        "Return 30 days in deviations": "30 天涨跌（标准差）",
        "Volatility a year": "年化波动率",
        "Price against trend": "价格偏离趋势",
        "Median volume a day": "日成交额中位数",
        "Share of the list's volume": "占榜单成交额",
        "Beta to BTC": "对 BTC 的 Beta",
        "Correlation to BTC": "与 BTC 的相关性",
        "Returns in common with BTC": "与 BTC 共有的收益",
        "History": "历史",
        "History begins": "历史起点",
        "Candles missing": "缺失的K线",
        "Without trades": "无成交",
        "Rolled up from": "合成自",
    }
)
KNOWN_LABELS = tuple(_LABELS)
_STRATEGIES: Mapping[str, str] = MappingProxyType(
    {
        "SMA cross": "SMA 交叉",
        "EMA cross": "EMA 交叉",
        "RSI reversion": "RSI 回归",
        "Bollinger reversion": "布林带回归",
        "Donchian breakout": "唐奇安突破",
        "Momentum": "动量",
        "AI-driven momentum": "AI 动量",
        "ML forecast": "机器学习预测",
        "Pair spread": "配对价差",
        "Two timeframes": "双周期",
        "Volatility target": "目标波动率",
        "Buy and hold": "买入持有",
    }
)
_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "above": "高于",
        "below": "低于",
        "equal": "持平",
        "in it": "云中",
        "level": "持平",
        "rising": "上升",
        "falling": "下降",
        "edge": "有优势",
        "no edge": "无优势",
        "effective": "有效",
        "not effective": "无效",
        "better than the best EWMA": "优于最佳 EWMA",
        "no better than the best EWMA": "不优于最佳 EWMA",
        "overbought": "超买",
        "oversold": "超卖",
        "none": "无",
        "no trades": "无交易",
        "too few to tell": "太少，无法判断",
        "fits": "成立",
        "exceeded too often": "超出过多",
        "exceeded too seldom": "超出过少",
        "too few days to tell": "天数太少，无法判断",
        "holds": "可信",
        "don't trust this": "不可信",
        "too good to be true": "好得不真实",
    }
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"Return, (.+)", r"收益，\1"),
        (r"Sharpe ratio, (.+)", r"夏普比率，\1"),
        (r"Max drawdown, (.+)", r"最大回撤，\1"),
        (r"Trades, (.+)", r"交易次数，\1"),
        (r"Correlation to BTC, low end", "与 BTC 相关性下限"),
        (r"Correlation to BTC, high end", "与 BTC 相关性上限"),
        (r"Correlation with (\S+), held long", r"与持有的多头 \1 的相关性"),
        (r"Correlation with (\S+), held short", r"与持有的空头 \1 的相关性"),
        (r"Loss at stop, of the entry", "止损亏损占入场价"),
        (r"Stop distance", "止损距离"),
        (r"Dropped, (.+)", r"剔除：\1"),
    )
)
_WHERE: Mapping[str, str] = MappingProxyType(
    {"out-of-sample": "样本外", "in-sample": "样本内", "buy and hold": "买入持有"}
)
# Between the two facts that a derived one was made from.
_DERIVED: Mapping[str, str] = MappingProxyType({" − ": " − ", " / ": " / ", " against ": " 相对 "})
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "candles": "根K线",
        "days": "天",
        "items": "条",
        "positions": "个持仓",
        "trades": "笔交易",
        "h": "小时",
        "min": "分钟",
        "points": "个百分点",
    }
)


def label_in(label: str, language: Language) -> str:
    """Write a fact's label in a language; one that has no words of its own there stays."""
    if language is not Language.ZH:
        return label
    if label in _LABELS:
        return _LABELS[label]
    if label.startswith("Loss at stop on "):
        return f"止损亏损（{label_in(label.removeprefix('Loss at stop on '), language)}）"
    for end, written in ((" return", "收益"), (" chosen between", "选定范围")):
        if label.endswith(end):
            title = label.removesuffix(end)
            return f"{_STRATEGIES.get(title, title)}{written}"
    for sign, written in _DERIVED.items():
        left, found, right = label.partition(sign)
        if found:
            return f"{_operand(left, language)}{written}{_operand(right, language)}"
    for pattern, written in _PATTERNS:
        match = pattern.fullmatch(label)
        if match:
            return _where(match.expand(written))
    return label


def word_in(value: str, language: Language) -> str:
    """Write a reading in words, such as `above`, in a language; other texts stay."""
    return _VALUES.get(value, value) if language is Language.ZH else value


def strategy_in(title: str, language: Language) -> str:
    """Write a strategy's title in a language; a person's own strategies keep theirs."""
    return _STRATEGIES.get(title, title) if language is Language.ZH else title


def _operand(text: str, language: Language) -> str:
    """Write one side of a derived label, which may name its symbol or timeframe too."""
    symbol, _, rest = text.partition(" ") if "/" in text.partition(" ")[0] else ("", "", text)
    for label in (rest, rest.rpartition(" ")[0]):
        if label and label_in(label, language) != label:
            after = rest.removeprefix(label)
            return f"{symbol} {label_in(label, language)}{after}".strip()
    return text


def _where(text: str) -> str:
    before, comma, where = text.rpartition("，")
    return f"{before}{comma}{_WHERE.get(where, where)}" if comma else text
