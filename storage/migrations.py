"""The tables of the account log's file. Steps are only ever added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.question_chain import TABLES, bind_older
from storage.views import views_of_the_book

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations


def migrate(database: Database) -> None:
    """Bring the file to the newest shape; the caller holds the write lock."""
    steps = _steps()
    if steps.pending(database):
        steps.apply(database)


def is_current(database: Database) -> bool:
    """Tell whether the file has the newest shape; changes nothing."""
    return not _steps().pending(database)


def _steps() -> Migrations:
    from sqlite_utils import Migrations

    steps = Migrations("conclave")
    steps(name="0001 events")(_events)
    steps(name="0002 outbox")(_outbox)
    steps(name="0003 questions and people")(_questions_and_people)
    steps(name="0004 views")(_views)
    steps(name="0005 cards")(_cards)
    steps(name="0006 progress")(_progress)
    steps(name="0007 outbox channels and claims")(_outbox_channels)
    steps(name="0008 events by kind")(_events_by_kind)
    steps(name="0009 snapshots")(_snapshots)
    steps(name="0010 views of the book")(views_of_the_book)
    steps(name="0011 watched")(_watched)
    steps(name="0012 chain of questions")(_chain_of_questions)
    steps(name="0013 spending")(_spending)
    steps(name="0014 verdicts")(_verdicts)
    steps(name="0015 turns")(_turns)
    steps(name="0016 votes against")(_votes_against)
    steps(name="0017 closes seen")(_closes_seen)
    return steps


def _events(database: Database) -> None:
    database.executescript(
        """
        CREATE TABLE events (
            account_id TEXT NOT NULL,
            seq INTEGER NOT NULL CHECK (seq > 0),
            key TEXT NOT NULL,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            data TEXT NOT NULL CHECK (json_valid(data)),
            prev_hash TEXT NOT NULL,
            hash TEXT NOT NULL,
            PRIMARY KEY (account_id, seq),
            UNIQUE (account_id, key)
        ) STRICT;
        CREATE INDEX events_first ON events (account_id) WHERE seq = 1;
        CREATE TRIGGER events_stay BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the account log is append-only'); END;
        CREATE TRIGGER events_last BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the account log is append-only'); END;
        """
    )


def _outbox(database: Database) -> None:
    database.executescript(
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            account_id TEXT NOT NULL,
            key TEXT NOT NULL,
            chat_id INTEGER NOT NULL,
            kind TEXT NOT NULL,
            payload TEXT NOT NULL CHECK (json_valid(payload)),
            created_at TEXT NOT NULL,
            due_at TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'delivered', 'dropped')),
            attempts INTEGER NOT NULL DEFAULT 0,
            settled_at TEXT,
            message_id INTEGER,
            error TEXT,
            UNIQUE (account_id, key)
        ) STRICT;
        CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE state = 'waiting';
        """
    )


def _questions_and_people(database: Database) -> None:
    database.executescript(
        """
        CREATE TABLE questions (
            id TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            text TEXT NOT NULL,
            trace TEXT NOT NULL
        ) STRICT;
        CREATE INDEX questions_latest ON questions (account_id, asked_at);
        CREATE TABLE owner (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            user_id INTEGER NOT NULL,
            claimed_at TEXT NOT NULL
        ) STRICT;
        """
    )


def _views(database: Database) -> None:
    """Make views for people's eyes; their figures are REAL, the exact ones stay in events.data.

    A position's cost is what was paid less what was received plus what was realised.
    """
    database.executescript(
        """
        CREATE VIEW fills AS
        SELECT account_id, seq, at,
            json_extract(data, '$.fill.id') AS id,
            json_extract(data, '$.fill.order_id') AS order_id,
            json_extract(data, '$.fill.strategy') AS strategy,
            json_extract(data, '$.fill.symbol') AS symbol,
            json_extract(data, '$.fill.side') AS side,
            CAST(json_extract(data, '$.fill.quantity') AS REAL) AS quantity,
            CAST(json_extract(data, '$.fill.price') AS REAL) AS price,
            CAST(json_extract(data, '$.fill.fee') AS REAL) AS fee,
            CAST(json_extract(data, '$.fill.realised') AS REAL) AS realised,
            json_extract(data, '$.fill.reason') AS reason,
            json_extract(data, '$.fill.at') AS filled_at
        FROM events WHERE kind = 'order_filled';

        CREATE VIEW orders AS
        SELECT placed.account_id, placed.seq, placed.at,
            json_extract(placed.data, '$.order.id') AS id,
            json_extract(placed.data, '$.order.strategy') AS strategy,
            json_extract(placed.data, '$.order.symbol') AS symbol,
            json_extract(placed.data, '$.order.side') AS side,
            json_extract(placed.data, '$.order.kind') AS kind,
            CAST(json_extract(placed.data, '$.order.quantity') AS REAL) AS quantity,
            CAST(json_extract(placed.data, '$.order.price') AS REAL) AS price,
            json_extract(placed.data, '$.order.reduce_only') AS reduce_only,
            json_extract(placed.data, '$.order.proposal_id') AS proposal_id,
            CASE
                WHEN cancelled.order_id IS NOT NULL THEN 'cancelled'
                WHEN done.quantity IS NULL THEN 'open'
                WHEN done.quantity + 1e-12
                    < CAST(json_extract(placed.data, '$.order.quantity') AS REAL)
                    THEN 'partly filled'
                ELSE 'filled'
            END AS state,
            cancelled.reason AS cancelled_because
        FROM events AS placed
        LEFT JOIN (
            SELECT account_id, order_id, SUM(quantity) AS quantity
            FROM fills GROUP BY account_id, order_id
        ) AS done
            ON done.account_id = placed.account_id
            AND done.order_id = json_extract(placed.data, '$.order.id')
        LEFT JOIN (
            SELECT account_id,
                json_extract(data, '$.order_id') AS order_id,
                json_extract(data, '$.reason') AS reason
            FROM events WHERE kind = 'order_cancelled'
        ) AS cancelled
            ON cancelled.account_id = placed.account_id
            AND cancelled.order_id = json_extract(placed.data, '$.order.id')
        WHERE placed.kind = 'order_placed';

        CREATE VIEW positions AS
        SELECT account_id, strategy, symbol, quantity, cost / quantity AS average_price,
            realised, fees, last_fill_at
        FROM (
            SELECT account_id, strategy, symbol,
                SUM(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS quantity,
                SUM(CASE side WHEN 'buy' THEN quantity ELSE -quantity END * price)
                    + SUM(realised) AS cost,
                SUM(realised) AS realised,
                SUM(fee) AS fees,
                MAX(filled_at) AS last_fill_at
            FROM fills GROUP BY account_id, strategy, symbol
        )
        WHERE ABS(quantity) > 1e-12;
        """
    )


