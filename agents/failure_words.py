"""How a run failed, in the person's language; the label stays, as the log and traces have it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agents import failure
from agents.failure import Failed
from desk.language import Language

# By the English text: two kinds share the label of an exhausted budget.
_CHINESE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        failure.TIMED_OUT.text: (
            "超时",
            "运行没有在提问时限内完成。请重新提问，或调大 QUESTION_SECONDS。",
        ),
        failure.RATE_LIMITED.text: (
            "请求过多",
            "模型服务器限制了请求频率（HTTP 429）。请等一分钟再问，或调小 VOTES。",
        ),
        failure.NO_QUOTA.text: (
            "额度用完",
            "模型服务商表示额度已用完（HTTP 402 或 429）。请检查套餐和账单，"
            "或换一个 OPENAI_MODEL。",
        ),
        failure.UNREACHABLE.text: (
            "无法连接",
            "连不上模型服务器。请检查 OPENAI_BASE_URL，并确认服务器在运行。",
        ),
        failure.TOO_SLOW.text: (
            "太慢",
            "模型服务器收到了请求，但没有及时回答。请重新提问，或换一个更快的 OPENAI_MODEL。",
        ),
        failure.KEY_REFUSED.text: (
            "密钥被拒",
            "模型服务器拒绝了密钥（HTTP 401 或 403）。请检查 OPENAI_API_KEY。",
        ),
        failure.UNKNOWN_MODEL.text: (
            "未知模型",
            "模型服务器不认识这个模型或地址（HTTP 404）。请检查 OPENAI_MODEL 和 "
            "OPENAI_BASE_URL（一般以 /v1 结尾）。",
        ),
        failure.SERVER_ERROR.text: (
            "服务器错误",
            "模型服务器出错了（HTTP 5xx）。请过一分钟再问。",
        ),
        failure.CUT_OFF.text: (
            "被截断",
            "模型的回答超过长度上限而被截断。请把问题问得更窄，或调大 MODEL_OUTPUT_TOKENS"
            "（或服务器自己的上限）。",
        ),
        failure.PROSE.text: (
            "格式不符",
            "模型写了散文，没有给出结构化的回答。请重新提问，或换一个擅长工具调用的 OPENAI_MODEL。",
        ),
        failure.NO_MARKET.text: (
            "没有行情",
            "运行读不到行情。请等交易所恢复后再问。",
        ),
        failure.OVER_BUDGET.text: (
            "超出预算",
            "这个问题已用完模型预算。请把问题问得更窄，或调大 QUESTION_TOKENS。",
        ),
        failure.OVER_DAY.text: (
            "超出预算",
            "今天剩余的模型预算（DAILY_TOKENS、DAILY_COST）不够用。UTC 00:00 恢复；"
            "手动输入的命令照常可用。",
        ),
    }
)


def failure_words(failed: Failed, language: Language = Language.EN) -> str:
    """Write the label and what to do; in English where there is no other text."""
    fallback = "FALLBACK_" in failed.text
    known = _CHINESE.get(failed.text.replace("FALLBACK_", "OPENAI_"))
    if language is Language.EN or known is None:
        return f"{failed.label}: {failed.text}"
    label, text = known
    return f"{label}：{text.replace('OPENAI_', 'FALLBACK_') if fallback else text}"
