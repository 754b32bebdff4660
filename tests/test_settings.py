"""A wrong setting stops the start and says what to mend."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import settings
from settings import BadSettings, Settings, read_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_settings_when_nothing_is_set_need_no_key() -> None:
    settings = read_settings(None)
    assert not settings.has_keys
    assert settings.starting_cash == Decimal(10_000)
    assert settings.database_path == Path("var/conclave.db")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VOTES", "4", "odd"),
        ("QUESTION_TOKENS", "5", "greater than or equal to 10000"),
        ("DAILY_TOKENS", "many", "integer"),
        ("DAILY_COST", "1.50", "without PRICE_IN and PRICE_OUT"),
        ("PRICE_OUT", "1.60", "goes with PRICE_IN"),
        ("PRICE_IN", "-1", "greater than or equal to 0"),
        ("VOTES", "many", "integer"),
        ("TELEGRAM_BOT_TOKEN", "nonsense", "@BotFather"),
        ("TELEGRAM_ALLOWED_USERS", "12,bob", "integer"),
        ("OPENAI_BASE_URL", "localhost", "scheme and host"),
        ("DATABASE_URL", "postgresql://db/conclave", "sqlite:///"),
        ("CACHE_URL", "redis://cache", "memory://"),
        ("COMPUTE_URL", "tcp://scheduler:8786", "threads://"),
        ("MAX_ORDER_FRACTION", "2", "less than or equal to 1"),
        ("LOCAL_PORT", "99999", "65535"),
        ("FORECAST_LIBRARY", "prophet", "'lightgbm' or 'xgboost'"),
        ("STRATEGIES_DIR", "no/such/folder", "no/such/folder is no folder; make it"),
        ("STRATEGIES_DIR", __file__, "is no folder"),
        ("NEWS_FEEDS", "ftp://example.org/rss", "address 1 does not begin with https://"),
        ("NEWS_FEEDS", "https://example.org/rss nonsense", "address 2 does not begin with https"),
        ("NEWS_FEEDS", "javascript:alert(1)", "address 1 does not begin with https://"),
        ("ALERT_URLS", "mailto", "address 1 is none of the form scheme://"),
        ("ALERT_URLS", "ntfy://topic someone", "address 1 is none of the form scheme://"),
    ],
)
def test_settings_when_one_is_wrong_name_it_and_give_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        read_settings(None)
    assert str(caught.value).startswith(f"{name}: ")
    assert says in str(caught.value)
    assert f"Example: {name}=" in str(caught.value)


@pytest.mark.parametrize("value", ["http://127.0.0.1:9000", "127.0.0.1:9000", "wss://", "ws:x"])
def test_websocket_root_must_be_one(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EXCHANGE_WS_BASE", value)
    with pytest.raises(BadSettings, match="Example: EXCHANGE_WS_BASE=ws://"):
        read_settings(None)


def test_websocket_root_is_taken_without_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_WS_BASE", "wss://mirror.example:9443/")
    assert read_settings(None).exchange_ws_base == "wss://mirror.example:9443"


def test_news_feeds_are_split_by_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    written = "https://a.example/rss, http://b.example/x?tags=a,b https://a.example/rss"
    monkeypatch.setenv("NEWS_FEEDS", written)
    assert read_settings(None).news_feeds == (
        "https://a.example/rss",
        "http://b.example/x?tags=a,b",
    )
    monkeypatch.setenv("NEWS_FEEDS", "None")
    assert read_settings(None).news_feeds == ()


def test_settings_when_several_are_wrong_name_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOTES", "2")
    monkeypatch.setenv("LOCAL_PORT", "-1")
    with pytest.raises(BadSettings) as caught:
        read_settings(None)
    assert {line.split(":")[0] for line in str(caught.value).splitlines()} == {
        "VOTES",
        "LOCAL_PORT",
    }


def test_settings_when_the_forecast_library_is_not_installed_say_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORECAST_LIBRARY", "xgboost")
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    with pytest.raises(BadSettings) as caught:
        read_settings(None)
    assert str(caught.value) == (
        "FORECAST_LIBRARY: xgboost is not installed; pip install xgboost-cpu brings it. "
        "Example: FORECAST_LIBRARY=lightgbm"
    )
    monkeypatch.undo()
    monkeypatch.setenv("FORECAST_LIBRARY", "xgboost")
    assert read_settings(None).forecast_library == "xgboost"


def test_settings_never_show_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:" + "x" * 35)
    settings = read_settings(None)
    assert settings.has_keys
    assert "sk-very-secret" not in repr(settings)
    assert "xxxx" not in repr(settings)
    assert set(settings.secrets) == {"sk-very-secret", "123456:" + "x" * 35}


def test_settings_split_alert_urls_at_spaces_and_at_commas_between_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = "mailto://me:hunter2@example.org?to=a@example.org,b@example.org"
    monkeypatch.setenv("ALERT_URLS", f" {first}, ntfy://topic\njson://127.0.0.1:99/x,{first} ")
    settings = read_settings(None)
    assert settings.alert_addresses == (first, "ntfy://topic", "json://127.0.0.1:99/x")
    assert "hunter2" not in repr(settings)


def test_settings_count_what_looks_like_a_token_in_an_alert_url_as_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail, hook = "mailto://me:hun%232@mail.example.org", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnl"
    monkeypatch.setenv("ALERT_URLS", f"{mail} {hook}?to=alerts&key=9f86d081884c")
    secrets = read_settings(None).secrets
    assert {mail, "hun%232", "hun#2", "A1BRTD4JD", "T1JJ3T3L2", "9f86d081884c"} <= set(secrets)
    assert not {"mail.example.org", "alerts", "me", "to", ""} & set(secrets)


def test_settings_when_empty_in_the_file_count_as_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TELEGRAM_BOT_TOKEN=\nEXCHANGE=\nTELEGRAM_ALLOWED_USERS= 5 , 7 \n")
    settings = read_settings(file)
    assert settings.exchange == "binance"
    assert settings.telegram_bot_token is None
    assert settings.telegram_allowed_users == {5, 7}


def test_folder_of_strategies_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read_settings(None).strategies_dir is None
    monkeypatch.setenv("STRATEGIES_DIR", str(tmp_path))
    assert read_settings(None).strategies_dir == tmp_path


def test_one_price_without_the_other_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRICE_IN", "0.40")
    with pytest.raises(BadSettings, match="PRICE_OUT: goes with PRICE_IN"):
        read_settings(None)


def test_daily_tokens_none_means_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(None).daily_tokens == 2_000_000
    monkeypatch.setenv("DAILY_TOKENS", "none")
    assert read_settings(None).daily_tokens is None


def test_a_daily_cost_needs_the_prices_of_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PRICE_IN": "0.4", "PRICE_OUT": "1.6", "DAILY_COST": "2"}.items():
        monkeypatch.setenv(name, value)
    assert read_settings(None).daily_cost == Decimal(2)
    monkeypatch.setenv("FALLBACK_MODEL", "other")
    with pytest.raises(BadSettings, match=r"DAILY_COST: .*FALLBACK_PRICE_IN"):
        read_settings(None)
    monkeypatch.setenv("FALLBACK_PRICE_IN", "0.1")
    monkeypatch.setenv("FALLBACK_PRICE_OUT", "0.4")
    assert read_settings(None).fallback_price_out == Decimal("0.4")


def test_passwords_in_any_address_are_secrets_but_the_address_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = "http://me:hun%232@127.0.0.1:9/v1"
    feed = "https://example.org/rss?token=a1b2c3d4e5&limit=20"
    monkeypatch.setenv("OPENAI_BASE_URL", root)
    monkeypatch.setenv("NEWS_FEEDS", feed)
    secrets = set(read_settings(None).secrets)
    assert {"hun%232", "hun#2", "a1b2c3d4e5"} <= secrets
    assert not {root, feed, "127.0.0.1", "20", "me"} & secrets
