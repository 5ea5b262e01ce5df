"""Mazur's published numbers: mattmazur.com, "A Step by Step Backpropagation Example"."""

import pytest

from examples import mazur

WEIGHTS = {**mazur.HIDDEN, **mazur.OUTPUT}


def test_the_forward_pass_is_his():
    nodes = mazur.network(WEIGHTS)
    published = {"net_h1": 0.3775, "out_h1": 0.593269992, "out_h2": 0.596884378}
    published |= {"net_o1": 1.105905967, "out_o1": 0.75136507, "out_o2": 0.772928465}
    published |= {"E_o1": 0.274811083, "E_o2": 0.023560026, "E": 0.298371109}
    assert {name: nodes[name].data for name in published} == pytest.approx(published, abs=5e-9)


def test_his_gradients_and_weights_after_the_step():
    slopes = mazur.gradients(WEIGHTS)
    assert slopes["w5"] == pytest.approx(0.082167041, abs=5e-10)
    assert slopes["w1"] == pytest.approx(0.000438568, abs=5e-10)
    published = {"w1": 0.149780716, "w2": 0.19956143, "w3": 0.24975114, "w4": 0.29950229}
    published |= {"w5": 0.35891648, "w6": 0.408666186, "w7": 0.511301270, "w8": 0.561370121}
    assert mazur.step(WEIGHTS) == pytest.approx(published, abs=5e-9)


def test_the_error_that_he_prints_belongs_to_overwritten_weights():
    right, slipped = mazur.step(WEIGHTS), mazur.step_overwriting(WEIGHTS)
    assert mazur.error(right) == pytest.approx(0.29102777369359933, abs=1e-15)
    assert mazur.error(slipped) == pytest.approx(0.29102792390544, abs=1e-13)
    assert slipped["w1"] == pytest.approx(0.149817639, abs=5e-10)
    assert slipped["w4"] == pytest.approx(0.299576370, abs=5e-10)


def test_the_error_falls_with_the_steps():
    errors = [mazur.after_steps(count)["E"] for count in (0, 1, 10, 100)]
    assert errors == sorted(errors, reverse=True)
    assert errors[1] == pytest.approx(0.29102777369359933, abs=1e-15)


@pytest.mark.draws
def test_it_prints_the_step_the_slip_and_ten_thousand_steps(output, tmp_path):
    printed = output("mazur")
    assert "w5         0.4     0.082167  0.358916" in printed
    assert "E = 0.291027774" in printed
    assert "0.000668396 - 0.000229828" in printed
    # What others compute after 10000 steps; and, by the slip, what he prints.
    assert "10000  3.51019e-05  0.0159136  0.984064" in printed
    assert "overwriting again, which gives 0.015912196 and\n0.984065734." in printed
    assert [path.name for path in tmp_path.iterdir()] == ["mazur.png"]
