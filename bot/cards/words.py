"""The desk's own words on a verdict's card, in both languages side by side.

A word in braces is filled in by the card. What a button does is in its data, the same in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agents.trace import RULES_ANALYST
from desk.language import Language


@dataclass(frozen=True)
class VerdictWords:
    """The vote, the sentences around it, and the footer; `day`: a date as strftime writes it."""

    long: str
    short: str
    flat: str
    none: str
    no_call: str
    of_runs: str
    says_one: str
    says_many: str
    failed: str
    not_needed: str
    understood: str
    quoted: str
    dissent: str
    no_order: str
    flat_order: str
    flat_size: str
    other_side: str
    day: str
    as_of: str
    rules: str
    demo: str
    simulated: str


@dataclass(frozen=True)
class OrderWords:
    """The lines of an order and the frame of a refusal."""

    buy: str
    sell: str
    only_reduces: str
    entry: str
    entry_now: str
    entry_expected: str
    fee: str
    slippage: str
    comma: str
    limit: str
    stop_entry: str
    market: str
    stop: str
    trailing: str
    no_stop: str
    target: str
    loss: str
    leverage: str
    margin: str
    liquidation: str
    exposure: str
    closes: str
    closes_all: str
    opens: str
    long: str
    short: str
    moves_with: str
    moves_against: str
    held: str
    more: str
    nearest: str
    until: str
    till_cancelled: str
    quote: str
    denied: str
    passing: str
    none_passes: str
    steps: str
    smallest: str
    day: str


@dataclass(frozen=True)
class ButtonWords:
    """The buttons; `endings`: how a proposal ended, by the English word."""

    confirm: str
    half: str
    reject: str
    why: str
    buy_anyway: str
    short_anyway: str
    cancel_order: str
    endings: Mapping[str, str]


@dataclass(frozen=True)
class Words:
    """All of one language."""

    verdict: VerdictWords
    order: OrderWords
    buttons: ButtonWords


ENGLISH = Words(
    VerdictWords(
        long="LONG",
        short="SHORT",
        flat="FLAT",
        none="NO DECISION",
        no_call="NO CALL",
        of_runs="{count} of {runs} runs",
        says_one="{count} says {stance}",
        says_many="{count} say {stance}",
        failed="{count} failed",
        not_needed="{count} not needed",
        understood="Understood as: {text}",
        quoted="“{text}”",
        dissent="Dissent: {text}",
        no_order="No order: {why}",
        flat_order="No order: the vote is flat.",
        flat_size="The vote is flat: there is no order, so no size to change.",
        other_side="No order: the vote is against what you asked for.",
        day="%d %b",
        as_of="as of {at} UTC",
        rules=RULES_ANALYST,
        demo="DEMO DATA",
        simulated="simulated money · not advice",
    ),
    OrderWords(
        buy="Buy {size} ≈",
        sell="Sell {size} ≈",
        only_reduces=" only reduces what is held",
        entry=" entry {price} ±{band}",
        entry_now="entry {price}",
        entry_expected=" entry expected {price}",
        fee="fee {money}",
        slippage="slippage {share}",
        comma=",",
        limit="limit {price}",
        stop_entry="stop entry {price}",
        market="market {price}",
        stop="stop {price}",
        trailing="trailing stop {price} ({share})",
        no_stop="no stop",
        target="target {price}",
        loss="loss at stop {money}",
        leverage="leverage {times} ×",
        margin="margin {money}",
        liquidation=" liquidation at {price}",
        exposure="exposure {before} →",
        closes="closes {size}",
        closes_all=" closes {size} of what you hold",
        opens="opens {size} {side}",
        long="long",
        short="short",
        moves_with="moves with {symbol},",
        moves_against="moves against {symbol},",
        held="held {side} ({correlation})",
        more=", {count} more",
        nearest="nearest limit:",
        until=" in the book until {at} UTC",
        till_cancelled=" in the book till cancelled",
        quote="quote {at} · until {end} UTC",
        denied="No order, a limit says no:",
        passing="The largest size that would pass: {size}.",
        none_passes="No size would pass now.",
        steps="tick {tick}, lot {lot},",
        smallest="min {money}",
        day="%d %b",
    ),
    ButtonWords(
        confirm="Confirm",
        half="Half",
        reject="Reject",
        why="Why",
        buy_anyway="Buy anyway",
        short_anyway="Short anyway",
        cancel_order="Cancel order",
        endings={},
    ),
)
CHINESE = Words(
    VerdictWords(
        long="做多",
        short="做空",
        flat="观望",
        none="不作决定",
        no_call="无结论",
        of_runs="{runs} 次中 {count} 次",
        says_one="{count} 次 {stance}",
        says_many="{count} 次 {stance}",
        failed="{count} 次失败",
        not_needed="{count} 次未用到",
        understood="理解为：{text}",
        quoted="“{text}”",
        dissent="不同意见：{text}",
        no_order="不下单：{why}",
        flat_order="不下单：表决结果为观望。",
        flat_size="表决结果为观望：没有订单，也就没有仓位可调整。",
        other_side="不下单：表决结果与你要求的方向相反。",
        day="%m-%d",
        as_of="截至 {at} UTC",
        rules="规则分析，无语言模型",
        demo="演示数据",
        simulated="模拟资金 · 非投资建议",
    ),
    OrderWords(
        buy="买入 {size} ≈",
        sell="卖出 {size} ≈",
        only_reduces=" 只减少已有持仓",
        entry=" 入场 {price} ±{band}",
        entry_now="入场 {price}",
        entry_expected=" 预计入场 {price}",
        fee="手续费 {money}",
        slippage="滑点 {share}",
        comma="，",
        limit="限价 {price}",
        stop_entry="触发入场 {price}",
        market="市价 {price}",
        stop="止损 {price}",
        trailing="移动止损 {price} ({share})",
        no_stop="无止损",
        target="目标 {price}",
        loss="止损时亏损 {money}",
        leverage="杠杆 {times} ×",
        margin="保证金 {money}",
        liquidation=" 强平价 {price}",
        exposure="敞口 {before} →",
        closes="平仓 {size}",
        closes_all=" 平掉你持有的 {size}",
        opens="开{side} {size}",
        long="多",
        short="空",
        moves_with="与 {symbol} 同向波动，",
        moves_against="与 {symbol} 反向波动，",
        held="已持有{side}仓 ({correlation})",
        more="，另有 {count} 个",
        nearest="最接近的限额：",
        until=" 挂单至 {at} UTC",
        till_cancelled=" 挂单直到撤销",
        quote="报价 {at} · 有效至 {end} UTC",
        denied="不下单，超出限额：",
        passing="可以通过的最大数量：{size}。",
        none_passes="目前任何数量都不能通过。",
        steps="最小变动 {tick}，最小单位 {lot}，",
        smallest="最低 {money}",
        day="%m-%d",
    ),
    ButtonWords(
        confirm="确认",
        half="半仓",
        reject="拒绝",
        why="理由",
        buy_anyway="仍然买入",
        short_anyway="仍然做空",
        cancel_order="撤单",
        endings={
            "Confirmed": "已确认",
            "Rejected": "已拒绝",
            "Replaced": "已更换",
            "Withdrawn": "已撤回",
            "Expired": "已过期",
            "Placed": "已挂单",
            "Cancelled": "已撤单",
        },
    ),
)
WORDS: Mapping[Language, Words] = MappingProxyType({Language.EN: ENGLISH, Language.ZH: CHINESE})
