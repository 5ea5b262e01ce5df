"""What it costs to make a side of topic `replay` ready, in a process that has done nothing else.

Ours runs the function on Values and compiles what it recorded; CasADi builds its expressions and
their derivatives; JAX traces and compiles; PyTorch has only its tensors to make. Each makes its
first step too. The frameworks are imported, and the data drawn, before the clock starts.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from time import perf_counter

from benchmarks.memory import resident_bytes
from benchmarks.peers import RECURSION_LIMIT
from benchmarks.vectorised import SIDES


@dataclass(frozen=True)
class Preparation:
    """Seconds, and the resident bytes that were added: afterwards, and at the peak.

    The bytes are None where the system gives no account of a process.
    """

    seconds: float
    held: int | None
    peak: int | None


def prepare_in_new_process(workload: str, side: str, size: int) -> Preparation:
    """Make a side of `SIDES` ready, elsewhere."""
    command = [sys.executable, "-m", "benchmarks.preparing", workload, side, str(size)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Preparation(**json.loads(answer.stdout))


def measure_preparation(workload: str, side: str, size: int) -> Preparation:
    """The same in this process."""
    made = SIDES[workload][side](size)
    gc.collect()
    before = resident_bytes("VmRSS")
    start = perf_counter()
    prepared = made.prepare()
    seconds = perf_counter() - start
    gc.collect()
    held, peak = resident_bytes("VmRSS"), resident_bytes("VmHWM")
    del prepared
    if before is None or held is None or peak is None:
        return Preparation(seconds, None, None)
    return Preparation(seconds, held - before, peak - before)


if __name__ == "__main__":
    sys.setrecursionlimit(RECURSION_LIMIT)
    print(json.dumps(asdict(measure_preparation(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
