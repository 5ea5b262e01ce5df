"""Nested lists as arrays: shapes, and what goes in from elsewhere."""

import re

import numpy as np
import pytest

from autograd import Value
from nn.arrays import along, along_last, as_lists, flat, mapped, nested, shape_of


def test_a_scalar_has_no_dimensions():
    assert shape_of(Value(1.0)) == shape_of(2) == shape_of(np.float32(2)) == ()


def test_shapes_are_lengths_from_the_outermost():
    assert shape_of([[[1, 2]], [[3, 4]], [[5, 6]]]) == (3, 1, 2)
    assert shape_of([]) == (0,)
    assert shape_of([[], []]) == (2, 0)


@pytest.mark.parametrize(
    ("ragged", "text"),
    [
        ([[1, 2], [3]], "entry 0 has length 2, but entry 1 has length 1"),
        ([[1], 2], "entry 0 has length 1, but entry 1 is a single number"),
        ([1, [2]], "entry 0 is a single number, but entry 1 has length 1"),
        ([[[1, 2]], [[1], [2]]], "entry 0 has shape (1, 2), but entry 1 has shape (2, 1)"),
    ],
)
def test_ragged_lists_are_an_error_with_both_lengths(ragged, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        shape_of(ragged)


def test_what_is_no_number_is_named():
    with pytest.raises(TypeError, match="not str"):
        shape_of(["1"])


def test_numpy_arrays_tuples_and_mixtures_become_lists_of_floats():
    for x in (
        np.array([[1, 2], [3, 4]], dtype=np.float32),
        ((1, 2), (3, 4)),
        [np.array([1, 2]), (3, 4)],
    ):
        assert as_lists(x) == [[1, 2], [3, 4]]
        assert not any(isinstance(number, np.generic) for number in flat(x))


def test_nested_undoes_flat():
    x = [[[1, 2, 3]], [[4, 5, 6]]]
    assert nested(flat(x), shape_of(x)) == x
    with pytest.raises(ValueError, match="5 values do not fill the shape"):
        nested([1, 2, 3, 4, 5], (2, 3))


def test_mapping_keeps_the_nesting():
    assert mapped(lambda x: -x, [[1], [2]]) == [[-1], [-2]]
    assert mapped(lambda x: -x, 3) == -3


def test_rows_are_found_at_any_depth():
    assert along_last(len, [[[1, 2], [3, 4]]]) == [[2, 2]]
    with pytest.raises(ValueError, match="single number"):
        along_last(len, 3.0)
    with pytest.raises(TypeError, match="a list of numbers, not list_iterator"):
        along_last(len, iter([1.0]))


@pytest.mark.parametrize("dim", [-3, -2, -1, 0, 1, 2])
def test_lines_along_any_dimension_as_in_numpy(dim):
    x = np.random.default_rng(0).integers(0, 100, (2, 3, 4))
    assert along(sorted, x, dim) == np.sort(x, axis=dim).tolist()


def test_a_dimension_that_is_not_there_is_an_error():
    with pytest.raises(IndexError, match="dim 2 is out of range for an array of 2 dimensions"):
        along(sorted, [[1]], 2)
