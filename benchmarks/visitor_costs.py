"""What does a moving visitor cost whom no limit slows? The measurement of `system`, with few visitors.

Where more than some 1,000 move, ingest lets each send less often (docs/scaling.md), so one of a crowd costs
less. The sizes of sites are calculated from what one costs without that.
"""

from benchmarks.system import Load, benchmark

BENCHMARK = benchmark(
    Load(visitors=3_000, seconds=60, watched=6, slowed=False),
    "The same without limits that slow visitors",
    has_targets=False,
)
