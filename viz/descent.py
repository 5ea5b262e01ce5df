"""One step of gradient descent as a picture: every number before it and after it, side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from autograd import ieee
from autograd.engine import Value
from autograd.functions import FUNCTIONS
from autograd.graph import as_roots, node_names, topological_order
from autograd.graph_formulas import check_fresh
from autograd.modes import recording
from autograd.numbers import as_float, format_number
from viz.dot import chosen_drawing, empty_picture
from viz.dot_text import Writer
from viz.drawing import Box, set_of_parameters
from viz.emphasis import PLAIN
from viz.names import short
from viz.picture import Picture
from viz.styles import Paper, markup, step_box


def draw_step(
    root: Value,
    learning_rate: float = 0.1,
    format: str = "svg",
    rankdir: str = "LR",
    *,
    parameters: Iterable[str | Value] = (),
) -> Picture:
    """The picture of one step of gradient descent: w becomes w - learning_rate * d(root)/dw.

    Every box shows its value and gradient before the step and after it; what the step moves is
    red. The user's Values are neither moved nor given gradients: all is worked out on a copy.

    Args:
        root: the result that is to become smaller.
        learning_rate: the length of the step, in units of the gradient.
        format, rankdir: as `draw_dot`.
        parameters: the leaves that move, by label or as Values; if not given, those with a scope,
            and if there are none, all leaves.

    >>> x, y = Value(1.0, label="x"), Value(1.0, label="y")
    >>> "0.98" in draw_step(y**2 + (y - x) ** 2, 0.01).source  # y moves by -0.01 * 2
    True

    Raises:
        TypeError: if the root is not a Value, or the rate no number.
        ValueError: for an unknown format, direction or parameter; for data that were assigned after
            the expression was built; or if the graph is too large to be drawn.
    """
    picture = empty_picture(format, rankdir)
    if not isinstance(root, Value):
        as_roots(root)  # raises for what is no result at all
        raise TypeError("a step of descent makes one result smaller: call it with one Value")
    rate = as_float(learning_rate)
    moving = set_to_move(root, parameters)
    drawing = chosen_drawing([root], moving, collapse=())
    order = [box.value for box in drawing.boxes if box.value is not None]
    check_fresh(order)
    before = copied(order, {})
    after = copied(order, {leaf: leaf.data - rate * before[leaf].grad for leaf in moving})
    for box, node in zip(drawing.boxes, order, strict=True):
        box.grad = gradient(before[node])
    writer = StepWriter(Paper(), PLAIN, False, False, after=after, moving=set(moving))
    picture.body.extend(writer.lines(drawing))
    picture.drawn = (len(drawing.boxes), drawing.arrow_count)
    name = short(drawing.boxes[-1].name)
    picture.graph_attr.update(
        labelloc="t",
        label='<<table border="0" cellborder="0" cellpadding="8"><tr><td>'
        f"one step of gradient descent, learning rate {format_number(rate)}: {markup(name)} "
        f"from {format_number(root.data)} to {format_number(after[root].data)}</td></tr></table>>",
    )
    return picture


def set_to_move(root: Value, parameters: Iterable[str | Value]) -> list[Value]:
    """The leaves that a step moves, in topological order."""
    names = node_names(topological_order(root))
    found = [node for node in names if not node.op]
    named = set_of_parameters(names, parameters)
    return (
        [leaf for leaf in found if leaf in named] or [leaf for leaf in found if leaf.scope] or found
    )


def copied(order: list[Value], data: Mapping[Value, float]) -> dict[Value, Value]:
    """The graph computed once more with other data for some leaves, with its own gradients.

    What leaves the domain is inf or nan.
    """
    twins: dict[Value, Value] = {}
    with recording(), ieee():
        for node in order:
            if node.op:
                operands = [twins[x] if isinstance(x, Value) else x for x in node.operands]
                twins[node] = FUNCTIONS[node.op](*operands)
            else:
                twins[node] = Value(data.get(node, node.data))
        twins[order[-1]].backward()
    return twins


def gradient(node: Value) -> float | None:
    """The gradient, if a backward pass has reached the node."""
    return node.grad if node.has_grad else None


@dataclass(frozen=True)
class StepWriter(Writer):
    """Writes boxes with their numbers before and after a step.

    Attributes:
        after: the graph after the step, by the nodes of the graph before it.
        moving: the leaves that the step moves.
    """

    after: Mapping[Value, Value] = field(default_factory=dict)
    moving: Collection[Value] = ()

    def box_label(self, box: Box) -> str:
        """Value and gradient in two columns."""
        assert box.value is not None
        after = self.after[box.value]
        moves = box.value in self.moving
        return step_box(box, self.look.of_box(box), after.data, gradient(after), moves)
