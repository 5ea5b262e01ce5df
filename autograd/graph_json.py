"""Graphs as JSON: a text that people can read, and that is believed only once it has been checked.

    {
     "format": "chalkgrad graph",
     "version": 1,
     "nodes": [
      {"data": 3.0, "label": "x"},
      {"op": "mul", "operands": [0, {"number": 2.0}], "data": 6.0, "local_derivatives": [2.0]}
     ],
     "root": 1,
     "sha256": "..."
    }

Every node stands behind its operands, which are given by their places in the list; `root` is the
last. A leaf has its data alone. Any node may have a `label`, a `scope`, a `source` (the line that
made it) and, once a backward pass has reached it, a `grad`. There is one local derivative for each
operand that is a node. Numbers are written so that they are read back exactly; "nan", "inf" and
"-inf" are written as text. `sha256` may be left out; it is the SHA-256 of `{"nodes": ...,
"root": ...}` as JSON with sorted keys, no spaces and ASCII characters alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from typing import Any

from autograd.engine import Value, restored_node
from autograd.graph import kind, node_names, topological_order
from autograd.graph_formulas import agree, check_fresh, recomputed
from autograd.registry import BY_NAME

FORMAT = "chalkgrad graph"
VERSION = 1
DOCUMENT_KEYS = ("format", "version", "nodes", "root")
NOTE_KEYS = ("label", "scope", "source")
LEAF_KEYS = ("data",)
INNER_KEYS = ("op", "operands", "data", "local_derivatives")
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class GraphFormatError(ValueError):
    """A text that is no graph; the message names the node and the key at fault."""


# ---- writing ------------------------------------------------------------------------------------


def to_json(root: Value) -> str:
    """The graph of `root` as JSON text, one line a node; the same text for the same graph.

    Raises:
        TypeError: if `root` is not one Value.
        ValueError: if data was assigned after the expression was built.

    >>> x = Value(3.0, label="x")
    >>> y = from_json(to_json(x * x))
    >>> y.backward()
    >>> y.data, y.parents[0].label, y.parents[0].grad
    (9.0, 'x', 6.0)
    """
    if not isinstance(root, Value):
        raise TypeError(f"a graph is written from its root, a Value, not from {kind(root)}")
    order = topological_order(root)
    check_fresh(order, node_names(order))
    index = {node: place for place, node in enumerate(order)}
    nodes = [node_record(node, index) for node in order]
    lines = ",\n".join([f"  {json.dumps(node, allow_nan=False)}" for node in nodes])
    return (
        f'{{\n "format": "{FORMAT}",\n "version": {VERSION},\n "nodes": [\n{lines}\n ],\n'
        f' "root": {len(nodes) - 1},\n "sha256": "{checksum(nodes, len(nodes) - 1)}"\n}}\n'
    )


def node_record(node: Value, index: dict[Value, int]) -> dict[str, Any]:
    """What is written of a node."""
    record: dict[str, Any] = {}
    if node.op:
        record["op"] = node.op
        record["operands"] = [
            index[operand] if isinstance(operand, Value) else {"number": written(operand)}
            for operand in node.operands
        ]
    record["data"] = written(node.data)
    if node.op:
        record["local_derivatives"] = [written(number) for number in node.local_derivatives]
    record.update({key: getattr(node, key) for key in NOTE_KEYS if getattr(node, key)})
    if node.has_grad:
        record["grad"] = written(node.grad)
    return record


def written(number: float) -> float | str:
    """A number as JSON has it: what is not finite is a word."""
    return number if math.isfinite(number) else str(number)


def checksum(nodes: object, root: object) -> str:
    """The SHA-256 of what the document says, however it is laid out."""
    canonical = json.dumps({"nodes": nodes, "root": root}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


# ---- reading ------------------------------------------------------------------------------------


def from_json(text: str) -> Value:
    """The root of the graph that `to_json` wrote; all of the text is checked before it is built.

    Each operation is run once more on its operands' data: a value or a local derivative that
    differs by more than 1e-9 of itself is an error, as is every other damage.

    Raises:
        TypeError: if `text` is not a str.
        GraphFormatError: a ValueError, if the text is not such a graph; for example if it has an
            operation that is not in the table, one of a user's own that has to be entered first.
    """
    if not isinstance(text, str):
        raise TypeError(f"a graph is read from a str, not from {type(text).__name__}")
    document = read_document(text)
    nodes, root = document["nodes"], document["root"]
    for place, record in enumerate(nodes):
        check_record(record, place)
    check_root(nodes, root)
    if "sha256" in document and document["sha256"] != checksum(nodes, root):
        raise GraphFormatError("the text was changed: its sha256 does not fit its nodes and root")
    return built(nodes)


def read_document(text: str) -> dict[str, Any]:
    """The text as a JSON object with the keys of a document, of the right format and version."""
    try:
        document: dict[str, Any] = json.loads(
            text,
            parse_int=whole_number,
            parse_constant=refuse_constant,
            object_pairs_hook=object_without_duplicates,
        )
    except json.JSONDecodeError as error:
        raise GraphFormatError(f"this is not JSON: {error}") from error
    except RecursionError:
        raise GraphFormatError("this is no graph: its brackets are nested too deeply") from None
    check_keys(document, DOCUMENT_KEYS, ("sha256",), "the document")
    if document["format"] != FORMAT:
        raise GraphFormatError(f"the format is {shown(document['format'])}, not {FORMAT!r}")
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise GraphFormatError(
            f"the version is {shown(document['version'])}; this program reads version {VERSION}"
        )
    if not isinstance(document["nodes"], list) or not document["nodes"]:
        raise GraphFormatError(f"nodes must be a list of nodes, not {shown(document['nodes'])}")
    return document


def whole_number(digits: str) -> int | float:
    """An int, or a float where there are more digits than any place in a list has."""
    return int(digits) if len(digits) < 18 else float(digits)


def refuse_constant(name: str) -> None:
    """NaN and Infinity are not JSON, though Python reads them."""
    raise GraphFormatError(f'{name} is not JSON; write "nan", "inf" or "-inf"')


def object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object each of whose keys stands there once."""
    record = dict(pairs)
    if len(record) < len(pairs):
        key, times = Counter([key for key, _ in pairs]).most_common(1)[0]
        raise GraphFormatError(f"the key {shown(key)} stands {times} times in one object")
    return record