def _cards(database: Database) -> None:
    database.executescript(
        """
        CREATE TABLE cards (
            proposal_id TEXT PRIMARY KEY,
            chat_id INTEGER NOT NULL,
            message_id INTEGER NOT NULL
        ) STRICT;
        """
    )


def _progress(database: Database) -> None:
    database.executescript(
        """
        CREATE TABLE progress (
            chat_id INTEGER NOT NULL,
            message_id INTEGER NOT NULL,
            PRIMARY KEY (chat_id, message_id)
        ) STRICT;
        """
    )


def _outbox_channels(database: Database) -> None:
    """Give the outbox channels, and claims: who is sending a message now, and until when.

    `sending_since` stands while a try is under way; `uncertain` when one may have arrived;
    `holds` when the younger messages of its lane (channel and chat) wait for it.
    """
    database.executescript(
        """
        ALTER TABLE outbox RENAME TO outbox_before;
        DROP INDEX outbox_waiting;
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            account_id TEXT NOT NULL,
            key TEXT NOT NULL,
            channel TEXT NOT NULL,
            chat_id INTEGER NOT NULL,
            kind TEXT NOT NULL,
            payload TEXT NOT NULL CHECK (json_valid(payload)),
            critical INTEGER NOT NULL DEFAULT 0 CHECK (critical IN (0, 1)),
            quiet INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1)),
            created_at TEXT NOT NULL,
            due_at TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'delivered', 'dropped')),
            attempts INTEGER NOT NULL DEFAULT 0,
            owner TEXT,
            claimed_until TEXT,
            sending_since TEXT,
            uncertain INTEGER NOT NULL DEFAULT 0 CHECK (uncertain IN (0, 1)),
            holds INTEGER NOT NULL DEFAULT 0 CHECK (holds IN (0, 1)),
            settled_at TEXT,
            message_id INTEGER,
            error TEXT,
            UNIQUE (account_id, key, channel)
        ) STRICT;
        INSERT INTO outbox (id, account_id, key, channel, chat_id, kind, payload, created_at,
            due_at, state, attempts, settled_at, message_id, error)
        SELECT id, account_id, key, 'chat', chat_id, kind, payload, created_at,
            due_at, state, attempts, settled_at, message_id, error
        FROM outbox_before;
        DROP TABLE outbox_before;
        CREATE INDEX outbox_waiting ON outbox (channel, due_at, id) WHERE state = 'waiting';
        CREATE INDEX outbox_holding ON outbox (channel, chat_id)
            WHERE state = 'waiting' AND holds = 1;
        """
    )


def _events_by_kind(database: Database) -> None:
    """Let fills and equity be read without the many other events between them."""
    database.executescript("CREATE INDEX events_by_kind ON events (account_id, kind, seq)")


def _watched(database: Database) -> None:
    database.executescript(
        """
        CREATE TABLE watched (
            market TEXT NOT NULL,
            symbol TEXT NOT NULL,
            until TEXT NOT NULL,
            PRIMARY KEY (market, symbol)
        ) STRICT;
        """
    )


def _snapshots(database: Database) -> None:
    """Make room for states at a seq; what is in it may be deleted at any time."""
    database.executescript(
        """
        CREATE TABLE snapshots (
            account_id TEXT PRIMARY KEY,
            seq INTEGER NOT NULL,
            hash TEXT NOT NULL,
            state TEXT NOT NULL CHECK (json_valid(state)),
            version TEXT NOT NULL
        ) STRICT;
        """
    )


