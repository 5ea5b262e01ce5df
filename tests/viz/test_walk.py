"""The walk as a state machine: where one stands, what is known there, and every move."""

import pytest

from autograd import Value, ieee, sqrt
from autograd.graph import topological_order
from examples.demo import relu_chain
from viz import steps
from viz.stepping import Backward
from viz.walking import COMMANDS, Walk


@pytest.fixture
def walk():
    """Twelve values, the seed (step 13), twelve contributions."""
    return Walk(steps(relu_chain()))


@pytest.fixture
def predicting():
    return Walk(steps(relu_chain()), predicting=True)


def node(walk, name):
    return walk.nodes[name]


def positions(walk, move):
    """Where a move leads, until it leads nowhere."""
    places = []
    while True:
        before = walk.position
        move()
        if walk.position == before:
            return places
        places.append(walk.position)


# ---- forward and back ---------------------------------------------------------------------------


def test_it_begins_at_the_first_input(walk):
    assert str(walk.step) == "x0 = 1"


def test_forward_visits_every_step_once_and_stops_at_the_last(walk):
    assert positions(walk, walk.forward) == list(range(1, 25))
    assert walk.message == "This is the last step."


def test_back_visits_them_in_reverse_and_stops_at_the_first(walk):
    walk.to_end()
    assert positions(walk, walk.back) == list(range(23, -1, -1))
    assert walk.message == "This is the first step."


def test_ten_at_a_time_stop_at_the_ends(walk):
    assert positions(walk, walk.page_forward) == [10, 20, 24]
    assert positions(walk, walk.page_back) == [14, 4, 0]


def test_the_backward_pass_begins_with_the_seed(walk):
    walk.to_backward()
    assert str(walk.step) == "dz/dz = 1"


# ---- what is known ------------------------------------------------------------------------------


def test_a_value_is_known_from_its_step_on_and_unknown_again_on_the_way_back(walk):
    z = node(walk, "z")
    walk.go(10)
    assert walk.value(z) is None
    walk.forward()
    assert walk.value(z) == pytest.approx(0.62, rel=1e-15)
    walk.back()
    assert walk.value(z) is None


def test_the_running_gradient_grows_share_by_share_and_shrinks_on_the_way_back(walk):
    x0 = node(walk, "x0")
    seen = []
    walk.to_backward()
    for _ in range(12):
        walk.forward()
        seen.append(walk.gradient(x0))
    first, second = pytest.approx(1.0, rel=1e-15), pytest.approx(0.94, rel=1e-15)
    assert seen == [None, None, *[first] * 8, *[second] * 2]
    walk.back()
    walk.back()
    assert walk.gradient(x0) == first


def test_at_the_end_all_is_as_backward_leaves_it():
    root = relu_chain()
    walk = Walk(steps(root))
    walk.to_end()
    root.backward()
    for each in topological_order(root):
        assert walk.value(each) == each.data
        assert walk.gradient(each) == each.grad


def test_the_shares_of_a_node_are_known_one_by_one(walk):
    x0 = node(walk, "x0")
    walk.go_to("16")  # yx sends 1
    assert [(s.step.source_name, s.is_known, s.is_current) for s in walk.shares_of(x0)] == [
        ("yx", True, True),
        ("xw0", False, False),
    ]
    assert walk.earlier() == []
    walk.next_change()
    assert [share.step.contribution for share in walk.shares_of(x0)] == pytest.approx([1, -0.06])
    assert [step.source_name for step in walk.earlier()] == ["yx"]


def test_an_operand_that_is_used_twice_by_one_node_gets_two_shares():
    x = Value(3.0, label="x")
    walk = Walk(steps(x * x))
    walk.to_end()
    assert [share.step.contribution for share in walk.shares_of(x)] == [3.0, 3.0]


def test_a_lone_input_is_two_steps():
    walk = Walk(steps(Value(3.0, label="x")))
    assert positions(walk, walk.forward) == [1]
    assert walk.gradient(walk.node) == 1.0


# ---- jumps --------------------------------------------------------------------------------------


def test_going_to_a_name_stays_in_the_same_pass(walk):
    walk.go_to("x1")
    assert str(walk.step).startswith("x1 = relu(xwb0)")
    walk.to_backward()
    walk.go_to(" x0 ")
    assert isinstance(walk.step, Backward)
    assert walk.step.source_name == "yx"


def test_going_to_a_number_counts_from_one(walk):
    walk.go_to("13")
    assert str(walk.step) == "dz/dz = 1"


def test_a_label_that_is_a_number_comes_before_the_number_of_a_step():
    walk = Walk(steps(Value(1.0, label="a") * Value(2.0, label="1")))
    walk.go_to("1")
    assert walk.step.name == "1"
    assert walk.position == 1


@pytest.mark.parametrize("number", ["0", "26", "9" * 5000])
def test_a_step_that_is_not_there_is_said_and_nothing_moves(walk, number):
    walk.go(5)
    walk.go_to(number)
    assert walk.position == 5
    assert walk.message.startswith("There is no step")
    assert walk.message.endswith("the steps are 1 to 25.")


def test_a_part_of_a_name_is_enough_if_one_node_has_it(walk):
    walk.go_to("wb")
    assert walk.step.name == "xwb0"


def test_an_unclear_name_is_asked_back(walk):
    walk.go_to("x")
    assert walk.position == 0
    assert walk.message == "There is no node x. Did you mean x0, xw0, xwb0?"
    walk.go_to("nobody")
    assert walk.message == "There is no node nobody."


