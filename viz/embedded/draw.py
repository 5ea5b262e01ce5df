"""Lays out and draws one graph with the Graphviz inside `pygraphviz`.

Run as a program of its own: DOT text comes in on standard input, the picture goes out on standard
output. Graphviz may hang or crash, and then takes only this process with it. This file stands alone
in its folder so that no other file can come between it and the modules it imports.
"""

import sys

CANNOT_IMPORT = 3


def main() -> int:
    """Draw the graph; the exit status is 0, or 3 where pygraphviz does not work here."""
    output_format, dpi = sys.argv[1], sys.argv[2]
    try:
        import pygraphviz
    except Exception as error:
        print(f"pygraphviz cannot be imported: {error}", file=sys.stderr)
        return CANNOT_IMPORT
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
    if output_format == "png":
        graph.graph_attr["dpi"] = dpi
    sys.stdout.buffer.write(graph.draw(format=output_format, prog="dot"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
