"""Bytes a node, in two ways that check each other.

`traced_bytes` counts what Python's allocators hand out while a graph is built: exact, and fit for
any engine. `resident_in_new_process` looks from outside, at the memory that the system gives to a
new process that builds one graph and runs backward over it; that counts everything, the lists of
the backward pass included, but means something for large graphs alone.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.networks import GRAPHS

#: Linux's accounts of this process (VmRSS: resident memory, VmHWM: its peak) and of the machine.
STATUS = Path("/proc/self/status")
MEMORY = Path("/proc/meminfo")


def traced_bytes(build: Callable[[], Any]) -> int:
    """The bytes that a graph holds after its forward pass, its nodes and all they own."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    root = build()
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del root
    gc.collect()
    return held


def available_bytes() -> int | None:
    """The memory that a new graph could take without swapping; None where nothing says so."""
    if not MEMORY.exists():
        return None
    return kibibytes(MEMORY, "MemAvailable") * 1024


def kibibytes(account: Path, field: str) -> int:
    """A line of one of Linux's accounts, such as "VmHWM:  10240 kB"."""
    for line in account.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise KeyError(f"{account} has no line {field!r}")


def resident_bytes(field: str) -> int | None:
    """Resident memory of this process now (VmRSS) or at its peak (VmHWM); None where the system
    gives no account of it."""
    return kibibytes(STATUS, field) * 1024 if STATUS.exists() else None


@dataclass(frozen=True)
class Resident:
    """Resident bytes that one graph added to a process, divided by its nodes."""

    after_forward: float
    peak: float


def resident_in_new_process(graph: str, size: int) -> Resident | None:
    """Build one of `networks.GRAPHS` in a process of its own and run backward over it.

    None where the system gives no account of a process (it is Linux that has /proc).
    """
    if not STATUS.exists():
        return None
    command = [sys.executable, "-m", "benchmarks.memory", graph, str(size)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Resident(**json.loads(answer.stdout))


def measure_resident(graph: str, size: int) -> Resident:
    """The same in this process, which should have done nothing else."""
    prepared = GRAPHS[graph](size)
    gc.collect()
    before = kibibytes(STATUS, "VmRSS") * 1024
    root = prepared.build()
    after_forward = kibibytes(STATUS, "VmRSS") * 1024 - before
    root.backward()
    peak = kibibytes(STATUS, "VmHWM") * 1024 - before
    return Resident(after_forward / prepared.nodes, peak / prepared.nodes)


if __name__ == "__main__":
    print(json.dumps(asdict(measure_resident(sys.argv[1], int(sys.argv[2])))))
