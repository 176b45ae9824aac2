"""Benchmarks. The package sets how many threads numpy's products take before numpy is imported."""

import jazzassist as jazzassist
