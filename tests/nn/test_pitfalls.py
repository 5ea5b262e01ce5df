"""Mistakes that layers and optimisers of this kind make, by number (52-57): each is a test."""

from pathlib import Path

import pytest

#: Where each is tested.
WHERE = {
    52: "test_perceptron.py::test_inputs_of_the_wrong_length_are_an_error",
    53: "test_perceptron.py::test_a_lone_output_is_a_value_and_several_are_a_list",
    54: "test_perceptron.py::test_numpy_rows_go_in_and_floats_come_out",
    55: "test_init.py::test_one_seed_gives_these_weights_on_every_platform",
    56: "test_module.py::test_a_shared_module_is_listed_once_but_saved_under_both_names",
    57: "test_optim.py::test_the_step_counter_survives_loading",
}


def test_every_number_from_52_to_57_is_a_test():
    assert sorted(WHERE) == list(range(52, 58))


@pytest.mark.parametrize("number", WHERE)
def test_what_is_said_to_be_elsewhere_is_there(number):
    file, _, name = WHERE[number].partition("::")
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    assert f"def {name}(" in text
