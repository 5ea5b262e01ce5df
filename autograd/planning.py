"""From a flat graph to a program: what is to be computed, in which order, and from which slots.

`plan` keeps the order of the eager engine and so its numbers, to the last bit. `optimised_plan`
groups what can be computed side by side: nodes of one operation that are equally far from the
sources. They get neighbouring slots, so that whole groups read their operands at a constant step.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import cython

from autograd.flat_graph import FlatGraph, eager_order
from autograd.program import CALL, DOT, GATHER, MAP, PICK, PLAIN, ROW, SCALARS, Program
from autograd.registry import built_in_count, entry, slot_counts
from autograd.simplify import Sums, count_uses, find_sums, share

if cython.compiled:
    from cython.cimports.autograd.memory import bytes_of, ints_of
else:
    from autograd._cython import bytes_of, ints_of

ADD = entry("add").code
MUL = entry("mul").code
BUILT_IN = built_in_count()
#: Stands for the code of a sum of products.
SUM = -1

#: So many numbers does the processor fetch at once.
CACHE_LINE = 8

#: A group of fewer nodes than this is computed one by one.
SMALLEST_GROUP = 4
#: A run of operands at a constant step is worth an instruction of its own from here on.
SHORTEST_RUN = 8


class Writer:
    """The instructions as they are written, and where everything is.

    Attributes:
        slot: for each node of the graph, where its number is; -1 before it has a place.
        next_slot, next_derivative: the first places that are free.
    """

    def __init__(self, count: int) -> None:
        self.words = array("i")
        self.offsets = array("i", [0])
        self.slot = array("i", [-1]) * count
        self.next_slot = 0
        self.next_derivative = 0
        self.widest = 1
        self.calls_python = False
        self.open_scalars = -1  # where the head of the SCALARS is that can still grow

    def place(self, node: int) -> int:
        """The next free slot, for this node."""
        self.slot[node] = self.next_slot
        self.next_slot += 1
        return self.next_slot - 1

    def begin(self, kind: int, *head: int) -> None:
        """A new instruction."""
        self.end_scalars()
        self.words.append(kind)
        self.words.extend(head)

    def end(self) -> None:
        """The instruction is whole."""
        self.offsets.append(len(self.words))

    def end_scalars(self) -> None:
        """No more are to be added to those that are open."""
        if self.open_scalars >= 0:
            self.open_scalars = -1
            self.end()

    def derivatives(self, code: int, count: int) -> int:
        """Places for the local derivatives of some nodes of one operation, of `count` in all."""
        first = self.next_derivative
        if code not in PLAIN:
            self.next_derivative += count
        return first

    def scalar(self, node: int, code: int, x: int, y: int) -> None:
        """One node of one or two operands, given by their slots."""
        if self.open_scalars < 0:
            self.open_scalars = len(self.words)
            self.words.extend((SCALARS, 0, self.next_slot, self.next_derivative))
        self.words[self.open_scalars + 1] += 1
        self.words.extend((code, x, y))
        self.place(node)
        self.derivatives(code, ARITY[code])

    def row(self, nodes: Sequence[int], code: int, operands: Sequence[Sequence[int]]) -> None:
        """Nodes of one operation with any number of operands, given by their slots."""
        width = len(operands[0])
        kind = ROW if code < BUILT_IN else CALL
        first = self.derivatives(code, width * len(nodes))
        self.begin(kind, code, len(nodes), width, self.next_slot, first)
        for node, slots in zip(nodes, operands, strict=True):
            self.place(node)
            self.words.extend(slots)
        self.end()
        self.widest = max(self.widest, width)
        self.calls_python |= kind == CALL


#: How many operands a node of each of our operations has in slots; 0 if they are in a row.
ARITY = slot_counts()


def sources(graph: FlatGraph, used: Sequence[int]) -> tuple[list[int], list[int]]:
    """The constants and the parameters among the used nodes, each in the order of first use."""
    found: list[list[int]] = [[], []]
    met = bytearray(graph.count)
    nodes = array("i", used)
    sort_sources(
        len(nodes),
        ints_of(nodes),
        graph.inputs,
        graph.count,
        ints_of(graph.codes),
        bytes_of(graph.is_constant),
        bytes_of(met),
        found,
    )
    return found[0], found[1]


def sort_sources(
    count: int,
    nodes: array[int],
    inputs: int,
    recorded: int,
    codes: array[int],
    is_constant: bytearray,
    met: bytearray,
    found: list[list[int]],
) -> None:
    """The loop of `sources`. Nodes that were not recorded are none."""
    for place in range(count):
        node = nodes[place]
        if node < recorded and codes[node] == 0 and not met[node]:
            met[node] = 1
            if is_constant[node]:
                found[0].append(node)
            elif node >= inputs:
                found[1].append(node)


# ---- in the order of the eager engine -----------------------------------------------------------


def plan(
    graph: FlatGraph, results: Sequence[int], guards: Sequence[tuple[int, int, int, int]]
) -> Program:
    """The program that computes what the eager engine computes, in its order.

    Args:
        graph: what was recorded.
        results: the nodes of the results.
        guards: the comparisons: relation, two nodes, outcome.
    """
    ordered: list[int] = []
    if len(results) == 1:
        ordered = eager_order(graph, results[0])
    is_ordered = bytearray(graph.count)
    for node in ordered:
        is_ordered[node] = 1
    # What does not lead to the result can still leave its domain, so it is computed too.
    dead = [i for i in range(graph.count) if graph.codes[i] != 0 and not is_ordered[i]]
    first_dead = dead[:1]
    used = [*graph.operands, *results, *[node for guard in guards for node in guard[1:3]]]
    constants, parameters = sources(graph, used)
    writer = Writer(graph.count)
    for node in [*constants, *parameters, *range(graph.inputs)]:
        writer.place(node)
    slot, starts, operands = writer.slot, graph.starts, graph.operands
    differentiable = 0
    for node in [*ordered, *dead]:  # the others never use a dead node
        if node in first_dead:
            writer.end_scalars()
            differentiable = len(writer.offsets) - 1
        code = graph.codes[node]
        slots = [slot[operand] for operand in operands[starts[node] : starts[node + 1]]]
        if code < BUILT_IN and ARITY[code]:
            writer.scalar(node, code, slots[0], slots[-1])
        else:
            writer.row([node], code, [slots])
    writer.end_scalars()
    program = finished(writer, graph, constants, parameters, results, guards, 0, 0, 0)
    if dead and len(results) == 1:  # of several results, each node may lead to one
        program.differentiable = differentiable
    return program


# ---- in groups ----------------------------------------------------------------------------------


class Operations:
    """What is left to compute, after sums of products have been found, as flat arrays.

    Operation i computes `node[i]` from `operands[starts[i]:starts[i + 1]]`; for a sum of products
    (code SUM) these are all left factors, then all right ones, and `bias[i]` is one more term.
    """

    def __init__(self, graph: FlatGraph, spare: int) -> None:
        count = graph.count + spare
        self.codes = array("i")
        self.node = array("i")
        self.starts = array("i", [0])
        self.operands = array("i")
        self.bias = array("i")
        self.level = array("i", bytes(4 * count))
        self.varies = bytearray(count)
        self.is_constant = graph.is_constant + bytearray(spare)
        self.next_node = graph.count
        for node in range(graph.inputs):
            self.varies[node] = 1

    def add(self, node: int, code: int, operands: Sequence[int], bias: int = -1) -> int:
        """One more; its operands are known by now."""
        add_operation(self, node, code, operands, bias, ints_of(self.level), bytes_of(self.varies))
        return node

    def fresh(self) -> int:
        """A node of our own, that was not recorded."""
        self.next_node += 1
        return self.next_node - 1

    def add_sum(self, node: int, factors: Sequence[int], terms: list[int], one: int) -> None:
        """A sum of products and plain terms, split so that each part reads one kind of operands.

        Products of two numbers that are the same for all samples become one term; where some of
        the others are of two that vary, and some of one, these are two sums.
        """
        varies = self.varies
        pairs: list[list[int]] = [[], [], [], []]  # by how many of the two vary
        for place in range(0, len(factors), 2):
            x, y = factors[place], factors[place + 1]
            kind = varies[x] + varies[y]
            pairs[kind].extend((y, x) if kind == 1 and varies[x] else (x, y))
        kinds = [kind for kind in (0, 1, 2) if pairs[kind]]
        for kind in kinds[:-1]:
            fixed = [] if kind else [term for term in terms if not varies[term]][:1]
            for term in fixed:  # once, however often it stands there
                terms.remove(term)
            terms.insert(0, self.products(self.fresh(), pairs[kind], fixed))
        if not kinds:
            if len(terms) == 2:
                self.add(node, ADD, terms)
            else:
                self.add_plain_sum(node, terms, one)
            return
        if len(terms) <= 1:
            self.products(node, pairs[kinds[-1]], terms)
            return
        bias = next((term for term in terms if not varies[term]), terms[0])
        rest = list(terms)
        rest.remove(bias)
        part = self.products(self.fresh(), pairs[kinds[-1]], [bias])
        self.add_sum(node, [], [*rest, part], one)

    def add_plain_sum(self, node: int, terms: list[int], one: int) -> None:
        """A sum of plain terms: the products of each with 1."""
        fixed = [term for term in terms if not self.varies[term]]
        varying = [term for term in terms if self.varies[term]]
        if len(fixed) > 1 and varying:
            part = self.products(self.fresh(), interleaved(one, fixed), [])
            fixed = [part]
        if varying:
            self.products(node, interleaved(one, varying), fixed)
        else:
            self.products(node, interleaved(one, fixed), [])

    def products(self, node: int, factors: Sequence[int], bias: Sequence[int]) -> int:
        """A sum of products, with one more term or without."""
        operands = [*factors[::2], *factors[1::2]]
        return self.add(node, SUM, operands, bias[0] if bias else -1)


def interleaved(one: int, terms: list[int]) -> list[int]:
    """Terms as products with 1."""
    return [node for term in terms for node in (one, term)]


def add_operation(
    todo: Operations,
    node: int,
    code: int,
    operands: Sequence[int],
    bias: int,
    level: array[int],
    varies: bytearray,
) -> None:
    """Enter an operation, with what follows from its operands."""
    depth = 0
    is_varying = 0
    for operand in operands:
        if level[operand] > depth:
            depth = level[operand]
        if varies[operand]:
            is_varying = 1
    if bias >= 0:
        if level[bias] > depth:
            depth = level[bias]
        if varies[bias]:
            is_varying = 1
    level[node] = depth + 1
    varies[node] = is_varying
    todo.codes.append(code)
    todo.node.append(node)
    todo.operands.extend(operands)
    todo.starts.append(len(todo.operands))
    todo.bias.append(bias)


def optimised_plan(
    graph: FlatGraph, results: Sequence[int], guards: Sequence[tuple[int, int, int, int]]
) -> Program:
    """The program that computes the same but for rounding, as fast as we know how.

    Nodes that lead to no result are left out, and with them what is wrong with them.
    """
    recorded = graph.count
    one, minus_one = own_constant(graph, 1.0), own_constant(graph, -1.0)
    same = share(graph)
    results = [same[node] for node in results]
    guards = [(guard[0], same[guard[1]], same[guard[2]], guard[3]) for guard in guards]
    wanted = [*results, *[node for guard in guards for node in guard[1:3]]]
    uses = count_uses(graph, wanted)
    sums = find_sums(graph, uses, minus_one)
    todo = operations(graph, sums, uses, one)
    del same, uses, sums
    used = used_in_order(todo)
    used.extend(wanted)
    constants, parameters = sources(graph, used)
    writer = Writer(todo.next_node)
    for node in [*constants, *parameters]:
        writer.place(node)
    keys = group_keys(todo)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    place = 0
    while place < len(order) and not todo.varies[todo.node[order[place]]]:
        place = write_group(writer, todo, keys, order, place)
    writer.end_scalars()
    uniform_instructions = len(writer.offsets) - 1
    if graph.inputs:  # lanes begin at a cache line
        writer.next_slot = -(-writer.next_slot // CACHE_LINE) * CACHE_LINE
    uniform, uniform_derivatives = writer.next_slot, writer.next_derivative
    for node in range(graph.inputs):
        writer.place(node)
    while place < len(order):
        place = write_group(writer, todo, keys, order, place)
    writer.end_scalars()
    program = finished(
        writer,
        graph,
        constants,
        parameters,
        results,
        guards,
        uniform_instructions,
        uniform,
        uniform_derivatives,
    )
    program.nodes = recorded
    return program


def own_constant(graph: FlatGraph, number: float) -> int:
    """A constant that was not recorded."""
    graph.codes.append(0)
    graph.starts.append(len(graph.operands))
    graph.data.append(number)
    graph.is_constant.append(1)
    return graph.count - 1


def operations(graph: FlatGraph, sums: Sums, uses: array[int], one: int) -> Operations:
    """All that has to be computed, operands first."""
    todo = Operations(graph, 4 * (len(sums.factor_ends)))
    collect(
        todo,
        graph.count,
        ints_of(graph.codes),
        ints_of(graph.starts),
        graph.operands,
        ints_of(uses),
        bytes_of(sums.is_absorbed),
        ints_of(sums.place),
        sums,
        one,
    )
    return todo


def collect(
    todo: Operations,
    count: int,
    codes: array[int],
    starts: array[int],
    operands: array[int],
    uses: array[int],
    is_absorbed: bytearray,
    sum_place: array[int],
    sums: Sums,
    one: int,
) -> None:
    """The loop of `operations`."""
    for node in range(count):
        if codes[node] == 0 or uses[node] == 0 or is_absorbed[node]:
            continue
        place = sum_place[node]
        if place < 0:
            todo.add(node, codes[node], operands[starts[node] : starts[node + 1]])
        else:
            factors = sums.factors[sums.factor_ends[place] : sums.factor_ends[place + 1]]
            terms = sums.terms[sums.term_ends[place] : sums.term_ends[place + 1]]
            todo.add_sum(node, factors, list(terms), one)


def used_in_order(todo: Operations) -> array[int]:
    """The operands of all operations, one after the other, each one's bias after its own."""
    found = array("i")
    starts = todo.starts
    for i in range(len(todo.codes)):
        found.extend(todo.operands[starts[i] : starts[i + 1]])
        if todo.bias[i] >= 0:
            found.append(todo.bias[i])
    return found