def test_names_that_begin_with_a_text_come_before_those_that_hold_it(walk):
    assert walk.matches("w") == ["w0", "w1", "xw0", "xwb0", "xw1"]
    assert walk.matches("XW") == ["xw0", "xwb0", "xw1"]
    assert walk.matches("?") == []


def test_the_next_change_of_the_node_of_the_step(walk):
    walk.go_to("x0")
    assert positions(walk, walk.next_change) == [15, 23]
    assert walk.message == "Nothing changes x0 after this."
    assert positions(walk, walk.change_before) == [15, 0]
    assert walk.message == "Nothing changes x0 before this."


def test_the_next_change_of_a_watched_node_from_anywhere(walk):
    walk.go_to("w1")
    walk.toggle_watch()
    assert walk.message == "w1 is watched: n goes to its next change."
    walk.to_start()
    assert positions(walk, walk.next_change) == [6, 19]
    walk.toggle_watch()
    assert walk.message == "w1 is no longer watched."


def test_a_node_whose_value_is_zero_is_a_node_like_others():
    zero = Value(0.0, label="zero")
    walk = Walk(steps(zero * 2 + 1))
    walk.toggle_watch()
    walk.to_backward()
    walk.next_change()
    assert walk.node is zero


def test_a_message_is_gone_after_the_next_move(walk):
    walk.go_to("nobody")
    walk.forward()
    assert walk.message == ""


# ---- predicting ---------------------------------------------------------------------------------


def test_inputs_and_the_seed_are_not_asked_for(predicting):
    asked = []
    for position in range(25):
        predicting.go(position)
        if predicting.is_asking:
            asked.append(position)
    assert asked == [2, 4, 5, 7, 9, 10, 11, *range(13, 25)]


def test_what_is_undefined_is_not_asked_for():
    with ieee():
        root = sqrt(Value(0.0)) * 0  # 0 * inf in the last step
    walk = Walk(steps(root), predicting=True)
    walk.to_end()
    assert not walk.is_asking


def test_what_is_asked_for_is_not_known_yet(predicting):
    predicting.go_to("xw0")
    assert predicting.value(predicting.node) is None
    predicting.predict("0.3")
    assert predicting.value(predicting.node) == pytest.approx(0.3)


def test_a_running_gradient_that_is_asked_for_is_the_one_before(predicting):
    predicting.go(23)
    assert predicting.gradient(predicting.node) == 1.0
    predicting.predict("0.94")
    assert predicting.gradient(predicting.node) == pytest.approx(0.94)


def test_the_score_counts_right_wrong_and_given_up(predicting):
    predicting.go_to("xw0")
    predicting.predict("0.3")
    predicting.go_to("xwb0")
    predicting.predict("3")
    assert str(predicting.score) == "1 of 2 right"
    predicting.forward()
    predicting.forward()  # shows the step, without a prediction
    assert not predicting.is_asking
    assert str(predicting.score) == "1 of 2 right, 1 not tried"


def test_forward_first_shows_what_is_asked_for(predicting):
    predicting.go_to("xw0")
    predicting.forward()
    assert predicting.position == 2
    predicting.forward()
    assert predicting.position == 3


def test_a_step_is_asked_for_once_and_keeps_its_verdict(predicting):
    predicting.go_to("xw0")
    predicting.predict("-0.3")
    predicting.to_end()
    predicting.go(2)
    assert not predicting.is_asking
    assert "the sign is wrong" in str(predicting.verdict)
    assert predicting.score.wrong == 1


def test_what_cannot_be_read_is_asked_for_again_and_not_counted(predicting):
    predicting.go_to("xw0")
    with pytest.raises(ValueError, match="has the name"):
        predicting.predict("w0")
    assert predicting.is_asking
    assert predicting.score.wrong == 0


def test_a_forgotten_path_is_found_with_what_came_before(predicting):
    predicting.go(23)
    predicting.predict("-0.06")
    assert "over the edge yx → x0 is missing" in str(predicting.verdict)


def test_turning_it_on_asks_from_the_next_step_on_and_off_shows_again(walk):
    walk.go_to("xw0")
    walk.toggle_predicting()
    assert not walk.is_asking
    walk.go_to("xwb0")
    assert walk.is_asking
    walk.toggle_predicting()
    assert not walk.is_asking
    assert walk.value(walk.node) == 0.4


# ---- keys ---------------------------------------------------------------------------------------


def test_no_key_means_two_things():
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


def test_a_digit_begins_an_answer_where_one_is_asked_for_and_else_a_place(predicting):
    assert predicting.begun_by("7") == "place"
    assert predicting.begun_by("-") == ""
    predicting.go_to("xw0")
    assert predicting.begun_by("7") == predicting.begun_by("-") == "answer"
    assert predicting.begun_by("x") == ""


def test_actions_that_are_no_moves_are_left_to_the_view(walk):
    assert walk.perform("to_end")
    assert walk.position == 24
    views = [command.action for command in COMMANDS if not hasattr(Walk, command.action)]
    assert views == ["ask_place", "ask_answer", "toggle_help", "quit"]
    assert not any(walk.perform(action) for action in views)


def test_a_long_chain_is_walked_without_recursion():
    x = root = Value(1.0, label="x")
    for _ in range(20_000):
        root = root + x
    walk = Walk(steps(root))
    walk.to_end()
    assert walk.gradient(x) == 20_001.0
    walk.change_before()
    assert walk.gradient(x) == 20_000.0
