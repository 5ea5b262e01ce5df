"""The sentiment classifiers: their first layer, their corpus, what they reach, and bad files."""

import os
from collections import Counter

import pytest

import autograd
import nn
from examples import sentiment
from examples.sentiment import BagsOfWords, Setting, Sweep, read_corpus

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
PLAIN = autograd.backend() == "python"


@pytest.fixture(scope="module")
def bags():
    return BagsOfWords(read_corpus(sentiment.SENTENCES))


@pytest.fixture(scope="module")
def without_hidden_layer(bags):
    return Sweep(bags).train(Setting(()))


def test_the_corpus_is_balanced_and_no_sentence_stands_twice():
    corpus = read_corpus(sentiment.SENTENCES)
    for part, each in ((corpus.train, 256), (corpus.dev, 64)):
        assert Counter(sentence.label for sentence in part) == {"negative": each, "positive": each}
    texts = [" ".join(sentiment.words_of(s.text)) for s in [*corpus.train, *corpus.dev]]
    assert len(set(texts)) == 640


def test_the_sum_over_a_bag_is_linear_on_its_counts_with_the_same_gradients():
    sentences = [sentiment.Sentence(text, label) for text, label in TEXTS]
    bags = BagsOfWords(sentiment.Corpus(sentences, sentences))
    rows = [[float(count) for count in bags.counts(text)] for text, _ in TEXTS]
    assert max(max(row) for row in rows) == 3  # "very", in the first text
    nn.manual_seed(3)
    ours = sentiment.SumOfWords(len(bags.vocabulary), 4)
    linear = nn.Linear(len(bags.vocabulary), 4)
    linear.load_state_dict(ours.state_dict())
    labels = [label for _, label in bags.train]
    numbers = []
    for layer, inputs in ((ours, [bag for bag, _ in bags.train]), (linear, rows)):
        outputs = layer(inputs)
        nn.CrossEntropyLoss()(outputs, labels).backward()
        values = [value.data for row in outputs for value in row]
        numbers.append(values + [p.grad for p in layer.parameters()])
    assert numbers[0] == pytest.approx(numbers[1], abs=1e-14)


TEXTS = [
    ("very very very good", "glad"),
    ("good and nice", "glad"),
    ("very bad", "cross"),
    ("bad and not nice, not good", "cross"),
    ("xyzzy", "cross"),  # no word of the vocabulary: the bias alone
]


def test_a_classifier_without_hidden_layers_is_far_above_chance(without_hidden_layer):
    """Chance is 50 % of 128 with a deviation of 4.4 points: 72 % is five of them above."""
    history = without_hidden_layer.history
    assert history.best.dev_accuracy > 0.72
    assert history.train_accuracy[-1] > 0.9
    assert history.train_loss[-1] < history.dev_loss[-1]


def test_it_weighs_words_as_people_do(bags, without_hidden_layer):
    moves = sentiment.word_weights(without_hidden_layer.model, bags)
    assert min(moves[word] for word in ("great", "wonderful", "excellent", "perfect")) > 0.5
    assert max(moves[word] for word in ("terrible", "worst", "ugly", "boring")) < -0.5


def test_sentences_of_the_same_words_are_the_same_bag(bags, without_hidden_layer):
    one, other = [
        sentiment.probability(without_hidden_layer.model, bags, text)
        for text in sentiment.PROBES[-2:]
    ]
    assert one == pytest.approx(other, abs=1e-12)


@pytest.mark.parametrize(
    "setting",
    [
        Setting((4,), "sigmoid"),
        Setting((4,), "tanh"),
        Setting((4,), "GELU"),
        Setting((4, 4, 4)),
    ],
)
def test_layouts_and_activations_are_built_and_learn(setting, bags):
    outcome = Sweep(bags, epochs=2).train(setting)
    layers = [type(layer).__name__ for layer in outcome.model]
    hidden = len(setting.hidden)
    activation = sentiment.ACTIVATIONS[setting.activation].__name__
    assert layers == ["SumOfWords", *[activation, "Linear"] * hidden]
    assert outcome.history.train_loss[1] < outcome.history.train_loss[0]


