"""Two running products, each shared by the tests that can share it.

A start costs four seconds of a processor. Tests stay apart by people and symbols: each takes
somebody new, with an account of their own, and moves only prices that no other test relies on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.world import MODEL_KEY, World, world


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The product with its own limits."""
    async with world(tmp_path_factory.mktemp("town"), QUESTION_SECONDS="20") as running:
        yield running
        _logged_nothing_bad(running)


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def wild_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The product with caps out of the way, far stops, and little time for everything."""
    async with world(
        tmp_path_factory.mktemp("wild"),
        QUESTION_SECONDS="5",
        PROPOSAL_SECONDS="5",
        MAX_ORDER_FRACTION="1",
        MAX_SYMBOL_FRACTION="1",
        MAX_LOSS_FRACTION="1",
        DAILY_LOSS_LIMIT="1",
        STOP_FRACTION="0.5",
        TARGET_FRACTION="0.5",
    ) as running:
        yield running
        _logged_nothing_bad(running)


def _logged_nothing_bad(town: World) -> None:
    """Whatever the tests did to it, the product met no surprise and told no secret."""
    log = "\n".join(town.product.logged)
    assert "Traceback" not in log, log
    for secret in (town.telegram.token, MODEL_KEY):
        assert secret not in log
