"""Measurements of the engine, as ratios: `python -m benchmarks TOPIC`, from the repository's root.

Milliseconds belong to one machine on one day. What carries over is a ratio of two things measured
in turn, in one process, on the same work; so that is what every topic here prints.
"""
