"""Slips of the finger and traditional signs, mended before a question is read."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from trading.coins import COIN_NAMES

_TERMS = (
    "forecast forecasts prediction predict predictions volatility volatile support supports "
    "resistance portfolio backtest backtests strategy sentiment funding indicator indicators "
    "position positions momentum liquidity liquid correlation correlated bollinger stochastic "
    "ichimoku overbought oversold headline headlines compare ranking interest dangerous drawdown "
    "account balance breakout donchian reversion average analysis technical technicals outlook "
    "strongest weakest cheapest optimize tomorrow winners gainers losers trending"
)
_VOCABULARY = frozenset(_TERMS.split()) | {
    name.lower() for name in COIN_NAMES if len(name) > len("ETHER")
}
# Too short to be told from other words by their letters alone.
_SHORT = {
    "prcie": "price",
    "pirce": "price",
    "pric": "price",
    "shoud": "should",
    "shuld": "should",
    "shold": "should",
    "trned": "trend",
    "lnog": "long",
    "shrot": "short",
    "newz": "news",
    "riks": "risk",
    "bitc": "btc",
    "etherum": "ethereum",
    "dodgecoin": "dogecoin",
    "wats": "whats",
    "shud": "should",
    "prize": "price",
    "tmrw": "tomorrow",
    "tmrrw": "tomorrow",
}
_WORD = re.compile(r"[A-Za-z]{4,16}", re.ASCII)
LEAST = 6
LIKENESS = 0.86  # "etherium" is as near to its coin as 0.875, "finding" to funding as 0.857
_TRADITIONAL = str.maketrans(
    "幣賣買嗎現漲趨勢預測資費帳戶餘額聞訊風險動盤單開倉虧損賺錢錶圖價報幾個這為麼還該適時"
    "間週與誰強較對標線壓撐雲擴體給與問題說請幫點萬億認應從後樣漲來會跌過據據數據導當壓聽聲"
    "緒貪懼熱門徑彎鏈賬號總產歷史態觀寬頻選擇關於無賠賭絕測試優勢機構級別確認輸贏槓桿穩最",
    "币卖买吗现涨趋势预测资费账户余额闻讯风险动盘单开仓亏损赚钱表图价报几个这为么还该适时"
    "间周与谁强较对标线压撑云扩体给与问题说请帮点万亿认应从后样涨来会跌过据据数据导当压听声"
    "绪贪惧热门径弯链账号总产历史态观宽频选择关于无赔赌绝测试优势机构级别确认输赢杠杆稳最",
)


def simplified(text: str) -> str:
    """Write the traditional signs that questions use as simplified ones, sign for sign."""
    return text.translate(_TRADITIONAL)


def mended(text: str) -> str:
    """Mend words that are nearly a term or a coin's name; every other word stays."""
    return _WORD.sub(lambda match: _nearest(match[0]), text)


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    small = word.lower()
    if small in _SHORT:
        return _SHORT[small]
    if len(small) < LEAST or {small, small.removesuffix("s")} & _VOCABULARY:
        return word
    alike = [term for term in _VOCABULARY if term[0] == small[0]]
    found = difflib.get_close_matches(small, alike, n=1, cutoff=LIKENESS)
    return found[0] if found else word
