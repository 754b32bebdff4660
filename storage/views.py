"""The views for people's eyes that show the book; their figures are REAL, the log's are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def views_of_the_book(database: Database) -> None:
    """Make the views anew for orders that wait, trail, are triggered, or end one another.

    `price` of an order is where it stands now, `remaining` what is still to be filled. Sums of
    REAL figures are off by some last digits of what was summed: what is smaller counts as nothing.
    """
    database.executescript(
        """
        DROP VIEW positions;
        DROP VIEW orders;

        CREATE VIEW orders AS
        SELECT account_id, seq, at, id, strategy, symbol, side, kind, quantity,
            CAST(COALESCE(json_extract(trailed, '$.price'), placed_price) AS REAL) AS price,
            reduce_only, proposal_id,
            CASE
                WHEN cancelled IS NOT NULL THEN 'cancelled'
                WHEN filled IS NULL THEN 'open'
                WHEN filled < quantity * (1 - 1e-12) THEN 'partly filled'
                ELSE 'filled'
            END AS state,
            json_extract(cancelled, '$.reason') AS cancelled_because,
            COALESCE(filled, 0.0) AS filled,
            CASE
                WHEN filled IS NULL THEN quantity
                WHEN filled < quantity * (1 - 1e-12) THEN quantity - filled
                ELSE 0.0
            END AS remaining,
            limit_price, triggered, placed_price, trail,
            CAST(COALESCE(json_extract(trailed, '$.best'), best) AS REAL) AS best,
            order_group, leverage, placed_at, until,
            COALESCE(json_extract(cancelled, '$.happened_at'), cancelled_at) AS cancelled_at
        FROM (
            SELECT account_id, seq, at, filled, cancelled, cancelled_at, trailed,
                json_extract(placed, '$.order.id') AS id,
                json_extract(placed, '$.order.strategy') AS strategy,
                json_extract(placed, '$.order.symbol') AS symbol,
                json_extract(placed, '$.order.side') AS side,
                json_extract(placed, '$.order.kind') AS kind,
                CAST(json_extract(placed, '$.order.quantity') AS REAL) AS quantity,
                CAST(json_extract(placed, '$.order.price') AS REAL) AS placed_price,
                CAST(json_extract(placed, '$.order.limit') AS REAL) AS limit_price,
                json_extract(placed, '$.order.reduce_only') AS reduce_only,
                json_extract(placed, '$.order.proposal_id') AS proposal_id,
                triggered OR COALESCE(json_extract(placed, '$.order.triggered'), 0) AS triggered,
                CAST(json_extract(placed, '$.order.trail') AS REAL) AS trail,
                CAST(json_extract(placed, '$.order.best') AS REAL) AS best,
                json_extract(placed, '$.order.group') AS order_group,
                CAST(COALESCE(json_extract(placed, '$.order.leverage'), 1) AS REAL) AS leverage,
                json_extract(placed, '$.order.placed_at') AS placed_at,
                json_extract(placed, '$.order.until') AS until
            FROM (
                -- One pass over what happened to orders; a stop may trail often, its last counts.
                SELECT account_id,
                    MAX(CASE kind WHEN 'order_placed' THEN seq END) AS seq,
                    MAX(CASE kind WHEN 'order_placed' THEN at END) AS at,
                    MAX(CASE kind WHEN 'order_placed' THEN data END) AS placed,
                    MAX(CASE kind WHEN 'order_cancelled' THEN at END) AS cancelled_at,
                    MAX(CASE kind WHEN 'order_cancelled' THEN data END) AS cancelled,
                    MAX(kind = 'order_triggered') AS triggered,
                    SUBSTR(
                        MAX(CASE kind WHEN 'stop_trailed' THEN printf('%019d', seq) || data END), 20
                    ) AS trailed,
                    SUM(CAST(json_extract(data, '$.fill.quantity') AS REAL)) AS filled
                FROM (
                    SELECT account_id, seq, at, kind, data,
                        COALESCE(
                            json_extract(data, '$.order_id'),
                            json_extract(data, '$.order.id'),
                            json_extract(data, '$.fill.order_id')
                        ) AS order_id
                    FROM events WHERE kind IN (
                        'order_placed', 'order_filled', 'order_cancelled', 'order_triggered',
                        'stop_trailed'
                    )
                )
                GROUP BY account_id, order_id
            )
            WHERE placed IS NOT NULL
        );

        CREATE VIEW positions AS
        SELECT account_id, strategy, symbol, quantity, cost / quantity AS average_price,
            realised, fees, last_fill_at
        FROM (
            SELECT account_id, strategy, symbol,
                SUM(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS quantity,
                SUM(CASE side WHEN 'buy' THEN quantity ELSE -quantity END * price)
                    + SUM(realised) AS cost,
                SUM(quantity) AS turnover,
                SUM(realised) AS realised,
                SUM(fee) AS fees,
                MAX(filled_at) AS last_fill_at
            FROM fills GROUP BY account_id, strategy, symbol
        )
        WHERE ABS(quantity) > 1e-12 * turnover;
        """
    )
