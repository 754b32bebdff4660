"""What the limits and the notes of an order say, in Chinese.

The domain says it in English, and so it is stored; each sentence has its pattern here.
"""

from __future__ import annotations

import re

from desk.language import Language
from trading.measure import THIN_SPACE

_P, _M = r"(\S+ %)", r"(\S+ [A-Z0-9]+)"  # a share, an amount with its currency
_AT = r"(\d\d) (\w{3}) (\d\d:\d\d)"
_CLASSES = {"crypto": "加密货币", "other": "其他资产"}
_SIZES = {"quantity": "数量", "price": "价格"}
_LEVELS = {"Limit": "限价", "Trigger": "触发价", "Stop": "止损", "Target": "目标"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHY = {
    "you hit /panic": "你使用了 /panic",
    "you paused it": "由你暂停",
    "you hit /pause": "你使用了 /pause",
}
_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), written)
    for pattern, written in (
        # What an order breaks.
        (
            rf"the order opens {_P} of equity \({_M}\); the limit is {_P} per order \({_M}\)",
            r"订单占权益 \1（\2），单笔上限 \3（\4）",
        ),
        (
            rf"(\S+) would be {_P} of equity \({_M}\); the limit is {_P} per symbol \({_M}\)"
            r"(; close some .+ first)?",
            r"\1 将占权益 \2（\3），单币上限 \4（\5）",
        ),
        (
            rf"its stop would lose {_P} of equity \({_M}\); the limit is {_P} \({_M}\): .+",
            r"止损时将亏损权益的 \1（\2），上限 \3（\4）：请缩小止损距离或数量",
        ),
        (
            r"all (crypto|other) positions would be (\S+) × equity; the limit is (\S+) ×(; .+)?",
            r"全部{\1}仓位将达权益的 \2 倍，上限 \3 倍",
        ),
        (
            rf"positions and waiting orders would tie up {_M}; the account has {_M} without open "
            r"profit: .+",
            r"持仓和挂单将占用 \1，账户不计浮盈只有 \2：请减少数量、平掉部分仓位或提高杠杆",
        ),
        (r"the account has no equity left; .+", "账户已无权益，只能平仓"),
        (r"the leverage (\S+) is below 1; .+", r"杠杆 \1 小于 1；1 即不借款"),
        (r"what its stop would lose is no number", "止损亏损无法计算"),
        (
            r"the order's leverage is (\S+) ×; the limit for (crypto|other) is (\S+) ×: .+",
            r"订单杠杆 \1 倍，{\2}上限 \3 倍",
        ),
        (
            r"with waiting orders it would be open position number (\d+); the limit is (\d+): .+",
            r"连同挂单这将是第 \1 个仓位，上限 \2 个：请先平掉一个或撤销一个挂单",
        ),
        (r"the (quantity|price) (\S+) is not above zero", r"{\1} \2 不大于零"),
        (r"the order is smaller than one lot, (\S+)", r"订单小于最小单位 \1"),
        (r"(\S+ \S+) is no multiple of the lot (\S+)", r"\1 不是最小单位 \2 的整数倍"),
        (
            rf"the order is worth {_M}; the exchange takes none below {_M}",
            r"订单价值 \1，交易所最低 \2",
        ),
        # What keeps every entry out.
        (
            rf"the drawdown of (.+) is {_P}; new entries stop at {_P} until you /resume, knowingly",
            r"{\1}的回撤为 \2，达到 \3 即停止开仓，确认后用 /resume 恢复",
        ),
        (
            rf"the account has lost {_P} today \({_M}\); new entries stop at {_P} until .+",
            r"账户今日已亏损 \1（\2），达到 \3 即停止开仓，UTC 00:00 恢复",
        ),
        (
            rf"today's loss reached its limit, it is {_P} now; .+",
            r"今日亏损已达上限，现为 \1，UTC 00:00 恢复开仓",
        ),
        (
            r"trading is paused for (.+?): (.+); /resume takes entries again",
            r"{\1}已暂停交易（{\2}）；/resume 恢复开仓",
        ),
        (
            r"(\S+) is among the symbols you block; (/limits unblock \S+) takes it off",
            r"\1 在你的禁止名单中；\2 可解除",
        ),
        (
            r"you allow only (.+?)( and (\d+) more)?; (/limits allow \S+) adds (\S+)",
            r"你只允许 \1 等币种；\4 可加入 \5",
        ),
        (
            rf"a stop in (\S+) was hit at {_AT}; with a cooldown of (\d+) min the next entry there "
            rf"may be at {_AT} UTC",
            r"\1 在 {\3}-\2 \4 触发止损；冷却 \5 分钟，UTC {\7}-\6 \8 后可再开仓",
        ),
        (
            r"the price of (\S+) is (\S+) s old; entries need one of at most (\d+) s; .+",
            r"\1 的价格已是 \2 秒前的，开仓要求不超过 \3 秒；请稍后再试",
        ),
        (
            r"(\S+) is paid in (\S+), but the account holds (\S+); (\S+) works",
            r"\1 以 \2 计价，而账户持有 \3；可用 \4",
        ),
        (
            r"(\S+) is paid in (\S+), but the account holds (\S+); only symbols that end in /\S+ "
            r"can be ordered",
            r"\1 以 \2 计价，而账户持有 \3；只能交易以 /\3 结尾的币种",
        ),
        (rf"drawdown {_P}, the limit is {_P}", r"回撤 \1，上限 \2"),
        # The limit that is nearest.
        (rf"{_P} per order", r"单笔 \1"),
        (rf"{_P} per symbol", r"单币 \1"),
        (rf"{_P} lost at the stop", r"止损亏损 \1"),
        (r"leverage (\S+) × for (crypto|other)", r"{\2}杠杆 \1 倍"),
        (r"leverage (\S+) × of an order", r"单笔杠杆 \1 倍"),
        (r"all of the money as margin", "全部资金作保证金"),
        (r"(\d+) open positions", r"\1 个仓位"),
        (rf"{_P} drawdown of (.+)", r"{\2}回撤 \1"),
        (rf"{_P} lost in a day", r"单日亏损 \1"),
        (r"none: it only reduces the position", "无：只减少持仓"),
        # What was changed of an order, or is good to know.
        (
            r"(Limit|Trigger|Stop|Target) (\S+) put on the tick: (\S+)\.",
            r"{\1} \2 已按最小变动价位调整为 \3。",
        ),
        (r"Cut to what is held: (\S+ \S+)\.", r"已减至持有的数量：\1。"),
        (
            r"The market is at this limit already: .+",
            "市价已到该限价：按限价或更优价立即成交。",
        ),
        (r"The position is liquidated before its stop is reached\.", "价格到达止损之前就会强平。"),
        (r"Half the size, at the present price\.", "数量减半，按现价。"),
    )
)
_SLOT = re.compile(r"\{([^{}]*)\}")


def said_in(text: str, language: Language) -> str:
    """Write a limit's or a note's sentence in a language; one without a pattern stays."""
    if language is not Language.ZH:
        return text
    # Thousands as Chinese has them; a thin space would also end a word of the patterns.
    plain = text.replace(THIN_SPACE, ",")
    for pattern, written in _SENTENCES:
        if match := pattern.fullmatch(plain):
            return _SLOT.sub(lambda slot: _word(slot[1]), match.expand(written))
    return text


def _word(word: str) -> str:
    if word in _MONTHS:
        return f"{_MONTHS.index(word) + 1:02}"
    if word == "the account":
        return "账户"
    if word.startswith("the strategy "):
        return f"策略 {word.removeprefix('the strategy ')} "
    return {**_CLASSES, **_SIZES, **_LEVELS, **_WHY}.get(word) or said_in(word, Language.ZH)