def group_keys(todo: Operations) -> array[int]:
    """For each operation a number; equal ones belong together, lower ones are computed earlier.

    Whether it varies, its level, its code, how many operands it has, and for each side whether its
    operands vary and are constants.
    """
    keys = array("q")
    kinds: dict[tuple[int, int, int], int] = {}
    classify(
        todo,
        keys,
        kinds,
        ints_of(todo.codes),
        ints_of(todo.node),
        ints_of(todo.starts),
        ints_of(todo.operands),
        ints_of(todo.bias),
        ints_of(todo.level),
        bytes_of(todo.varies),
        bytes_of(todo.is_constant),
    )
    return keys


def classify(
    todo: Operations,
    keys: array[int],
    kinds: dict[tuple[int, int, int], int],
    codes: array[int],
    nodes: array[int],
    starts: array[int],
    operands: array[int],
    bias: array[int],
    level: array[int],
    varies: bytearray,
    is_constant: bytearray,
) -> None:
    """The loop of `group_keys`."""
    for i in range(len(todo.codes)):
        start = starts[i]
        end = starts[i + 1]
        half = (end - start) // 2 if codes[i] == SUM else 1
        sides = 1
        for place in range(start, end):
            if place == start + half or place == start:
                sides = 4 * sides + 3
            if varies[operands[place]] == 0:
                sides &= ~2
            if is_constant[operands[place]] == 0:
                sides &= ~1
        if bias[i] >= 0:
            sides = 4 * sides + 2 + varies[bias[i]]
        key = (codes[i], end - start, sides)
        kind = kinds.get(key)
        if kind is None:
            kind = kinds[key] = len(kinds)
        number = varies[nodes[i]]
        number = (number << 32) + level[nodes[i]]
        keys.append((number << 28) + kind)


