"""What holds for all tests: hypothesis has no deadlines, and keeps nothing when it looks long."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.depth import DEEP

slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("quick", deadline=None, suppress_health_check=slow)
settings.register_profile("deep", settings.get_profile("quick"), max_examples=1_000, database=None)
settings.load_profile("deep" if DEEP else "quick")