def _chain_of_questions(database: Database) -> None:
    """Keep the cards that were shown, and bind questions and cards by hashes.

    Questions from before are bound as they are found: what was done to them earlier can't be told.
    """
    database.executescript(
        """
        CREATE TABLE question_cards (
            question_id TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            at TEXT NOT NULL,
            data TEXT NOT NULL CHECK (json_valid(data))
        ) STRICT;
        CREATE TABLE question_chain (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id TEXT NOT NULL,
            seq INTEGER NOT NULL CHECK (seq > 0),
            kind TEXT NOT NULL CHECK (kind IN ('question', 'older question', 'card')),
            question_id TEXT NOT NULL,
            prev_hash TEXT NOT NULL,
            hash TEXT NOT NULL,
            UNIQUE (account_id, seq)
        ) STRICT;
        CREATE INDEX question_chain_of ON question_chain (question_id);
        """
    )
    bind_older(database.conn)
    for table in TABLES:
        database.executescript(
            f"""
            CREATE TRIGGER {table}_stay BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, 'questions are append-only'); END;
            CREATE TRIGGER {table}_last BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, 'questions are append-only'); END;
            """
        )


def _spending(database: Database) -> None:
    """Make room for what a model's use cost; a row is set aside, then settled with what it was."""
    database.executescript(
        """
        CREATE TABLE spending (
            id TEXT PRIMARY KEY,
            person TEXT NOT NULL,
            day TEXT NOT NULL,
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            cost TEXT NOT NULL,
            settled_at TEXT
        ) STRICT;
        CREATE INDEX spending_by_day ON spending (person, day);
        """
    )


def _verdicts(database: Database) -> None:
    """Make room for what was called and what became of it, and note which traces were read."""
    database.executescript(
        """
        CREATE TABLE verdicts (
            question_id TEXT NOT NULL,
            who TEXT NOT NULL CHECK (who IN ('verdict', 'forecast', 'rules')),
            analyst TEXT NOT NULL,
            account_id TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            as_of TEXT NOT NULL,
            source TEXT NOT NULL,
            demo INTEGER NOT NULL CHECK (demo IN (0, 1)),
            symbol TEXT NOT NULL,
            timeframe TEXT NOT NULL,
            horizon INTEGER NOT NULL,
            stance TEXT NOT NULL CHECK (stance IN ('long', 'short', 'flat', 'no call')),
            votes INTEGER NOT NULL,
            runs INTEGER NOT NULL,
            up REAL,
            price TEXT,
            state TEXT NOT NULL CHECK (state IN ('no call', 'waiting', 'scored', 'lost')),
            due_at TEXT NOT NULL,
            next_at TEXT NOT NULL,
            tried_at TEXT,
            left_price TEXT,
            left_at TEXT,
            why TEXT NOT NULL,
            PRIMARY KEY (question_id, who)
        ) STRICT;
        CREATE INDEX verdicts_due ON verdicts (demo, next_at) WHERE state = 'waiting';
        CREATE INDEX verdicts_of_account ON verdicts (account_id, asked_at);
        CREATE TABLE verdicts_read (question_id TEXT PRIMARY KEY) STRICT;
        """
    )


def _turns(database: Database) -> None:
    """Make room for what was asked lately; old rows are deleted as new ones come."""
    database.executescript(
        """
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id TEXT NOT NULL,
            chat_id INTEGER NOT NULL,
            at TEXT NOT NULL,
            data TEXT NOT NULL CHECK (json_valid(data))
        ) STRICT;
        CREATE INDEX turns_of_chat ON turns (account_id, chat_id, id);
        """
    )


def _votes_against(database: Database) -> None:
    """Tell votes against a verdict from runs that failed or were not needed.

    They are counted anew from the stored traces. Of what stands in none (the rules beside a model)
    all other runs count as against, as they were scored till now.
    """
    database.executescript(
        """
        ALTER TABLE verdicts ADD COLUMN against INTEGER NOT NULL DEFAULT 0;
        UPDATE verdicts SET against = runs - votes WHERE runs > votes;
        UPDATE verdicts SET against = max(0, (
            SELECT COUNT(*) FROM json_each(questions.trace, '$.runs') AS run
            WHERE json_type(run.value, '$.answer') = 'object'
            AND coalesce(json_extract(run.value, '$.needed'), 1)
            AND NOT coalesce(json_extract(run.value, '$.replaced'), 0)
        ) - votes)
        FROM questions WHERE questions.id = verdicts.question_id AND verdicts.who = 'verdict'
            AND json_valid(questions.trace);
        """
    )


def _closes_seen(database: Database) -> None:
    """Make room for closes at which a watch changed nothing; it may be emptied at any time."""
    database.executescript(
        """
        CREATE TABLE closes_seen (
            account_id TEXT NOT NULL,
            watch_id TEXT NOT NULL,
            close TEXT NOT NULL,
            PRIMARY KEY (account_id, watch_id)
        ) STRICT;
        """
    )
