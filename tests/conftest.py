"""What holds for all tests: hypothesis has no deadlines.

A quick run tries the same examples each time, so that it says the same of the same code on every
machine; new examples are looked for in the deep run.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.depth import DEEP

slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("quick", deadline=None, suppress_health_check=slow, derandomize=True)
settings.register_profile(
    "deep", deadline=None, suppress_health_check=slow, max_examples=1_000, database=None
)
settings.load_profile("deep" if DEEP else "quick")