@pytest.mark.skipif(not LONG, reason="trains ten classifiers: make test-all")
def test_every_layout_and_activation_gets_far_above_chance(bags):
    sweep = Sweep(bags)
    settings = {str(n): Setting((sentiment.WIDTH,) * n) for n in range(4)}
    settings |= {a: Setting((sentiment.WIDTH,), a) for a in sentiment.ACTIVATIONS}
    for name, outcome in sweep.run(settings).items():
        assert outcome.history.best.dev_accuracy > 0.72, name


@pytest.mark.skipif(not LONG, reason="takes some seconds: make test-all")
def test_the_numbers_of_a_judge(bags):
    """scikit-learn's logistic regression on the same counts is this model, trained to the end."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    corpus = read_corpus(sentiment.SENTENCES)
    train, dev = [[bags.counts(s.text) for s in part] for part in (corpus.train, corpus.dev)]
    judge = linear_model.LogisticRegression(max_iter=1000)
    judge.fit(train, [label for _, label in bags.train])
    theirs = judge.score(dev, [label for _, label in bags.dev])
    ours = Sweep(bags, epochs=15).train(Setting(())).history.best.dev_accuracy
    assert ours == pytest.approx(theirs, abs=0.05)


# ---- files --------------------------------------------------------------------------------------

GOOD = "text,label\n" + "a good day,glad\na bad day,cross\n" * 5


def test_a_file_without_splits_has_a_fifth_of_each_label_held_out(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(GOOD, encoding="utf-8")
    corpus = read_corpus(path)
    assert Counter(s.label for s in corpus.dev) == {"glad": 1, "cross": 1}
    assert Counter(s.label for s in corpus.train) == {"glad": 4, "cross": 4}


def test_a_file_of_a_spreadsheet_is_read(tmp_path):
    """A byte order mark, CR LF, other columns, quotes, lines within a text, a third label."""
    path = tmp_path / "own.csv"
    rows = ['1,"good, so ""good""",glad', '2,"bad\r\nday",cross', "3,so so day,neither"] * 2
    path.write_bytes("\ufeffid,text,label\r\n".encode() + "\r\n".join(rows).encode())
    corpus = read_corpus(path)
    assert corpus.labels == ["cross", "glad", "neither"]
    assert corpus.dev[1].text == 'good, so "good"'


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "has no column text and no column label; it is empty"),
        (b"text,label\n", "has no sentences below its header"),
        (b"sentence,label\nx,y\n", "has no column text; its columns are sentence, label"),
        (b"text,mark\nx,y\n", "has no column label; its columns are text, mark"),
        (b"text,label\na b,y\na b,y\n", "every label is 'y'; there is something to learn"),
        (b"text,label\na b,y\na b\n", "line 3: expected a text and its label, in 2 fields"),
        (b"text,label\na b,y,z\n", "line 2: expected a text and its label, in 2 fields"),
        (b"text,label\n ,y\n", "line 2: expected a text and its label, in 2 fields"),
        (b"text,label\nx,y\n\xe9t\xe9,y\n", "line 3: byte 0xe9 is not UTF-8"),
        (b'text,label\n"x,y\n', "line 2: unexpected end of data"),
        (b"text,label\na a,y\nb b,z\n", "has no dev sentences"),
        (b"text,label,split\na a,y,test\n", "line 2: the split is 'test'; expected train or dev"),
        (b"text,label,split\na a,y,train\na,z,train\na,q,dev\n", "no train sentence has the label"),
        (b"text,label\na,y\nb,y\nc,z\nd,z\n", "no word occurs 2 times in the train sentences"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_a_line(content, complaint, tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="own.csv") as caught:
        read_corpus(path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--csv", "nowhere.csv"), "--csv: cannot read nowhere.csv: No such file or directory"),
        (("--epochs", "0"), "--epochs: expected a whole number of 1 or more, not '0'"),
    ],
)
def test_a_bad_option_is_one_line_and_status_2(options, complaint, program):
    done = program("sentiment", *options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert complaint in line


@pytest.mark.skipif(PLAIN and not LONG, reason="takes a while in plain Python: make test-all")
def test_it_compares_layouts_activations_and_learning_rates(output, tmp_path):
    printed = output("sentiment", "--epochs", 1)
    for named in ("none          1164", "8-8-8         4818", "GELU", "0.003", "great", "not good"):
        assert named in printed
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        assert "no plot" in printed
    else:
        assert len(list(tmp_path.glob("sentiment_*.png"))) == 7
