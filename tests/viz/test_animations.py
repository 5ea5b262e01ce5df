"""Frames and animations: one picture a step, in which nothing moves but the numbers."""

import builtins
import io
import itertools
import re
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

from autograd import Value, relu
from viz.animations import MOST_FRAMES, animation, frames, moments
from viz.dot import draw_dot
from viz.moments import LONGEST_CAPTION, at_moment, cut, text_width, with_caption, with_room
from viz.render import render
from viz.stepping import steps

pytestmark = pytest.mark.draws


def opened(file):
    return Image.open(io.BytesIO(file.read_bytes()))


def positions(source):
    """Where the boxes, operations and labels of a picture stand."""
    svg = ElementTree.fromstring(render(source, "svg"))
    places = {}
    for group in svg.iter("{http://www.w3.org/2000/svg}g"):
        title = group.findtext("{http://www.w3.org/2000/svg}title")
        if group.get("class") == "node":
            places[title] = [
                element.get("d") or element.get("y")
                for element in group
                if element.tag.endswith(("path", "text"))
            ]
    return svg.get("viewBox"), places


def words(source):
    """The words of each box and label, by name."""
    svg = ElementTree.fromstring(render(source, "svg"))
    return {
        group.findtext("{http://www.w3.org/2000/svg}title"): [
            " ".join((text.text or "").replace("\xa0", " ").split())
            for text in group.iter("{http://www.w3.org/2000/svg}text")
        ]
        for group in svg.iter("{http://www.w3.org/2000/svg}g")
    }


def test_a_frame_a_step_with_names_that_sort(lnexp, tmp_path):
    files = frames(lnexp, tmp_path / "new" / "folder", dpi=40)
    assert [file.name for file in files] == [f"step-{number:02}.png" for number in range(1, 15)]
    assert sorted(files) == files
    assert sorted((tmp_path / "new" / "folder").iterdir()) == files
    sizes = {opened(file).size for file in files}
    assert len(sizes) == 1


def test_frames_differ_and_only_where_the_step_is(lnexp, tmp_path):
    files = frames(lnexp, tmp_path, dpi=40)
    images = [opened(file).convert("RGB") for file in files]
    for first, second in itertools.pairwise(images):
        assert ImageChops.difference(first, second).getbbox() is not None
    # Step 1 is about x, at the top in the middle; y stands at the left, f at the right.
    left, _, right, _ = ImageChops.difference(images[0], images[1]).getbbox()
    assert left > images[0].width / 5
    assert right < images[0].width * 4 / 5


def moment_sources(root, seed=1.0):
    passed = steps(root, seed)
    known = list(moments(passed))
    source = draw_dot(root).source
    longest = {number for moment in known for number in (*moment.values, *moment.gradients)}
    source = with_room(source, max(map(text_width, longest)))
    width = max(text_width(line) for moment in known for line in moment.caption)
    return [with_caption(at_moment(source, x), x.caption, width) for x in known]


def test_everything_stands_in_the_same_place_in_all_frames(skip_chain):
    layouts = [positions(source) for source in moment_sources(skip_chain)]
    assert len(layouts) == 25
    for layout in layouts:
        assert layout == layouts[0]


def test_so_it_does_with_numbers_of_all_lengths():
    x = Value(-1.23456e-10, label="WWWWWWW mmm")
    root = (x * 3 + 1e20 * x) * x
    root.label = "@" * 30
    layouts = [positions(source) for source in moment_sources(root, seed=1e5)]
    assert all(layout == layouts[0] for layout in layouts)


def test_numbers_run_as_the_steps_give_them(lnexp):
    shown = [words(source) for source in moment_sources(lnexp)]
    assert shown[0]["n0"] == ["x", "value", "1", "grad", "–"]
    assert shown[0]["n6"] == ["f", "value", "–", "grad", "–"]
    assert shown[5]["n5"] == ["h3", "value", "40.1711", "grad", "–"]
    assert shown[-1]["n2"] == ["y", "value", "3", "grad", "40.1711"]
    assert shown[-1]["n5d1"] == ["∂h3/∂z", "= 20.0855"]


def test_a_node_used_twice_shows_its_running_gradient():
    x = Value(3.0, label="x")
    shown = [words(source) for source in moment_sources(x * x)]
    assert [frame["n0"][-1] for frame in shown] == ["–", "–", "–", "3", "6"]


def test_a_local_derivative_is_unseen_until_the_forward_pass_has_recorded_it(lnexp):
    before, after = moment_sources(lnexp)[4:6]  # z; then h3 = h2 * z
    label = re.compile(r"(?m)^\tn5d1 \[label=(<.*?>) fontsize")
    assert label.search(before)[1] == '< ∂h3/∂z<font color="#ffffff"> = 20.0855 </font>>'
    assert label.search(after)[1] == '< ∂h3/∂z<font color="#4338ca"> = 20.0855 </font>>'