def check_keys(
    record: object, required: tuple[str, ...], optional: tuple[str, ...], where: str
) -> None:
    """The record is an object that has all required keys, and none besides the optional ones."""
    if not isinstance(record, dict):
        raise GraphFormatError(f"{where} must be an object, not {shown(record)}")
    for key in required:
        if key not in record:
            raise GraphFormatError(f"{where} has no {key!r}")
    for key in record:
        if key not in required and key not in optional:
            known = ", ".join([*required, *optional])
            raise GraphFormatError(f"{where} has the unknown key {shown(key)}; known are {known}")


def check_record(record: object, place: int) -> None:
    """A node has the right keys, each with a value of the right kind."""
    where = f"node {place}"
    is_inner = isinstance(record, dict) and "op" in record
    check_keys(record, INNER_KEYS if is_inner else LEAF_KEYS, (*NOTE_KEYS, "grad"), where)
    assert isinstance(record, dict)  # by check_keys
    for key in ("data", "grad"):
        if key in record:
            check_number(record[key], f"{where}, {key}")
    for key in NOTE_KEYS:
        if not isinstance(record.get(key, ""), str):
            raise GraphFormatError(f"{where}, {key}: must be text, not {shown(record[key])}")
    if is_inner:
        check_operation(record, place)


def check_operation(record: dict[str, Any], place: int) -> None:
    """An inner node has a known operation, with as many operands and derivatives as it takes."""
    where = f"node {place}"
    name, operands, derivatives = record["op"], record["operands"], record["local_derivatives"]
    if not isinstance(name, str) or name not in BY_NAME:
        raise GraphFormatError(
            f"{where}, op: there is no operation {shown(name)}; one of your own has to be entered "
            "before the graph is read"
        )
    for key in ("operands", "local_derivatives"):
        if not isinstance(record[key], list):
            raise GraphFormatError(f"{where}, {key}: must be a list, not {shown(record[key])}")
    for operand in operands:
        check_operand(operand, place)
    operation = BY_NAME[name]
    required = operation.arity - len(operation.defaults)
    if not operation.variadic and not required <= len(operands) <= operation.arity:
        wanted = ", ".join(operation.operands)
        raise GraphFormatError(
            f"{where}, operands: {name} takes {wanted}; there are {len(operands)}"
        )
    value_count = sum(isinstance(operand, int) for operand in operands)
    if value_count == 0:
        raise GraphFormatError(f"{where}, operands: at least one of them must be a node")
    if len(derivatives) != value_count:
        raise GraphFormatError(
            f"{where}, local_derivatives: there must be one for each operand that is a node, "
            f"{value_count} in all, not {len(derivatives)}"
        )
    for derivative in derivatives:
        check_number(derivative, f"{where}, local_derivatives")


