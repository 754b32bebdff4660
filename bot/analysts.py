"""Which analysts and which readers of headlines the settings name.

What is heavy is imported inside the functions: the bot is polling long before it is loaded.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from desk.spending import Spending
from desk.token_price import TokenPrice
from settings import Settings

if TYPE_CHECKING:
    from agents.members import Lineup
    from agents.models import ChatModel
    from desk.headlines import Headlines


def analysts(settings: Settings) -> Lineup:
    """Take the language model when there is a key, else the rule-based analyst."""
    if settings.openai_api_key is None:
        from agents.rules.rule_based import rule_based_lineup

        return rule_based_lineup()
    from agents.members import language_lineup

    price = price_of(settings.price_in, settings.price_out)
    first = language_lineup(
        _first_model(settings), settings.openai_model, settings.votes, price=price
    )
    return first.then(stand_ins(settings))


def stand_ins(settings: Settings) -> list[Lineup]:
    """Return who answers when the language model can't: another model, then the rules."""
    from agents.members import language_lineup
    from agents.models import language_model
    from agents.rules.rule_based import rule_based_lineup

    lineups = []
    if settings.fallback_model is not None:
        model = language_model(
            settings.fallback_key,
            settings.fallback_base_url or settings.openai_base_url,
            settings.fallback_model,
            settings.question_seconds,
            settings.model_output_tokens,
        )
        price = price_of(settings.fallback_price_in, settings.fallback_price_out)
        lineups.append(
            language_lineup(
                model, settings.fallback_model, settings.votes, settings="FALLBACK", price=price
            )
        )
    return [*lineups, rule_based_lineup()] if settings.rules_stand_in else lineups


def headlines_of(settings: Settings, spending: Spending | None) -> Headlines:
    """Let the language model score headlines where there is one, else the word list."""
    from desk.headlines import Headlines

    if settings.openai_api_key is None:
        return Headlines()
    from agents.headlines import ModelHeadlines

    price = price_of(settings.price_in, settings.price_out)
    return Headlines(ModelHeadlines(_first_model(settings), settings.openai_model, spending, price))


def price_of(asked: Decimal | None, answered: Decimal | None) -> TokenPrice | None:
    return None if asked is None or answered is None else TokenPrice(asked, answered)


def _first_model(settings: Settings) -> ChatModel:
    from agents.models import language_model

    return language_model(
        settings.openai_api_key,
        settings.openai_base_url,
        settings.openai_model,
        settings.question_seconds,
        settings.model_output_tokens,
    )
