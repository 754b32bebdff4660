"""What a question is for: the rules by which it is sorted, the more special ones first.

An order card that nobody asked for is worse than a plain fact too many. So what only mentions
buying or a side, beside a named figure, is a question for the figure.
"""

from __future__ import annotations

import re
from enum import StrEnum

from agents.questions.asked_names import (
    Gauge,
    Stretch,
    command_asked,
    gauges_asked,
    indicators_asked,
    stretch_asked,
)


class Intent(StrEnum):
    """What the person wants to know."""

    DECISION = "decision"
    PRICE = "price"
    INDICATORS = "indicators"
    FORECAST = "forecast"
    BACKTEST = "backtest"
    RISK = "risk"
    PORTFOLIO = "portfolio"
    NEWS = "news"
    RANK = "rank"
    COMMAND = "command"
    GREETING = "greeting"
    UNKNOWN = "unknown"


_FLAGS = re.IGNORECASE | re.ASCII
_GREETING = re.compile(
    r"\W*(?:(?:hi+|hello+|hey+|yo|gm|gn|sup|howdy|greetings|good (?:morning|evening|day)|thanks?"
    r"|thank you|thx|start|help(?: me)?|menu|commands|test)(?:\s+(?:there|bot|all|everyone|guys))?"
    r"|(?:good (?:morning|evening|day),? )?what(?:'?s| is) (?:this|the bot"
    r"|conclave)(?: bot)?(?: (?:for|about))?"
    r"|what can (?:you|i) (?:do|ask)|what do you do|who are you|how does (?:this|it) work"
    r"|(?:h(?:i|ey|ello),? )?how (?:do|can) i (?:use|start|get started|begin)(?: this)?(?: bot)?"
    r"|(?:你好|您好|嗨|哈喽|早上好|晚上好|在吗|帮助|帮帮我|谢谢|菜单|命令)[呀啊吗]?"
    r"|.{0,6}(?:怎么用|如何使用|能做什么|会做什么|你是谁))\W*",
    _FLAGS,
)
_SUPERLATIVE = (
    r"(?:strongest|weakest|best|worst|top|calmest|cheapest|wildest|riskiest|safest|quietest"
    r"|hottest|"
    r"biggest|largest|smallest|highest|lowest|(?:most|least) \w+)"
)
_COIN_WORD = (
    r"(?:coins?|ones?|tokens?|crypto(?:s|currenc\w+)?|alt(?:s|coins?)?|majors?|assets?|symbols?)"
)
_RANK = re.compile(
    r"\brank(?:s|ed|ing)?\b|\bscreen(?:er|ed|ing)?\b|\bcompar\w+\b|\bsort(?:ed)?\b"
    r"|\b(?:order|list|table)\b.*\bby\b|\bwho(?:'?s| is| has| moved| fell| rose| went)?\b.*\bmost\b"
    r"|\b(?:who|which|what)(?:'?s| is| are)? (?:\w+ )?(?:stronger|weaker|safer|riskier|calmer"
    r"|cheaper)\b"
    rf"|\b{_SUPERLATIVE} (?:\w+ )?{_COIN_WORD}\b|\b{_SUPERLATIVE} (?:of|among)\b"
    rf"|\bwhich (?:{_COIN_WORD}|of|is the|has the|should i|to (?:buy|sell)|(?:\w+ )?moves?)\b"
    rf"|\bwhat(?:'?s| is| are)? (?:the )?{_SUPERLATIVE}\b"
    r"(?! (?:way|time|strategy|price|that|case|day|loss|thing|i can)\b)"
    rf"|^\W*{_SUPERLATIVE} (?:beta|volatility|liquidity|momentum|volume|correlation)\b"
    r"|\b(?:top|biggest|best|worst) (?:\w+ )?(?:gainers?|losers?|movers?|winners?|performers?)\b"
    r"|\bwhat(?:['’]?s| is| are)? (?:pumping|dumping|mooning|hot|moving)\b"
    r"|\b(?:gainers|losers|movers)\b|\bcorrelat\w+ (?:the )?(?:most|least)\b"
    r"|排名|排个名|排行|排序|筛选|比较(?!好|合适|稳)|对比|哪个(?!时间|周期|位置|价)|哪只|哪种|哪些|谁(?:更"
    r"|最|的|涨"
    r"|跌|波动|强|弱)|表现最"
    r"|最[^\s，。？?]{1,4}的?(?:币|代币|几个|一个)|[涨跌]得?最|[涨跌]幅最|[涨跌]幅榜|领涨|领跌",
    _FLAGS,
)
_BACKTEST = re.compile(
    r"\bback-?\s?test(?:s|ed|ing)?\b|\bdonchian\b|回测|历史表现|策略.{0,6}(?:表现|收益|效果)"
    r"|\b(?:test|try|simulate|followed|follow)\b.*\b(?:strategy|cross(?:over)?|breakouts?"
    r"|reversion|buy and hold)\b"
    r"|\bhow (?:would|did|has|does|do|well)\b.*\b(?:strategy|cross(?:over)?|breakouts?|reversion"
    r"|buy and hold)\b"
    r"|\b(?:[es]ma cross(?:over)?|(?:mean )?reversion|breakout strategy|crossover strategy)\b"
    r"|\bpast performance\b|\b(?:historically|over the (?:years|past|last)|in the past)\b.*"
    r"\b(?:return\w*|profit\w*|made|money|work\w*)\b"
    r"|均值回归|(?:均线|突破|交叉|网格|趋势)策略",
    _FLAGS,
)
_SIZE_OR_STOP = re.compile(
    r"\b(?:most|much) (?:i|we|you) (?:can|could|might|may) (?:\w+ )?lose\b"
    r"|\bwhat (?:do|would|will|could) (?:i|we) lose\b"
    r"|\bwhere\b.*\bstop\b|\bwhat stop\b|\bstop[\s-]?loss (?:for|on|level)\b"
    r"|\bhow (?:big|large|much)\b.*\b(?:position|should i|can i (?:buy|risk|short|sell|take|put))\b"
    r"|\b(?:position|order) siz\w+\b|止损(?:放|设|位|在)|仓位(?:多大|多少)|买多少|亏(?:多少"
    r"|几)|(?:最多|可能|会)亏",
    _FLAGS,
)
_PORTFOLIO = re.compile(
    r"^(?!.*should (?:i|we)).*\b(?:sell|close|exit|get out of) (?:my|all)\b|(?<!未)平仓"
    r"|\bportfolio\b|^(?!.*should (?:i|we)).*\bmy (?:\w+ )?(?:positions?|account|balance"
    r"|equity|cash|profits?|p&?l|pnl|book"
    r"|holdings?|money|bags?|drawdown|exposure|margin)\b"
    r"|\bhow am i doing\b|\bam i (?:up|down|winning|losing|in profit|ahead)\b"
    r"|\bwhat (?:do|am|have) i (?:hold|own|have|got|holding|bought)\w*\b"
    r"|\b(?:cash|money|coins?) (?:do i have|have i)\b"
    r"|\b(?:have|did) i (?:made|make|lost|lose|earn(?:ed)?)\b|\bopen positions?\b"
    r"|持仓(?!量)|账户|我的(?:资产|仓位|钱|收益|盈亏|币|利润)|总资产|余额|我.{0,3}[赚亏]了"
    r"|[赚亏]了多少"
    r"|我.{0,4}有(?:什么|哪些|多少)",
    _FLAGS,
)
_SOME_OF_MINE = re.compile(r"^\W*(?:sell|close|dump) (?:half|some|part|most) (?:of )?my\b", _FLAGS)
_SELL_ALL = re.compile(
    r"\b(?:sell|close|exit|dump|liquidate)\b.*\b(?:everything|all)\b"
    r"|(?:全部|全|都)(?:卖|平仓|清仓|抛)|清仓",
    _FLAGS,
)
_ACT = (
    r"(?:buy|sell|short|long|enter|exit|hold|hodl|trade|ape|invest|get (?:in|out)"
    r"|go (?:in|long|short))"
)
_ZH_ACT = (
    r"(?:(?<!超)买(?!卖|盘|单)|(?<!超)卖(?!盘|单)|做多|做空|开多|开空|入场|进场|上车|下车|追|抄底|加仓|减仓|清仓"
    r"|建仓|出场|离场"
    r"|持有|拿着|拿住|止盈|跑(?!得|步|赢|路)|入手|出手|空(?=吗|不|么|了吗)|进(?=吗|不|么|了吗)|进点|观望|梭哈|定投)"
)
_DECISION = re.compile(
    rf"^\W*(?:please\s+|pls\s+|wen\s+|when\s+)?(?:buy|sell|long|short|ape|hodl)\b"
    r"(?![\s-]*(?:term|run|side|interest|walls?|pressure|volume|ratio|squeeze|and[\s-]hold|signals?"
    r"|averages?|liquidations?))"
    r"|\b(?:should|shall) (?:i|we) (?:\w+ )?"
    rf"(?:{_ACT}|buying|selling|shorting|longing|holding|dca|be|go|get|add|take|close|wait|do|put"
    rf"|stay)\b"
    r"|\bis (?:\S+ ){0,4}an? (?:\w+ )?(?:long|short|buy|sell|hold|entry)\b"
    r"|\b(?:good|right|best|nice|bad) (?:time|moment|idea|entry|price|point|place) (?:to|for)\b"
    rf"|\bgood (?:buy|entry|trade|long|short)\b|\btime to (?:{_ACT}|take)\b"
    r"|\bworth (?:it|a|buying|shorting|selling|holding|entering|longing)\b"
    rf"|\b(?:can|could|may|do|would|might) (?:i|we|you|u) (?:still )?{_ACT}\b"
    r"|\bwhat (?:would|should|do) (?:you|i|u|we) (?:do|think|say|suggest|recommend)\b"
    r"|\bgo(?:ing)? (?:long|short)\b|\bape in(?:to)?\b|\b(?:buy|sell|long|short) the (?:dip"
    r"|rip|top)\b"
    r"|\bbuy (?:some|more|now)\b|\btake (?:a|profit)\b|\btake (?:a )?position\b"
    r"|\b(?:you|u) (?:\w+ )?(?:bullish|bearish|long|short)\b|\bthoughts on\b|\bopinion\b"
    r"|\bverdict\b"
    r"|\brecommend\w*|\btrade idea\b|\bjump in\b|\b(?:good|bad|smart|wise|silly) (?:idea|move|to)\b"
    r"|\bor (?:nah|nope|pass|skip)\b|\b(?:yay|yea|yes|y)\s?(?:or|/)\s?(?:nay|no|n)\b|\breckon\b"
    r"|\btoo late (?:for|to)\b|\b(?:get|getting) (?:into|out)\b|\b(?:bail|dump it)\b"
    r"|\btalk me (?:out|into)\b|\bfomo\b|\btake (?:some )?profits\b"
    r"|\bin or out\b|\b(?:get|getting|grab|pick up|load up on|add|adding) (?:some|more|a bit|in)\b"
    r"|\b(?:your|the) call (?:on|for)\b|\bput (?:\w+ )?(?:money|cash|funds) (?:in|into|on)\b"
    r"|\bconvince me\b|\bwhich side\b|\bdip (?:worth|to buy)\b|\bcut (?:my )?loss\w*\b"
    rf"|(?:该|要不要|可以|可否|能不能|能|适合|值得|是否|还能|想|建议|应不应|要|好).{{0,6}}{_ZH_ACT}"
    rf"|{_ZH_ACT}.{{0,8}}(?:好吗|比较好|划算|合适|可以吗|行吗|行不行|吗|时机|机会|还是)"
    rf"|做多还是|多还是空"
    rf"|该多还是|多还是该空|看好|抄底"
    r"|怎么操作|怎么看|什么建议|哪边|什么方向",
    _FLAGS,
)
_FORECAST = re.compile(
    r"\bforecasts?\b|\bpredict(?:ion|ions|s|ed|ing)?\b|\boutlook\b|\bodds\b|\bprobability\b"
    r"|\bchances? (?:of|that|for)\b|\bprice targets?\b"
    r"|\bwill\b.*\b(?:go|rise|fall|drop|pump|dump|moon|crash|hit|reach|be|rally|recover|grow|gain|"
    r"keep|bounce|climb|sink|tank|trade|do)\b"
    r"|\b(?:going to|gonna|about to)\b.*\b(?:go|rise|fall|drop|pump|dump|moon|crash|hit|reach"
    r"|rally|"
    r"recover|bounce|happen|tank)\b"
    r"|\bcan\b(?! i\b| we\b).*\b(?:reach|hit|rise|rally|recover|break|climb|bounce|double)\b"
    r"|\bwhere (?:will|is|do you see)\b.*\b(?:be|going|headed|heading)\b|\bhow (?:high|low"
    r"|far) (?:can|will)\b"
    r"|\b(?:guess|expect\w*|likely|probably|predictable)\b|\bup or down\b|\bhigher or lower\b"
    r"|\bwhat(?:'?s| will| would| is going to)? happens? (?:to|with)\b|\bwhat(?:'?s| is) next for\b"
    r"|\bwhere(?:['’]?s| is| are)\b.*\b(?:headed|heading|going)\b|\bto the moon\b"
    r"|\b(?:wen|when) moon\b"
    r"|会不会|怎么走|是涨是跌|涨还是|跌还是|往哪走|会上涨|会下跌|预测|预期|预计|会涨|会跌|能涨|能跌"
    r"|能到|会到|涨还是跌"
    r"|涨不涨|跌不跌|会怎样|会怎么|后市|概率"
    r"|前景|要涨|要跌",
    _FLAGS,
)
_RISK = re.compile(
    r"\brisk(?:s|y|ier)?\b|\bc?var\b|\bvalue at risk\b|\bdanger\w*\b|\bsafe\w*\b|\bvolatil\w+\b"
    r"|\b(?:could|can|might|would|may) (?:i|we|you) (?:\w+ )?lose\b|\bworst (?:day|case)\b"
    r"|\bmax(?:imum)? (?:loss|drawdown)\b|\bhow (?:wild|jumpy|choppy|shaky|stable)\b|\bswings?\b"
    r"|\b(?:jumpy|choppy|drawdowns?)\b|\bworst (?:that|thing)\b|\bdownside\b"
    r"|风险|危险|安全|波动|回撤|稳不稳|稳吗",
    _FLAGS,
)
_COULD_FALL = re.compile(
    r"\bhow (?:much|far) (?:can|could|might)\b.*\b(?:drop|fall|lose|dump|crash|move|swing)\b",
    _FLAGS,
)
_WEAK_DECISION = re.compile(
    r"\b(?:long|short)\b(?![\s-]*(?:term|run))(?<!how long)|\b(?:buy|buying|sell|selling|shorting"
    r"|longing|bullish|bearish|enter|entry|trade|invest|hold|hodl|ape|yolo)\b|\bget in\b|\bgo in\b"
    r"|\bmoon or\b|多头|空头|做多|做空|看[涨跌多空]|入场|进场|上车|(?<!超)买(?!卖|盘)"
    r"|(?<![超买])卖(?!盘)",
    _FLAGS,
)
_GENERAL = re.compile(
    r"\bindicators?\b|\btechnicals?\b|\bta\b|\btrend(?:s|ing)?\b|\banaly[sz]e\b|\banalysis\b"
    r"|\bmomentum\b|\bhow(?:'?s| is| are)\b.*\b(?:doing|looking|going|today|now|performing)\b"
    r"|\bhow(?:'?s| is)\s+\S+\s*[?.!]*$|\bhow does \S+ look\b|\bwhat(?:'?s| is) (?:up|going on"
    r"|happening)"
    r"|\bwhat(?:['’]?s| is) \S+ doing\b"
    r"|\b(?:tell me|info|update|overview|summary|status) (?:about|on|of|for)\b|\blooking like\b"
    r"|指标|趋势|走势|技术面|分析|行情|怎么样|怎样|如何|什么情况|咋样|咋了|涨了吗|跌了吗",
    _FLAGS,
)
_PRICE = re.compile(
    r"\bprices?\b|\bhow expensive\b|\bquotes?\b|\bhow much (?:is|does|for|are)\b|\bworth\b"
    r"|\btrading at\b|\bcosts?\b"
    r"|^\W*how much (?:is |for )?(?:a |an |one |1 )?\$?\w+\W*$|^\W*\w+\s*\$\s*\?"
    r"|多少(?:刀|美元|美金|[uU](?![A-Za-z]))|\bgoing for\b"
    r"|\b(?:current|market|latest) (?:value|rate)\b|\bticker\b|\bvalued? at\b"
    r"|最新价|值多少|价位|价钱|卖多少|\b(?:bid|ask)s?\b|\bwhat(?:'?s| is) \S+ at\b|价格|多少钱"
    r"|现价|报价|币价|什么价|几块"
    r"|多少[了?？]?$",
    _FLAGS,
)
# What may stand beside a bare coin and timeframe: "btc 4h?", "ETH now".
_FILLERS = re.compile(
    r"\b(?:now|right|today|please|pls|rn|on|the|usdt?|and|about|what|is|it|so)\b|现在|呢|目前|今天",
    _FLAGS,
)


