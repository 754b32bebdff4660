"""All settings, read once at start from the environment and `.env`."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class BadSettings(Exception):
    """A variable is wrong; the message names it, what is wrong, and an example."""


EXAMPLES = {
    "telegram_bot_token": "123456789:AAF...",
    "telegram_api_base": "http://127.0.0.1:8081",
    "telegram_allowed_users": "123456789,987654321",
    "openai_base_url": "http://127.0.0.1:11434/v1",
    "openai_model": "gpt-4.1-mini",
    "votes": "3",
    "vote_mode": "thrifty",
    "fallback_model": "gpt-4.1-nano",
    "fallback_base_url": "http://127.0.0.1:11434/v1",
    "rules_stand_in": "true",
    "strategies_dir": "strategies",
    "forecast_library": "lightgbm",
    "exchange": "binance",
    "exchange_api_base": "http://127.0.0.1:9000",
    "exchange_ws_base": "ws://127.0.0.1:9000",
    "news_feeds": "https://www.coindesk.com/arc/outboundfeeds/rss/",
    "alert_urls": "mailto://name:password@example.org",
    "database_url": "sqlite:///var/conclave.db",
    "cache_url": "memory://",
    "compute_url": "threads://",
    "local_port": "8765",
    "starting_cash": "10000",
    "max_order_fraction": "0.02",
    "max_symbol_fraction": "0.10",
    "max_leverage_crypto": "3",
    "max_leverage_other": "1.5",
    "max_loss_fraction": "0.01",
    "daily_loss_limit": "0.04",
    "max_positions": "10",
    "cooldown_minutes": "15",
    "quote_seconds": "30",
    "strategy_drawdown_limit": "0.05",
    "account_drawdown_limit": "0.08",
    "fee_rate": "0.001",
    "slippage": "0.0005",
    "stop_fraction": "0.03",
    "target_fraction": "0.05",
    "price_band": "0.005",
    "proposal_seconds": "300",
    "question_seconds": "60",
    "model_calls": "8",
    "model_output_tokens": "4000",
    "question_tokens": "200000",
    "price_in": "0.40",
    "price_out": "1.60",
    "fallback_price_in": "0.10",
    "fallback_price_out": "0.40",
    "daily_tokens": "2000000",
    "daily_cost": "1.50",
    "watch_seconds": "5",
}


# Public feeds that need no key.
FEEDS = (
    "https://www.coindesk.com/arc/outboundfeeds/rss/",
    "https://cointelegraph.com/rss",
    "https://decrypt.co/feed",
    "https://cryptopotato.com/feed/",
)
MOST_FEEDS = 30
# The plain xgboost package drags a library for graphics cards along.
INSTALLS = {"lightgbm": "make install", "xgboost": "pip install xgboost-cpu"}
# Eight characters or more, with a figure among them, and no host name.
TOKEN = re.compile(r"(?=\D*\d)[^.\s]{8,}")


def _root(value: str | None, *schemes: str) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"is no address with scheme and host ({' or '.join(schemes)})")
    return value.rstrip("/")


HttpRoot = Annotated[str | None, AfterValidator(lambda value: _root(value, "http", "https"))]
SocketRoot = Annotated[str | None, AfterValidator(lambda value: _root(value, "ws", "wss"))]
# USD for a million tokens.
Price = Annotated[Decimal | None, Field(ge=0, le=100_000)]
Fraction = Annotated[Decimal, Field(gt=0, le=1)]
Drawdown = Annotated[Decimal, Field(gt=0, lt=1)]


def _folder(value: Path | None) -> Path | None:
    if value is None:
        return None
    folder = value.expanduser()
    if not folder.is_dir():
        raise ValueError(f"{value} is no folder; make it, or leave this empty")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ValueError(f"{value} can't be read")
    return folder


Folder = Annotated[Path | None, AfterValidator(_folder)]


class Settings(BaseSettings):
    """One field a variable, upper case in the environment; empty means not set."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_bot_token: SecretStr | None = None
    telegram_api_base: HttpRoot = None
    telegram_allowed_users: Annotated[frozenset[int], NoDecode] = frozenset()
    openai_api_key: SecretStr | None = None
    openai_base_url: HttpRoot = None
    openai_model: str = "gpt-4.1-mini"
    votes: int = Field(3, ge=1, le=15)
    vote_mode: Literal["fast", "thrifty"] = "fast"
    fallback_model: str | None = None
    fallback_base_url: HttpRoot = None
    fallback_api_key: SecretStr | None = None
    rules_stand_in: bool = False
    exchange: str = "binance"
    exchange_api_base: HttpRoot = None
    exchange_ws_base: SocketRoot = None
    news_feeds: Annotated[tuple[str, ...], NoDecode] = FEEDS
    alert_urls: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    database_url: str = "sqlite:///var/conclave.db"
    cache_url: str = "memory://"
    compute_url: str = "threads://"
    local_port: int = Field(8765, ge=0, le=65535)
    strategies_dir: Folder = None
    forecast_library: Literal["lightgbm", "xgboost"] = "lightgbm"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    starting_cash: Decimal = Field(Decimal(10_000), gt=0, le=Decimal(10**12))
    max_order_fraction: Fraction = Decimal("0.02")
    max_symbol_fraction: Fraction = Decimal("0.10")
    max_leverage_crypto: Decimal = Field(Decimal(3), ge=1, le=10)
    max_leverage_other: Decimal = Field(Decimal("1.5"), ge=1, le=10)
    max_loss_fraction: Fraction = Decimal("0.01")
    daily_loss_limit: Fraction = Decimal("0.04")
    max_positions: int = Field(10, ge=1, le=1000)
    cooldown_minutes: int = Field(0, ge=0, le=10_080)
    quote_seconds: int = Field(30, ge=1, le=30)
    strategy_drawdown_limit: Drawdown = Decimal("0.05")
    account_drawdown_limit: Drawdown = Decimal("0.08")
    fee_rate: Decimal = Field(Decimal("0.001"), ge=0, le=Decimal("0.05"))
    slippage: Decimal = Field(Decimal("0.0005"), ge=0, le=Decimal("0.05"))
    stop_fraction: Decimal = Field(Decimal("0.03"), gt=0, lt=1)
    target_fraction: Decimal = Field(Decimal("0.05"), gt=0, lt=10)
    price_band: Decimal = Field(Decimal("0.005"), gt=0, le=Decimal("0.1"))
    proposal_seconds: int = Field(300, ge=5, le=86_400)
    question_seconds: int = Field(60, ge=5, le=600)
    model_calls: int = Field(8, ge=2, le=50)
    model_output_tokens: int | None = Field(4_000, ge=200, le=1_000_000)
    question_tokens: int = Field(200_000, ge=10_000, le=100_000_000)
    price_in: Price = None
    price_out: Price = None
    fallback_price_in: Price = None
    fallback_price_out: Price = None
    daily_tokens: int | None = Field(2_000_000, ge=0)
    daily_cost: Decimal | None = Field(None, ge=0)
    watch_seconds: float = Field(5, ge=0.2, le=300)

    @field_validator("telegram_allowed_users", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("alert_urls", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        # A comma may also be a part of an address, such as that between two receivers.
        parts = re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", value.strip(" \t\r\n,"))
        for number, part in enumerate(parts, start=1):
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", part):
                raise ValueError(f"address {number} is none of the form scheme://…")
            urlsplit(part)
        return tuple(dict.fromkeys(parts))

    @field_validator("news_feeds", mode="before")
    @classmethod
    def _split_feeds(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() == "none":
            return ()
        # A comma may also be a part of an address.
        parts = re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*:)|\s+", value.strip(" \t\r\n,"))
        if len(parts) > MOST_FEEDS:
            raise ValueError(f"has {len(parts)} addresses, {MOST_FEEDS} are the most")
        for number, part in enumerate(parts, start=1):
            found = urlsplit(part)
            if found.scheme not in ("http", "https") or not found.hostname:
                raise ValueError(
                    f"address {number} does not begin with https://; write none for no news"
                )
        return tuple(dict.fromkeys(parts))

    @field_validator("price_out", "fallback_price_out")
    @classmethod
    def _both_prices(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        other = str(info.field_name).replace("_out", "_in")
        if other in info.data and (value is None) != (info.data[other] is None):
            raise ValueError(f"goes with {other.upper()}; set both or none")
        return value

    @field_validator("daily_tokens", "model_output_tokens", mode="before")
    @classmethod
    def _unlimited(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() == "none" else value

    @field_validator("daily_cost")
    @classmethod
    def _prices_known(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        known = info.data
        if value is not None and known.get("price_in") is None:
            raise ValueError("can't be counted without PRICE_IN and PRICE_OUT")
        fallback = known.get("fallback_model") and known.get("fallback_price_in") is None
        if value is not None and fallback:
            raise ValueError("can't be counted without FALLBACK_PRICE_IN and FALLBACK_PRICE_OUT")
        return value

    @field_validator("forecast_library")
    @classmethod
    def _installed(cls, value: str) -> str:
        # Only looked for, not loaded: that takes a second.
        if find_spec(value) is None:
            raise ValueError(f"{value} is not installed; {INSTALLS[value]} brings it")
        return value

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"\d+:[\w-]{20,}", value.get_secret_value()):
            raise ValueError("is no bot token; copy it whole from @BotFather")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("votes")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("must be odd, so that two stances can't tie")
        return value

    @field_validator("database_url")
    @classmethod
    def _sqlite_only(cls, value: str) -> str:
        if not value.startswith("sqlite:///"):
            raise ValueError("only sqlite:/// works in this version; PostgreSQL comes later")
        return value

    @field_validator("cache_url")
    @classmethod
    def _memory_only(cls, value: str) -> str:
        if not value.startswith("memory://"):
            raise ValueError("only memory:// works in this version; Redis comes later")
        return value

    @field_validator("compute_url")
    @classmethod
    def _threads_only(cls, value: str) -> str:
        if not value.startswith("threads://"):
            raise ValueError("only threads:// works in this version; Dask comes later")
        return value

    @property
    def database_path(self) -> Path:
        """The account log's file; other state lives beside it."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def state_dir(self) -> Path:
        return self.database_path.parent

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be in a log."""
        keys = (self.telegram_bot_token, self.openai_api_key, self.fallback_api_key)
        found = [secret.get_secret_value() for secret in keys if secret]
        for address in self.alert_addresses:
            found += secrets_in(address)
        roots = (self.openai_base_url, self.fallback_base_url, self.telegram_api_base)
        others = (self.exchange_api_base, self.exchange_ws_base, *self.news_feeds)
        for root in (*roots, *others):
            found += passwords_in(root or "")
        return tuple(found)

    @property
    def fallback_key(self) -> SecretStr | None:
        """The fallback model's key; the first model's goes to no other server than its own."""
        elsewhere = self.fallback_base_url not in (None, self.openai_base_url)
        return self.fallback_api_key or (None if elsewhere else self.openai_api_key)

    @property
    def alert_addresses(self) -> tuple[str, ...]:
        """The addresses of ALERT_URLS with the passwords that they hold."""
        return tuple(address.get_secret_value() for address in self.alert_urls)

    @property
    def has_keys(self) -> bool:
        """Somebody set this up on purpose: then the demo market never takes over by itself."""
        return bool(self.telegram_bot_token or self.openai_api_key)


def secrets_in(address: str) -> list[str]:
    """Return what of an address must not be in a log, the longest first.

    Which part is the secret depends on the service. A password is one; so is any other part
    that looks like a token: long, and no plain word.
    """
    parts = urlsplit(address)
    query = (value for _, _, value in (pair.partition("=") for pair in parts.query.split("&")))
    others = (parts.username, parts.hostname, *parts.netloc.split("@"), *parts.path.split("/"))
    tokens = {part for part in (*others, *query) if part and TOKEN.fullmatch(part)}
    raw = {address, address.partition("://")[2], parts.password or "", *tokens}
    found = {part for text in raw for part in (text, unquote(text)) if len(part) >= 3}
    return sorted(found, key=len, reverse=True)


def passwords_in(address: str) -> list[str]:
    """Return what of a web address must not be in a log: its password, and tokens of its query.

    The rest of it may be told, so that a person sees which address it is.
    """
    parts = urlsplit(address)
    query = (value for _, _, value in (pair.partition("=") for pair in parts.query.split("&")))
    tokens = [value for value in query if TOKEN.fullmatch(value)]
    raw = [parts.password or "", *tokens]
    return [part for text in raw for part in {text, unquote(text)} if len(part) >= 3]


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read and check every variable.

    Raises BadSettings with one line per wrong variable: its name, what is wrong, an example.
    """
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            what = problem["msg"].removeprefix("Value error, ")
            example = EXAMPLES.get(name)
            hint = f" Example: {name.upper()}={example}" if example else ""
            lines.append(f"{name.upper()}: {what}.{hint}")
        raise BadSettings("\n".join(lines)) from None
