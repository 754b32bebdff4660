"""The candle file's tables, and views of them that are pleasant to open with any SQLite tool."""

from __future__ import annotations

import re

from sqlite_utils import Database, Migrations

from trading.candles import Timeframe

# In the views below `iso(x)` stands for the time x (ms) in ISO 8601.
_ISO = re.compile(r"iso\(((?:[^()]|\([^()]*\))*)\)")

READABLE = """
create view candles_readable as
select source as exchange, symbol, timeframe, iso(time) as opened,
  open, high, low, close, volume, series, time as opened_ms
from candles join series on series.id = candles.series
"""
# A hole is the exchange's only where the store has asked for all there is.
GAPS = """
create view gaps as
with steps as (
  select candles.series, time, ms,
    lag(time) over (partition by candles.series order by time) as before
  from candles join series on series.id = candles.series
  join timeframes on timeframes.name = series.timeframe
)
select source as exchange, symbol, timeframe,
  iso(before + ms) as start, iso(time) as stop,
  (time - before) / ms - 1 as candles, steps.series, before + ms as start_ms, time as stop_ms
from steps join series on series.id = steps.series
where time - before >= 2 * ms and exists (
  select 1 from coverage
  where coverage.series = steps.series
    and coverage.start <= before + ms and coverage.stop > time - ms
)
"""
OUTAGES = """
create view outages as
with flat as (
  select candles.series, time, ms, close,
    time - ms = lag(time) over (partition by candles.series order by time)
      and close = lag(close) over (partition by candles.series order by time) as again
  from candles join series on series.id = candles.series
  join timeframes on timeframes.name = series.timeframe
  where volume = 0 and high = low and open = close and high = close
), runs as (
  select series, time, ms, close,
    sum(not coalesce(again, 0)) over (partition by series order by time) as run
  from flat
)
select source as exchange, symbol, timeframe,
  iso(min(time)) as start, iso(max(time) + ms) as stop,
  count(*) as candles, close as price, series, min(time) as start_ms, max(time) + ms as stop_ms
from runs join series on series.id = runs.series
group by series, run
"""

WHOLE_RUNS_OF_KRAKEN = """
insert into coverage
with steps as (
  select candles.series, time, ms,
    time - ms * row_number() over (partition by candles.series order by time) as run
  from candles join series on series.id = candles.series
  join timeframes on timeframes.name = series.timeframe
  where source = 'kraken' or source like 'kraken@%'
)
select series, min(time), max(time) + ms from steps group by series, run
"""


def schema() -> Migrations:
    """Return the steps that build the file; a later version only ever adds functions."""
    migrations = Migrations("candles")

    @migrations()
    def m001_series_candles_coverage(db: Database) -> None:
        db.execute(
            "create table series (id integer primary key, source text not null,"
            " symbol text not null, timeframe text not null,"
            " unique (source, symbol, timeframe)) strict"
        )
        db.execute(
            "create table candles (series integer not null references series (id),"
            " time integer not null, open real not null, high real not null, low real not null,"
            " close real not null, volume real not null,"
            " primary key (series, time)) strict, without rowid"
        )
        db.execute(
            "create table coverage (series integer not null references series (id),"
            " start integer not null, stop integer not null,"
            " primary key (series, start)) strict, without rowid"
        )

    @migrations()
    def m002_views_of_candles_gaps_and_outages(db: Database) -> None:
        db.execute("create table timeframes (name text primary key, ms integer not null) strict")
        db.conn.executemany(
            "insert into timeframes values (?, ?)", [(each.value, each.ms) for each in Timeframe]
        )
        for view in (READABLE, GAPS, OUTAGES):
            db.execute(_ISO.sub(r"strftime('%Y-%m-%dT%H:%M:%SZ', (\1) / 1000, 'unixepoch')", view))

    @migrations()
    def m003_only_whole_runs_of_kraken_are_covered(db: Database) -> None:
        # It gives the newest candles alone; older versions took the others for missing ones. What
        # is stored without a hole can't be had again, and stays.
        db.execute(
            "delete from coverage where series in (select id from series"
            " where source = 'kraken' or source like 'kraken@%')"
        )
        db.execute(WHOLE_RUNS_OF_KRAKEN)

    return migrations
