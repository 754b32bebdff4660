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
        failure.REQUEST_REFUSED.text: (
            "请求被拒",
            "模型服务器拒绝了请求（HTTP 4xx）。该模型可能不支持工具调用：请换一个 OPENAI_MODEL。",
        ),
        failure.TOO_LONG.text: (
            "太长",
            "对话超出了模型的上下文。请把问题问得更窄，或换一个上下文更大的 OPENAI_MODEL。",
        ),
        failure.NONSENSE.text: (
            "无法识别",
            "服务器的回复不是聊天补全。请检查 OPENAI_BASE_URL 是否为兼容 OpenAI 的地址"
            "（一般以 /v1 结尾）。",
        ),
        failure.DECLINED.text: (
            "拒绝回答",
            "模型拒绝回答。请换一种问法，或换一个 OPENAI_MODEL。",
        ),
        failure.EMPTY.text: (
            "空回答",
            "模型什么也没有回答。请重新提问，或换一个 OPENAI_MODEL。",
        ),
        failure.MALFORMED.text: (
            "参数无效",
            "模型写的工具参数不是 JSON。请重新提问，或换一个擅长工具调用的 OPENAI_MODEL。",
        ),
        failure.WRONG_ANSWER.text: (
            "回答不合格式",
            "模型的结构化回答不符合格式。请重新提问，或换一个擅长工具调用的 OPENAI_MODEL。",
        ),
        failure.NO_EVIDENCE.text: (
            "没有依据",
            "模型没有引用任何工具的结果就作了决定。请重新提问，"
            "或换一个擅长工具调用的 OPENAI_MODEL。",
        ),
        failure.UNKNOWN_TOOL.text: (
            "未知工具",
            "模型不断调用不存在的工具。请重新提问，或换一个 OPENAI_MODEL。",
        ),
        failure.LOOPING.text: (
            "循环",
            "模型调用工具直到上限仍没有回答。请把问题问得更窄，或调大 MODEL_CALLS。",
        ),
        failure.INTERNAL.text: (
            "内部错误",
            "本程序出错了，详情在日志里。请重新提问。",
        ),
    }
)


def failure_words(failed: Failed, language: Language = Language.EN) -> str:
    """Write the label and what to do; in English where there is no other text."""
    known = _known(failed, language)
    return f"{failed.label}: {failed.text}" if known is None else "：".join(known)


def failure_label(failed: Failed, language: Language = Language.EN) -> str:
    """Write the label alone."""
    known = _known(failed, language)
    return failed.label if known is None else known[0]


def failure_text(failed: Failed, language: Language = Language.EN) -> str:
    """Write what happened and what to do, without the label."""
    known = _known(failed, language)
    return failed.text if known is None else known[1]


def _known(failed: Failed, language: Language) -> tuple[str, str] | None:
    if language is Language.EN:
        return None
    known = _CHINESE.get(failed.text.replace("FALLBACK_", "OPENAI_"))
    if known is None or "FALLBACK_" not in failed.text:
        return known
    label, text = known
    return label, text.replace("OPENAI_", "FALLBACK_")
