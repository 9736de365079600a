"""Laws are tried sixty times, on machines of any speed."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("certs", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("certs")