def write_group(
    writer: Writer, todo: Operations, keys: array[int], order: list[int], place: int
) -> int:
    """Write the group that begins at this place of the order; returns where the next one begins."""
    end = place
    while end < len(order) and keys[order[end]] == keys[order[place]]:
        end += 1
    group = order[place:end]
    code = todo.codes[group[0]]
    arity = ARITY[code] if code != SUM and code < BUILT_IN else 0
    if code == SUM:
        write_sums(writer, todo, group)
    elif code >= BUILT_IN or arity not in (1, 2):
        slot, starts, operands = writer.slot, todo.starts, todo.operands
        writer.row(
            [todo.node[i] for i in group],
            code,
            [[slot[x] for x in operands[starts[i] : starts[i + 1]]] for i in group],
        )
    elif len(group) < SMALLEST_GROUP:
        for i in group:
            start = todo.starts[i]
            x = writer.slot[todo.operands[start]]
            y = writer.slot[todo.operands[start + arity - 1]]
            writer.scalar(todo.node[i], code, x, y)
    else:
        write_maps(writer, todo, group, code, arity)
    return end


def write_maps(writer: Writer, todo: Operations, group: list[int], code: int, arity: int) -> None:
    """Nodes of one operation: long runs at a constant step as MAP, the others as GATHER."""
    slot, starts, operands = writer.slot, todo.starts, todo.operands
    xs = array("i", [slot[operands[starts[i]]] for i in group])
    ys = array("i", [slot[operands[starts[i] + arity - 1]] for i in group])
    count = len(group)
    loose = 0  # where the nodes begin that are not written yet
    place = 0
    while place < count:
        end = end_of_run(ints_of(xs), ints_of(ys), place, count)
        if end - place >= SHORTEST_RUN or (place == loose and end == count):
            gather(writer, todo, group, code, arity, xs, ys, loose, place)
            x_step = xs[place + 1] - xs[place] if end - place > 1 else 0
            y_step = ys[place + 1] - ys[place] if end - place > 1 else 0
            first = writer.derivatives(code, arity * (end - place))
            head = (code, end - place, writer.next_slot, first, xs[place], x_step)
            writer.begin(MAP, *head, ys[place], y_step)
            writer.end()
            for i in range(place, end):
                writer.place(todo.node[group[i]])
            loose = end
        place = end
    gather(writer, todo, group, code, arity, xs, ys, loose, count)


