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


def test_ten_thousand_steps_reach_what_others_compute_and_by_the_slip_what_he_prints():
    right = mazur.after_steps(10000)
    assert right["E"] == pytest.approx(3.51019e-5, abs=5e-11)
    assert right["out_o1"] == pytest.approx(0.0159136204, abs=5e-10)
    assert right["out_o2"] == pytest.approx(0.9840642735, abs=5e-10)
    slipped = mazur.after_steps(10000, mazur.step_overwriting)
    assert slipped["out_o1"] == pytest.approx(0.015912196, abs=5e-9)
    assert slipped["out_o2"] == pytest.approx(0.984065734, abs=5e-9)


@pytest.mark.draws
def test_it_prints_the_step_and_the_slip(output, tmp_path):
    printed = output("mazur")
    assert "w5         0.4     0.082167  0.358916" in printed
    assert "E = 0.291027774" in printed
    assert "0.000668396 - 0.000229828" in printed
    assert [path.name for path in tmp_path.iterdir()] == ["mazur.png"]
