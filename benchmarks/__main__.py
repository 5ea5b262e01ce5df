"""`python -m benchmarks TOPIC ...`: one module a topic, imported only when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module

#: Each is the module of that name here, with a `main(arguments) -> exit status`.
TOPICS = {
    "eager": "forward and backward, against micrograd and a slots-and-tuples node",
    "exactness": "every operation and its derivatives against mpmath, in ulps",
    "nn": "layers and training: micrograd's demo, digits, XOR",
    "replay": "recorded programs, against CasADi, JAX and PyTorch",
    "viz": "steps, pictures and imports, against micrograd, dot and rich",
}


def usage() -> str:
    """How to call this, with one line a topic."""
    width = max(len(topic) for topic in TOPICS)
    lines = [f"  {topic:{width}}  {content}" for topic, content in TOPICS.items()]
    return "\n".join(
        ["usage: python -m benchmarks TOPIC [options]   (TOPIC --help lists the options)", *lines]
    )


def main(arguments: list[str]) -> int:
    """Run the topic that the first argument names; 2 if there is none of that name."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(usage())
        return 0
    if not arguments or arguments[0] not in TOPICS:
        if arguments:
            print(f"there is no topic {arguments[0]!r}", file=sys.stderr)
        print(usage(), file=sys.stderr)
        return 2
    status: int = import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