def intent_of(text: str, coins: int, *, ahead: bool = False) -> Intent:
    """Sort a question that was mended and simplified; `coins` says how many it names.

    `ahead`: it names a time to come, so a price or a side is asked for then, not now.
    Intent.UNKNOWN for what no rule knows, a bare coin too.
    """
    if _GREETING.fullmatch(text):
        return Intent.GREETING
    strong = _DECISION.search(text) is not None
    if _SOME_OF_MINE.search(text) or (strong and not coins and _SELL_ALL.search(text)):
        return Intent.PORTFOLIO
    if not strong and command_asked(text):
        return Intent.COMMAND
    for intent, pattern in (
        (Intent.BACKTEST, _BACKTEST),
        (Intent.RISK, _SIZE_OR_STOP),
        (Intent.PORTFOLIO, _PORTFOLIO),
    ):
        if pattern.search(text):
            return intent
    if _RANK.search(text) or _chooses(text, coins, strong=strong):
        return Intent.RANK
    return Intent.DECISION if strong else _for_facts(text, ahead=ahead)


def _for_facts(text: str, *, ahead: bool) -> Intent:
    gauges = gauges_asked(text)
    if gauges and gauges != (Gauge.MOOD,):
        return Intent.NEWS
    if _FORECAST.search(text) and not _COULD_FALL.search(text):
        return Intent.FORECAST
    if indicators_asked(text) or stretch_asked(text) is not Stretch.NONE:
        return Intent.INDICATORS
    if gauges:
        return Intent.NEWS
    for intent, pattern in (
        (Intent.RISK, _COULD_FALL),
        (Intent.RISK, _RISK),
        (Intent.DECISION, _WEAK_DECISION),
        (Intent.PRICE, _PRICE),
        (Intent.INDICATORS, _GENERAL),
    ):
        if pattern.search(text):
            later = ahead and intent is not Intent.RISK
            return Intent.FORECAST if later else intent
    return Intent.UNKNOWN


def _chooses(text: str, coins: int, *, strong: bool) -> bool:
    """Tell whether a text puts coins beside each other: "BTC or ETH?", "SOL vs AVAX"."""
    if coins < 2 or strong:
        return False
    return (
        re.search(r"\bwhich\b|\b(?:or|vs\.?|versus|against|better)\b|还是|哪|更", text, _FLAGS)
        is not None
    )


def says_nothing_else(text: str) -> bool:
    """Tell whether nothing is left of a text whose coins and timeframes were blanked out."""
    return not re.search(r"[^\W_]", _FILLERS.sub(" ", text))