def check_operand(operand: object, place: int) -> None:
    """An operand is the place of an earlier node, or an object with a number."""
    where = f"node {place}, operands"
    if type(operand) is int:
        if not 0 <= operand < place:
            raise GraphFormatError(f"{where}: {operand} is not the place of a node before it")
        return
    check_keys(operand, ("number",), (), f"{where}: what is not the place of a node")
    assert isinstance(operand, dict)  # by check_keys
    check_number(operand["number"], f"{where}, number")


def check_root(nodes: list[dict[str, Any]], root: object) -> None:
    """The root is a node, the last, and all the others are needed for it."""
    if type(root) is not int or root != len(nodes) - 1:
        raise GraphFormatError(
            f"root must be {len(nodes) - 1}, the place of the last node, not {shown(root)}"
        )
    used = {root}
    for record in nodes:
        used.update([operand for operand in record.get("operands", ()) if type(operand) is int])
    for place in range(len(nodes)):
        if place not in used:
            raise GraphFormatError(f"node {place}: the root does not depend on it")


def check_number(item: object, where: str) -> None:
    """The item is a finite number, or names one that is not."""
    is_number = type(item) in (int, float) and math.isfinite(item)  # type: ignore[arg-type]
    if not is_number and not (isinstance(item, str) and item in NOT_FINITE):
        raise GraphFormatError(
            f'{where}: must be a number, "nan", "inf" or "-inf", not {shown(item)}'
        )


def shown(item: object) -> str:
    """What was found instead, in short."""
    if isinstance(item, (list, dict)):
        return "a list" if isinstance(item, list) else "an object"
    words = json.dumps(item)
    return words if len(words) <= 40 else f"{words[:40]}..."


# ---- building -----------------------------------------------------------------------------------


def built(records: list[dict[str, Any]]) -> Value:
    """The last node of checked records; their numbers are compared with what the rules give."""
    nodes: list[Value] = []
    for place, record in enumerate(records):
        name = BY_NAME[record["op"]].name if "op" in record else ""
        operands = tuple(
            [
                nodes[item] if isinstance(item, int) else number_of(item["number"])
                for item in record.get("operands", ())
            ]
        )
        derivatives = tuple([number_of(item) for item in record.get("local_derivatives", ())])
        data, grad = number_of(record["data"]), number_of(record.get("grad", 0.0))
        if name:
            check_numbers(name, operands, data, derivatives, place)
        notes = [record.get(key, "") for key in NOTE_KEYS]
        node = restored_node(name, operands, derivatives, data, grad, "grad" in record, *notes)
        nodes.append(node)
    return nodes[-1]


def number_of(item: float | str) -> float:
    """The number that stands for itself or is named: "nan", "inf", "-inf"."""
    return NOT_FINITE[item] if isinstance(item, str) else float(item)


def check_numbers(
    name: str,
    operands: tuple[Value | float, ...],
    data: float,
    local_derivatives: tuple[float, ...],
    place: int,
) -> None:
    """A node's value and derivatives are those that its operation gives."""
    value, *derivatives = recomputed(name, operands)
    if not agree(data, value):
        raise GraphFormatError(f"node {place}, data: it is {data!r}, but {name} gives {value!r}")
    for given, right in zip(local_derivatives, derivatives, strict=True):
        if not agree(given, right):
            raise GraphFormatError(
                f"node {place}, local_derivatives: one is {given!r}, but {name} gives {right!r}"
            )