def gather(
    writer: Writer,
    todo: Operations,
    group: list[int],
    code: int,
    arity: int,
    xs: array[int],
    ys: array[int],
    start: int,
    end: int,
) -> None:
    """Nodes of one operation whose operands may be anywhere."""
    if start == end:
        return
    first = writer.derivatives(code, arity * (end - start))
    writer.begin(GATHER, code, end - start, writer.next_slot, first)
    writer.words.extend(xs[start:end])
    if arity == 2:
        writer.words.extend(ys[start:end])
    writer.end()
    for i in range(start, end):
        writer.place(todo.node[group[i]])


def end_of_run(xs: array[int], ys: array[int], start: int, count: int) -> int:
    """Where the run ends, of pairs at a constant step, that begins at `start`."""
    end = start + 1
    if end < count:
        x_step = xs[end] - xs[start]
        y_step = ys[end] - ys[start]
        while end < count and xs[end] - xs[end - 1] == x_step and ys[end] - ys[end - 1] == y_step:
            end += 1
    return end


def write_sums(writer: Writer, todo: Operations, group: list[int]) -> None:
    """Sums of products of one length: blocks at constant steps as DOT, the others as PICK."""
    slot, starts, operands = writer.slot, todo.starts, todo.operands
    terms = (starts[group[0] + 1] - starts[group[0]]) // 2
    has_bias = todo.bias[group[0]] >= 0
    slots = array("i")
    firsts = array("i")  # of each: x, its step, y, its step, bias; a step of NONE if there is none
    for i in group:
        at = len(slots)
        slots.extend([slot[node] for node in operands[starts[i] : starts[i + 1]]])
        if has_bias:
            slots.append(slot[todo.bias[i]])
        firsts.append(slots[at])
        firsts.append(constant_step(ints_of(slots), at, terms))
        firsts.append(slots[at + terms])
        firsts.append(constant_step(ints_of(slots), at + terms, terms))
        firsts.append(slots[at + 2 * terms] if has_bias else -1)
    width = 2 * terms + has_bias
    count = len(group)
    loose = 0
    place = 0
    while place < count:
        end = end_of_block(ints_of(firsts), place, count)
        if end > place and (end - place) * terms >= SHORTEST_RUN:
            pick(writer, todo, group, slots, width, terms, has_bias, loose, place)
            steps = [0, 0, 0]
            if end - place > 1:
                steps = [firsts[5 * place + 5 + k] - firsts[5 * place + k] for k in (0, 2, 4)]
            x, x_step, y, y_step, bias = firsts[5 * place : 5 * place + 5].tolist()
            head = (end - place, terms, writer.next_slot, x, steps[0], x_step)
            writer.begin(DOT, *head, y, steps[1], y_step, bias, steps[2])
            writer.end()
            for i in range(place, end):
                writer.place(todo.node[group[i]])
            loose = end
        place = max(end, place + 1)
    pick(writer, todo, group, slots, width, terms, has_bias, loose, count)