def test_the_caption_is_the_step(lnexp):
    captions = [moment.caption for moment in moments(steps(lnexp))]
    assert captions[5] == ("Step 6 of 14, forward", "h3 = h2 * z = 20.0855 * 2 = 40.1711", "")
    assert captions[11] == (
        "Step 12 of 14, backward",
        "df/dz += df/dh3 * ∂h3/∂z = 1 * 20.0855 = 20.0855",
        "df/dz = 20.0855 now",
    )
    assert len(cut("x" * 1000)) == LONGEST_CAPTION


AWKWARD = ['quote"', "back\\slash", "trailing\\", "<b>&amp;", "a = 5", " ] [", "имя α₁", "\n", "{}"]


@pytest.mark.parametrize("label", AWKWARD, ids=repr)
def test_awkward_labels_are_shown_as_they_are(label):
    root = relu(Value(2.0, label=label))
    *_, last = moment_sources(root)
    name = " ".join(label.split()) or "(blank)"
    assert words(last)["n0"] == [name, "value", "2", "grad", "1"]
    assert words(last)["n1d0"] == [f"∂f/∂{name}", "= 1"]


def test_too_many_steps_are_refused(tmp_path):
    x = chain = Value(1.0, label="x")
    for _ in range(MOST_FRAMES):
        chain = chain * x
    with pytest.raises(ValueError, match="there are 902 steps, and 300 frames are drawn at most"):
        frames(chain, tmp_path)
    assert not list(tmp_path.iterdir())


def test_frames_do_not_take_a_file_for_a_folder(lnexp, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("kept")
    with pytest.raises(FileExistsError, match=r"notes\.txt is not a folder"):
        frames(lnexp, notes)
    assert notes.read_text() == "kept"


@pytest.mark.parametrize("name", ["f.gif", "f.PNG", "f.apng"])
def test_an_animation_holds_all_steps_and_waits_at_the_end(tmp_path, name):
    x = Value(3.0, label="x")
    file = animation(x * 2, tmp_path / name, seconds=0.5, dpi=40)
    image = opened(file)
    assert image.n_frames == 4  # x, f, the seed, x's share
    durations = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        durations.append(image.info["duration"])
    assert durations == [500, 500, 500, 1500]
    assert image.info["loop"] == 0


def test_frames_and_animation_show_the_same(tmp_path):
    root = Value(3.0, label="x") * 2
    files = frames(root, tmp_path, dpi=40)
    moving = opened(animation(root, tmp_path / "f.apng", dpi=40))
    for number, file in enumerate(files):
        moving.seek(number)
        still = opened(file).convert("RGB")
        assert ImageChops.difference(moving.convert("RGB"), still).getbbox() is None


@pytest.mark.parametrize(
    ("name", "options", "error", "text"),
    [
        ("f.mp4", {}, ValueError, "animations are .gif, .png or .apng files, not 'f.mp4'"),
        ("f.gif", {"seconds": 0}, ValueError, "seconds must be a positive number"),
        ("f.gif", {"seconds": "1"}, ValueError, "seconds must be a positive number"),
        ("none/f.gif", {}, FileNotFoundError, "there is no folder"),
        ("f.gif", {"rankdir": "UP"}, ValueError, "rankdir"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(lnexp, tmp_path, name, options, error, text):
    with pytest.raises(error, match=text):
        animation(lnexp, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_without_pillow_it_is_said_what_to_install(lnexp, tmp_path, monkeypatch):
    whole = builtins.__import__

    def without_pillow(name, *rest):
        if name.partition(".")[0] == "PIL":
            raise ImportError(name)
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_pillow)
    with pytest.raises(ImportError, match="Pillow, which is not installed: .* -m pip install"):
        animation(lnexp, tmp_path / "f.gif")
    assert len(frames(Value(1.0), tmp_path)) == 2


def test_the_pictures_are_whole_pngs(lnexp, tmp_path):
    for file in frames(Value(2.0, label="x") * 3, tmp_path, rankdir="TB", dpi=72):
        opened(file).verify()


def test_frames_of_a_longer_run_before_do_not_stay_and_other_files_do(tmp_path, lnexp):
    x = Value(3.0, label="x")
    for name in ("notes.txt", "step-1.jpg", "step-one.png"):
        (tmp_path / name).write_text("mine")
    frames(lnexp, tmp_path, dpi=30)  # 14 steps
    frames(x * 2, tmp_path, dpi=30)  # x, f, the seed, df/dx
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "notes.txt",
        "step-1.jpg",
        "step-1.png",
        "step-2.png",
        "step-3.png",
        "step-4.png",
        "step-one.png",
    ]
