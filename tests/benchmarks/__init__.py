"""Measured speed: ``make bench``. Ratios from interleaved runs on one machine; no test asserts a duration."""
