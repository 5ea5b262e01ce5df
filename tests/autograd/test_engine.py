"""The engine: operators, the graph as data, the backward pass."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from autograd import Value, exp, ieee, ln, maximum, no_grad, relu, scope, sqrt


def gradients(root, *leaves):
    root.backward()
    return [leaf.grad for leaf in leaves]


# ---- operators ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "value", "gradient"),
    [
        (lambda x: x + 3, 5, 1),
        (lambda x: 3 + x, 5, 1),
        (lambda x: x - 3, -1, 1),
        (lambda x: 3 - x, 1, -1),
        (lambda x: x * 3, 6, 3),
        (lambda x: 3 * x, 6, 3),
        (lambda x: x / 4, 0.5, 0.25),
        (lambda x: 4 / x, 2, -1),  # -4/x^2
        (lambda x: x**3, 8, 12),  # 3 x^2
        (lambda x: 3**x, 9, 9 * math.log(3)),
        (lambda x: -x, -2, -1),
        (lambda x: +x, 2, 1),
        (lambda x: abs(-x), 2, 1),
    ],
)
def test_operator_with_a_number_on_either_side(make, value, gradient):
    x = Value(2.0)
    root = make(x)
    assert root.data == value
    assert gradients(root, x) == pytest.approx([gradient], rel=1e-15)


def test_value_to_the_power_of_a_value():
    x, y = Value(2.0), Value(3.0)
    root = x**y
    assert root.data == 8
    # d/dx = y x^(y-1) = 12, d/dy = x^y ln x = 8 ln 2
    assert gradients(root, x, y) == pytest.approx([12, 8 * math.log(2)], rel=1e-15)


def test_each_slot_of_a_repeated_operand_counts():
    # By hand at a = 3: a+a: 2; a*a: 2a; a-a: 0; a/a: 0; a**a: a^a (ln a + 1)
    for make, right in [
        (lambda a: a + a, 2),
        (lambda a: a * a, 6),
        (lambda a: a - a, 0),
        (lambda a: a / a, 0),
        (lambda a: a**a, 27 * (math.log(3) + 1)),
        (lambda a: maximum(a, a), 1),
    ]:
        a = Value(3.0)
        assert gradients(make(a), a) == pytest.approx([right], rel=1e-15)


def test_augmented_assignment_leaves_an_alias_alone():
    a = Value(1.0)
    b = a
    a += 1
    assert (a.data, b.data) == (2, 1)
    assert gradients(a * 3, b) == [3]


def test_c_plus_equals_c_plus_one_builds_no_cycle():
    leaf = c = Value(1.0)
    c += c + 1
    assert c.data == 3
    assert gradients(c, leaf) == [2]


# ---- numbers ------------------------------------------------------------------------------------

NUMBERS = [
    2,
    True,
    Fraction(1, 2),
    Decimal("0.5"),
    np.float64(2),
    np.float32(2),
    np.int64(2),
    np.bool_(True),
    np.array(2.0),
]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: type(n).__name__)
def test_numbers_of_every_kind_stand_on_either_side_of_every_operator(number):
    v = Value(3.0)
    plain = float(number)
    for left, right in [(v, number), (number, v)]:
        a, b = (3.0, plain) if left is v else (plain, 3.0)
        for result, expected in [
            (left + right, a + b),
            (left - right, a - b),
            (left * right, a * b),
            (left / right, a / b),
            (left**right, a**b),
        ]:
            assert type(result) is Value
            assert type(result.data) is float
            assert result.data == expected
        assert (left < right) == (a < b)
        assert (left >= right) == (a >= b)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: type(n).__name__)
def test_data_and_grad_are_builtin_floats_also_after_assignment(number):
    v = Value(number)
    assert type(v.data) is float
    v.data = number
    v.grad = number
    assert type(v.data) is type(v.grad) is float
    assert v.data == v.grad == float(number)


@pytest.mark.parametrize(
    "wrong",
    [Value(1.0), "a", None, [1], 1 + 2j, np.array([1.0]), np.array("3"), ...],
    ids=repr,
)
def test_what_is_no_number_is_a_type_error_that_names_the_type(wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        Value(wrong)
    v = Value(1.0)
    with pytest.raises(TypeError, match=type(wrong).__name__):
        v.data = wrong


@pytest.mark.parametrize("wrong", ["x", None, [1]], ids=repr)
def test_an_operator_with_no_number_names_both_types(wrong):
    for operate in (lambda a, b: a + b, lambda a, b: a / b, lambda a, b: a**b, lambda a, b: a < b):
        with pytest.raises(TypeError, match=rf"Value.*{type(wrong).__name__}"):
            operate(Value(1.0), wrong)


def test_an_array_of_several_numbers_is_refused_not_turned_into_objects():
    for operate in (lambda a, b: a * b, lambda a, b: b * a):
        with pytest.raises(TypeError, match="Value"):
            operate(Value(1.0), np.array([1.0, 2.0]))


def test_another_class_gets_its_turn():
    class Other:
        def __radd__(self, left):
            return "other's radd"

        def __gt__(self, left):
            return "other's gt"

    assert Value(1.0) + Other() == "other's radd"
    assert (Value(1.0) < Other()) == "other's gt"


def test_int_data_does_not_grow_without_bounds():
    with pytest.raises(OverflowError):
        Value(10) ** 400
    with pytest.raises(OverflowError):
        Value(10**400)


def test_sum_max_min_sorted():
    a, b, c = Value(3.0), Value(1.0), Value(2.0)
    assert gradients(sum([a, b, c]), a, b, c) == [1, 1, 1]
    assert sum([]) == 0
    assert max([a, b, c]) is a
    assert min([a, b, c]) is b
    assert sorted([a, b, c]) == [b, c, a]


def test_equality_is_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert a != 1.0
    assert len({a, b}) == 2
    # Both must survive in the graph: d(ab)/da = b, d(ab)/db = a
    assert gradients(a * b, a, b) == [1, 1]


def test_bool_is_whether_the_data_is_not_zero():
    assert Value(0.5)
    assert not Value(0.0)


def test_a_label_of_another_kind_of_str_is_a_str():
    assert type(Value(1.0, label=np.str_("n")).label) is str
    assert repr(Value(1.0, label=np.str_("n"))) == "Value(data=1, label='n')"


@pytest.mark.parametrize("convert", [float, int, math.exp, complex])
def test_leaving_the_graph_by_accident_is_an_error_that_says_what_to_use(convert):
    with pytest.raises(TypeError, match=r"autograd\.exp\(v\).*v\.data"):
        convert(Value(1.0))


# ---- the graph as data --------------------------------------------------------------------------


def test_operands_parents_and_local_derivatives_are_in_written_order():
    x, y = Value(3.0), Value(2.0)
    node = x / y
    assert node.op == "div"
    assert node.operands == node.parents == (x, y)
    assert node.local_derivatives == (0.5, -0.75)  # 1/y, -x/y^2
    node = 2 - y
    assert node.operands == (2.0, y)
    assert node.parents == (y,)
    assert node.local_derivatives == (-1.0,)
    assert type(node.operands[0]) is float
    node = x * x
    assert node.parents == (x, x)
    assert x.operands == x.parents == x.local_derivatives == ()
    assert x.op == ""


def test_no_reference_to_the_graph_can_be_overwritten():
    node = Value(1.0) + 1
    for name in ("operands", "parents", "local_derivatives", "op", "has_grad"):
        with pytest.raises(AttributeError):
            setattr(node, name, ())


def test_an_unknown_attribute_cannot_be_written():
    with pytest.raises(AttributeError):
        Value(1.0).gard = 1


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("_prev", "parents"), ("_children", "operands"), ("_op", "op"), ("_backward", "local_deriv")],
)
def test_internals_of_other_engines_are_named_in_ours(theirs, ours):
    with pytest.raises(AttributeError, match=rf"'{theirs}'.*\.{ours}"):
        getattr(Value(1.0), theirs)


def test_labels_are_text():
    v = Value(1.0, label="a")
    assert v.label == "a"
    v.label = "b"
    assert v.label == "b"
    with pytest.raises(TypeError, match="int"):
        v.label = 3
    with pytest.raises(TypeError, match="NoneType"):
        Value(1.0, label=None)


def test_repr_shows_six_digits_and_the_gradient_once_there_is_one():
    v = Value(1 / 3, label="v")
    assert repr(v) == "Value(data=0.333333, label='v')"
    (v * 3).backward()
    assert repr(v) == "Value(data=0.333333, grad=3, label='v')"


# ---- backward -----------------------------------------------------------------------------------


def test_a_second_backward_starts_inner_nodes_afresh_and_accumulates_in_leaves():
    a, b, d = Value(3.0), Value(2.0), Value(1.0)
    s = a + b
    e = s * d
    assert gradients(e, a, b, d) == [1, 1, 5]
    assert gradients(e, a, b, d) == [2, 2, 10]
    assert s.grad == 1


def test_zeroed_leaves_get_the_first_gradients_again():
    a, b, d = Value(3.0), Value(2.0), Value(1.0)
    e = (a + b) * d
    e.backward()
    for leaf in (a, b, d):
        leaf.grad = 0
    assert gradients(e, a, b, d) == [1, 1, 5]


def test_a_shared_inner_node_waits_for_all_its_consumers():
    a = Value(1.0)
    b = a + a
    c = b + b
    assert gradients(c, a) == [4]


def test_sixty_doublings_are_exact_and_take_no_time():
    x = leaf = Value(1.0)
    for _ in range(60):
        x = x + x
    assert x.data == 2.0**60
    assert gradients(x, leaf) == [2.0**60]


def test_two_losses_on_one_trunk_add_up():
    a = Value(2.0)
    trunk = a * 3
    (trunk * 5).backward()
    (trunk * 7).backward()
    assert a.grad == 3 * 5 + 3 * 7


def test_backward_uses_what_the_forward_pass_recorded():
    a, b = Value(2.0), Value(3.0)
    product = a * b
    a.data = 100.0
    assert gradients(product, a, b) == [3, 2]


def test_backward_on_a_leaf_gives_it_the_seed():
    a = Value(2.0)
    a.backward()
    assert a.grad == 1
    a.backward(seed=0.5)
    assert a.grad == 1.5


def test_the_seed_scales_every_gradient():
    a = Value(2.0)
    (a * 3).backward(seed=-2)
    assert a.grad == -6
    with pytest.raises(TypeError, match="str"):
        (a * 3).backward("1")


def test_has_grad_is_false_until_a_pass_has_come_by_and_after_zeroing():
    a, unrelated = Value(0.0), Value(1.0)
    square = a * a
    assert not a.has_grad
    assert not square.has_grad
    square.backward()
    assert a.has_grad  # although the gradient is 0
    assert a.grad == 0.0
    assert square.has_grad
    assert not unrelated.has_grad
    a.grad = 0
    assert not a.has_grad


def test_a_chain_of_a_hundred_thousand_nodes():
    x = leaf = Value(1.0)
    for _ in range(100_000):
        x = x + 1
    assert gradients(x, leaf) == [1]
    del x, leaf


# ---- domain errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leave", "python", "words"),
    [
        (lambda v: ln(v(0)), lambda: math.log(0), r"ln(q) is defined for q > 0; here q = 0"),
        (lambda v: ln(v(-1)), lambda: math.log(-1), r"ln(q) is defined for q > 0; here q = -1"),
        (lambda v: sqrt(v(-1)), lambda: math.sqrt(-1), "sqrt(q) is defined for q >= 0"),
        (lambda v: 1 / v(0), lambda: 1 / 0, "1 / q is defined for q != 0; here q = 0"),
        (lambda v: v(0) ** -1, lambda: 0.0**-1, "q ** y is defined for q != 0 or y >= 0"),
        (lambda v: exp(v(1000)), lambda: math.exp(1000), "exp(q) is too large for a float"),
        (lambda v: v(10.0) ** 400, lambda: 10.0**400, "q ** y is too large"),
    ],
)
def test_leaving_the_domain_raises_what_python_raises_and_names_the_node(leave, python, words):
    with pytest.raises((ValueError, ArithmeticError)) as ours:
        leave(lambda number: Value(number, label="q"))
    with pytest.raises((ValueError, ArithmeticError)) as pythons:
        python()
    assert ours.type is pythons.type
    assert words in str(ours.value)


def test_a_label_that_is_also_a_rules_word_does_not_confuse_the_message():
    with pytest.raises(
        ZeroDivisionError, match=r"y / x2 is defined for x2 != 0; here y = 1, x2 = 0"
    ):
        Value(1.0, label="y") / 0


def test_a_number_of_which_the_domain_says_nothing_stands_as_it_is():
    with pytest.raises(ZeroDivisionError, match=r"^1 / x is defined for x != 0; here x = 0$"):
        1 / Value(0.0, label="x")
    with pytest.raises(OverflowError, match=r"^\(-2\) \* x is too large for a float; here x = 1e"):
        -2 * Value(1e308, label="x")


def test_a_root_of_a_negative_is_an_error_never_a_complex_number():
    with pytest.raises(ValueError, match="x = -2, y = 0.5"):
        Value(-2.0) ** 0.5


def test_plain_numbers_get_the_same_errors():
    with pytest.raises(ValueError, match=r"ln\(x\).*x = 0"):
        ln(0)
    assert ln(1) == 0.0
    assert type(exp(0)) is float


def test_an_infinite_derivative_of_a_good_value_is_recorded_and_reported_by_the_pass():
    x = Value(0.0, label="r")
    root = sqrt(x)
    assert root.data == 0
    assert root.local_derivatives == (math.inf,)
    with pytest.raises(ArithmeticError, match=r"gradient of 'r'.*sqrt.*inf"):
        root.backward()
    assert x.grad == math.inf  # the pass was finished first


def test_zero_times_infinity_in_the_chain_is_reported_at_the_node_where_it_arises():
    x = Value(0.0, label="x")
    with pytest.raises(ArithmeticError, match=r"gradient of 'x'.* nan"):
        (sqrt(x) ** 2).backward()  # 2 sqrt(x) * inf = 0 * inf


def test_ieee_turns_the_errors_off_in_value_and_gradient():
    with ieee():
        x = Value(0.0)
        assert (1 / x).data == math.inf
        assert ln(x).data == -math.inf
        assert math.isnan(ln(Value(-1.0)).data)
        assert exp(1000) == math.inf
        root = sqrt(x)
        root.backward()
        assert x.grad == math.inf
    with pytest.raises(ZeroDivisionError):
        1 / x


def test_input_that_is_not_finite_is_accepted_and_propagates():
    assert (Value(math.inf) + 1).data == math.inf
    assert math.isnan((Value(math.nan) * 2).data)
    assert math.isnan((Value(math.inf) - math.inf).data)


# ---- modes --------------------------------------------------------------------------------------


def test_no_grad_gives_values_without_a_graph():
    x = Value(3.0)
    with no_grad():
        y = relu(x * x) + maximum(x, 1)
    assert y.data == 12
    assert (y.operands, y.parents, y.op) == ((), (), "")
    assert (x * x).parents == (x, x)


def test_nodes_know_the_scope_that_made_them():
    with scope("mlp"):
        a = Value(1.0)
        with scope("layer1"):
            b = a + 1
    c = b + 1
    assert (a.scope, b.scope, c.scope) == ("mlp", "mlp.layer1", "")
    with pytest.raises(TypeError, match="int"), scope(3):
        pass
    with pytest.raises(ValueError, match="empty"), scope(""):
        pass


def test_modes_that_are_left_in_another_order_are_off_in_the_end():
    def inside(mode):
        with mode:
            yield

    for make in (no_grad, ieee, lambda: scope("s")):
        first, second = inside(make()), inside(make())
        next(first), next(second)
        first.close()
        second.close()
    with scope("other"):
        node = Value(1.0) + 1
        with pytest.raises(ZeroDivisionError):
            1 / Value(0.0)
    assert (node.op, node.scope) == ("add", "other")


def test_an_exception_leaves_every_mode():
    with pytest.raises(RuntimeError), no_grad(), scope("s"), ieee():
        raise RuntimeError
    node = Value(1.0) + 1
    assert node.op == "add"
    assert node.scope == ""
    with pytest.raises(ZeroDivisionError):
        1 / Value(0.0)


def test_a_value_is_formatted_as_its_number():
    loss = Value(2.0, label="loss") / 3
    assert f"{loss:.4f}" == "0.6667"
    assert f"{loss}" == "Value(data=0.666667)"
