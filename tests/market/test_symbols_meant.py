"""A symbol that is not traded is answered with the ones that come nearest."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import UnknownSymbol
from market.connection.symbols_meant import Listed, nearest, no_such
from tests.depth import times
from tests.fakes import made_answers
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import bad_gateway
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_exchange import RecordedExchange
from tests.market.conftest import MakeMarket
from tests.market.recorded import connected
from trading.candles import to_ms
from trading.instrument import Instrument

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)
PAIRS = [
    Listed("BTC/USD", frozenset({"XBTUSD", "XXBT"})),
    Listed("BTC/EUR", frozenset({"XBTEUR", "XXBT"})),
    Listed("BTC/USDT", frozenset({"XBTUSDT", "XXBT"})),
    Listed("ADA/EUR"),
    Listed("ADA/USD"),
    Listed("AVAX/USD"),
    Listed("ETH/BTC"),
    Listed("DOGE/USD", frozenset({"XDGUSD", "XXDG"})),
    Listed("MATIC/USDT"),
]
LISTED = {"BTC/USD", "BTC/EUR"}
CANDLES = {("BTCUSDT", "1h"): made_candles(count=200), ("ETHUSDT", "1h"): made_candles(count=200)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ADA/USDT", ["ADA/USD", "ADA/EUR"]),
        ("BTC/GBP", ["BTC/USDT", "BTC/USD", "BTC/EUR"]),
        ("XXBT/USD", ["BTC/USD", "BTC/USDT", "BTC/EUR"]),
        ("XDG/USD", ["DOGE/USD"]),
        ("BTC/ETH", ["ETH/BTC", "BTC/USDT", "BTC/USD"]),
        ("AVAC/USD", ["AVAX/USD"]),
        ("MATTIC/USDT", ["MATIC/USDT"]),
        ("avax/usdt", ["AVAX/USD"]),
        ("BTCUSDT", ["BTC/USDT"]),
        ("ZZZZ/USDT", []),
        ("what?!", []),
    ],
)
def test_the_best_guess_comes_first(wanted: str, found: list[str]) -> None:
    assert nearest(wanted, PAIRS) == found


def test_what_is_told_to_be_written_works_where_it_is_written() -> None:
    text = no_such("kraken", "ADA/USDT", PAIRS, frozenset(), "kraken:")
    assert text == (
        "kraken lists no 'kraken:ADA/USDT'. Did you mean kraken:ADA/USD or kraken:ADA/EUR?"
    )
    assert no_such("kraken", "Q/Q", [], frozenset(), "kraken:").endswith("like kraken:BTC/USDT.")


NAME = st.text("ABCXYZ1", min_size=0, max_size=6)
PAIR = st.builds(lambda base, quote: f"{base}/{quote}", NAME, NAME)


@settings(max_examples=times(100, 3000))
@given(
    wanted=st.one_of(st.text(max_size=30), PAIR),
    pairs=st.lists(st.builds(Listed, PAIR, st.frozensets(NAME, max_size=2)), max_size=12),
    prefix=st.sampled_from(["", "kraken:"]),
)
def test_only_listed_pairs_are_offered_whatever_is_wanted(
    wanted: str, pairs: list[Listed], prefix: str
) -> None:
    found = nearest(wanted, pairs)
    assert len(found) == len(set(found)) <= 3
    assert set(found) <= {one.pair for one in pairs}
    assert all(pair in no_such("x", wanted, pairs, frozenset(), prefix) for pair in found)


async def test_a_halted_symbol_is_told_from_an_unknown_one(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW), halted=["LUNAUSDT"]) as server:
        market = connect(server, FakeClock(NOW))
        for _ in range(3):
            with pytest.raises(UnknownSymbol, match=r"'LUNA/USDT' any more \(halted or delisted\)"):
                await market.instrument("LUNA/USDT")
            with pytest.raises(UnknownSymbol, match="binance lists no 'LUNO/USDT'"):
                await market.quote("LUNO/USDT")
        asked = [seen.params.get("symbolStatus") for seen in server.requests]
        assert asked.count("BREAK") == 1, "what is halted is asked for once"
        assert await market.symbols() == ["BTC/USDT", "ETH/USDT"]


async def test_a_symbol_is_just_unknown_when_the_halted_ones_cannot_be_had(
    connect: MakeMarket,
) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW), halted=["LUNAUSDT"]) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        server.fault("exchangeInfo", bad_gateway(), times=3)
        with pytest.raises(UnknownSymbol, match="lists no 'LUNA/USDT'"):
            await market.instrument("LUNA/USDT")
        with pytest.raises(UnknownSymbol, match="any more"):
            await market.instrument("LUNA/USDT")


async def test_where_all_are_listed_a_suspended_one_is_told_without_another_request(
    tmp_path: Path,
) -> None:
    answers = made_answers.okx({"BTC-USD": 20_000, "LUNA-USD": 1}, to_ms(NOW), ["LUNA-USD"])
    async with RecordedExchange(answers) as server:
        market = connected("okx", server, tmp_path)
        await market.symbols()
        asked = len(server.requests)
        with pytest.raises(UnknownSymbol, match=r"okx does not trade 'LUNA/USD' any more"):
            await market.quote("LUNA/USD")
        assert len(server.requests) == asked
        await market.close()


@settings(max_examples=times(5, 50), deadline=None)
@given(wanted=st.lists(st.one_of(st.text(max_size=20), PAIR), max_size=30))
def test_whatever_is_asked_for_is_unknown_at_worst(wanted: list[str]) -> None:
    async def ask(folder: Path) -> None:
        answers = made_answers.kraken({"XBT/USD": 20_000, "XBT/EUR": 17_000}, 1_609_849_800)
        async with RecordedExchange(answers) as server:
            market = connected("kraken", server, folder)
            asked = (market.instrument(symbol) for symbol in wanted)
            outcomes = await asyncio.gather(*asked, return_exceptions=True)
            for symbol, outcome in zip(wanted, outcomes, strict=True):
                known = symbol in LISTED
                assert isinstance(outcome, Instrument if known else UnknownSymbol)
                _, told, offered = str(outcome).removesuffix("?").rpartition("'. Did you mean ")
                names = set(offered.replace(" or ", ", ").split(", ")) if told else set()
                assert known or names <= LISTED
            await market.close()

    with TemporaryDirectory() as folder:
        asyncio.run(ask(Path(folder)))
