"""Runs the benchmarks: `python -m tests.benchmarks [NAME...]`, one line per figure.

Every figure that is a speed is printed beside the thing it is compared with, measured in the same
run, and as the ratio of the two: absolute times do not carry from one machine to another.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.benchmarks as package


def main(names: list[str]) -> int:
    """Runs the named benchmarks (`open` for bench_open.py), or all of them."""
    modules = [module.name for module in pkgutil.iter_modules(package.__path__)]
    found = sorted(name.removeprefix("bench_") for name in modules if name.startswith("bench_"))
    unknown = set(names) - set(found)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(found)}", file=sys.stderr)
        return 2
    for name in names or found:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"tests.benchmarks.bench_{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