def pick(
    writer: Writer,
    todo: Operations,
    group: list[int],
    slots: array[int],
    width: int,
    terms: int,
    has_bias: bool,
    start: int,
    end: int,
) -> None:
    """Sums of products whose operands may be anywhere."""
    if start == end:
        return
    writer.begin(PICK, end - start, terms, writer.next_slot, int(has_bias))
    writer.words.extend(slots[start * width : end * width])
    writer.end()
    for i in range(start, end):
        writer.place(todo.node[group[i]])


#: The step of what has no constant one.
NONE = -(1 << 30)


def constant_step(slots: array[int], start: int, count: int) -> int:
    """How far apart some slots are: their constant step, or NONE."""
    if count < 2:
        return 0
    step = slots[start + 1] - slots[start]
    for place in range(start + 2, start + count):
        if slots[place] - slots[place - 1] != step:
            return NONE
    return step


def end_of_block(firsts: array[int], start: int, count: int) -> int:
    """Where the block ends, of sums at constant steps, that begins at `start`; `start` if none."""
    at = 5 * start
    if firsts[at + 1] == NONE or firsts[at + 3] == NONE:
        return start
    end = start + 1
    while end < count:
        now = 5 * end
        if firsts[now + 1] != firsts[at + 1] or firsts[now + 3] != firsts[at + 3]:
            break
        if end > start + 1 and (
            firsts[now] - firsts[now - 5] != firsts[at + 5] - firsts[at]
            or firsts[now + 2] - firsts[now - 3] != firsts[at + 7] - firsts[at + 2]
            or firsts[now + 4] - firsts[now - 1] != firsts[at + 9] - firsts[at + 4]
        ):
            break
        end += 1
    return end


# ---- the end ------------------------------------------------------------------------------------


def finished(
    writer: Writer,
    graph: FlatGraph,
    constants: list[int],
    parameters: list[int],
    results: Sequence[int],
    guards: Sequence[tuple[int, int, int, int]],
    uniform_instructions: int,
    uniform: int,
    uniform_derivatives: int,
) -> Program:
    """The program that has been written."""
    slot = writer.slot
    return Program(
        words=writer.words,
        offsets=writer.offsets,
        uniform_instructions=uniform_instructions,
        constants=array("d", [graph.data[node] for node in constants]),
        parameters=[graph.parameters[node] for node in parameters],
        differentiable=len(writer.offsets) - 1,
        uniform=uniform or len(constants) + len(parameters),
        inputs=graph.inputs,
        slots=writer.next_slot,
        uniform_derivatives=uniform_derivatives,
        derivatives=writer.next_derivative,
        outputs=[slot[node] for node in results],
        guards=array(
            "i",
            [
                word
                for relation, left, right, outcome in guards
                for word in (relation, slot[left], slot[right], outcome)
            ],
        ),
        widest=writer.widest,
        nodes=graph.count,
        calls_python=writer.calls_python,
    )
