"""Is a sentence pleased or displeased? Multi-layer perceptrons over bags of words.

A sentence becomes a row of counts, one for each word of a vocabulary; the network turns the row
into one score (logit) a label, and is trained by cross-entropy. Train classifiers and compare them
on dev sentences, which they have not seen:

1. with no hidden layer, with one, two and three;
2. with sigmoid, tanh, ReLU and GELU in one hidden layer;
3. with four learning rates.

For each: training and dev loss over the epochs, and dev accuracy. Then: what has the network
learnt about words, and what can no bag of words know?

The sentences in examples/data/sentences.csv were written for this project and share its licence.
Your own: --csv FILE, with the columns text and label and, if you like, split (train or dev).
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

import nn
from autograd import Value, softmax, total
from examples.presenting import Chalkboard, Options, count, run
from viz import plot_history

SENTENCES = Path(__file__).parent / "data" / "sentences.csv"
#: A word that occurs less often in the training sentences teaches nothing about others.
LEAST_COUNT = 2
BATCH_SIZE = 32
EPOCHS = 10
WIDTH, LONG_WIDTH = 8, 512

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "ReLU": nn.ReLU,
    "GELU": nn.GELU,
}
LEARNING_RATES = (0.0003, 0.003, 0.03, 0.3)

PROBES = (
    "The soup was excellent.",
    "The soup was terrible.",
    "This is good.",
    "This is not good.",
    "This is bad.",
    "This is not bad.",
    "I loved the book and hated the film.",
    "I hated the book and loved the film.",
)


# ---- sentences ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sentence:
    """A text and its label."""

    text: str
    label: str


@dataclass(frozen=True)
class Corpus:
    """Sentences to train on, and others to compare by."""

    train: list[Sentence]
    dev: list[Sentence]

    @property
    def labels(self) -> list[str]:
        """The labels, in alphabetical order."""
        return sorted({sentence.label for sentence in self.train})


def read_corpus(path: str | Path) -> Corpus:
    """The sentences of a CSV file with the columns text and label, and perhaps split.

    Without a split, a fifth of the sentences of each label become dev sentences.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not such a file; the message says where and why.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise type(error)(f"cannot read {path}: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: byte {content[error.start]:#04x} is not UTF-8; save the file "
            "with the encoding UTF-8"
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        corpus = split_corpus(path, reader)
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.reader.line_num}: {error}") from None
    check_corpus(path, corpus)
    return corpus


def split_corpus(path: str | Path, reader: csv.DictReader[str]) -> Corpus:
    """The rows of a file as sentences, for training and for dev."""
    columns = list(reader.fieldnames or [])
    missing = [name for name in ("text", "label") if name not in columns]
    if missing:
        there = f"its columns are {', '.join(columns)}" if columns else "it is empty"
        raise ValueError(f"{path} has no column {' and no column '.join(missing)}; {there}")
    parts: dict[str, list[Sentence]] = {"train": [], "dev": [], "": []}
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        text, label = (row["text"] or "").strip(), (row["label"] or "").strip()
        if None in row or not text or not label:
            raise ValueError(f"{where}: expected a text and its label, in {len(columns)} fields")
        part = (row["split"] or "").strip() if "split" in columns else ""
        if part not in parts or ("split" in columns and not part):
            raise ValueError(f"{where}: the split is {part!r}; expected train or dev")
        parts[part].append(Sentence(text, label))
    if parts[""]:
        return held_out(parts[""])
    return Corpus(parts["train"], parts["dev"])


def held_out(sentences: Sequence[Sentence]) -> Corpus:
    """A fifth of the sentences of each label as dev sentences, chosen at random."""
    corpus = Corpus([], [])
    for label in sorted({sentence.label for sentence in sentences}):
        own = [sentence for sentence in sentences if sentence.label == label]
        dev = max(1, len(own) // 5)
        train, rest = nn.random_split(own, [len(own) - dev, dev]) if len(own) > 1 else (own, [])
        corpus.train.extend(train)
        corpus.dev.extend(rest)
    return corpus


def check_corpus(path: str | Path, corpus: Corpus) -> None:
    """Raise ValueError if nothing can be learnt from the training sentences, or none is for dev."""
    if not corpus.train and not corpus.dev:
        raise ValueError(f"{path} has no sentences below its header")
    for name, part in (("train", corpus.train), ("dev", corpus.dev)):
        if not part:
            raise ValueError(f"{path} has no {name} sentences: some are needed of either split")
    if len(corpus.labels) == 1:
        raise ValueError(
            f"{path}: every label is {corpus.labels[0]!r}; there is something to learn from two "
            "labels on"
        )
    unknown = sorted({sentence.label for sentence in corpus.dev} - set(corpus.labels))
    if unknown:
        raise ValueError(f"{path}: no train sentence has the label {unknown[0]!r}, a dev one has")
    if not vocabulary_of(corpus.train):
        raise ValueError(
            f"{path}: no word occurs {LEAST_COUNT} times in the train sentences: more are needed"
        )


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case.

    >>> words_of("It's lovely -- isn't it? 10/10!")
    ["it's", 'lovely', "isn't", 'it']
    """
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text.lower())


def vocabulary_of(sentences: Iterable[Sentence]) -> list[str]:
    """The words that occur often enough, in alphabetical order."""
    counts = Counter(word for sentence in sentences for word in words_of(sentence.text))
    return sorted(word for word in counts if counts[word] >= LEAST_COUNT)


# ---- bags of words ------------------------------------------------------------------------------

#: In a row of word numbers: there is no word in this place.
NO_WORD = -1


class BagsOfWords:
    """Sentences as the network takes them, and labels as numbers.

    A bag is written as the numbers of its words, each as often as it occurs, filled up with
    `NO_WORD` to one length. Words outside the vocabulary are left out.

    >>> sentences = [Sentence("good, very good", "yes"), Sentence("very bad", "no")]
    >>> bags = BagsOfWords(Corpus(sentences, sentences))
    >>> bags.vocabulary, bags.train
    (['good', 'very'], [([0, 1, 0], 1), ([1, -1, -1], 0)])
    >>> bags.counts("Good, good and very good")
    [3, 1]
    """

    def __init__(self, corpus: Corpus) -> None:
        self.labels = corpus.labels
        self.vocabulary = vocabulary_of(corpus.train)
        self.numbers = {word: number for number, word in enumerate(self.vocabulary)}
        every = [*corpus.train, *corpus.dev]
        self.longest = max(len(self.known(sentence.text)) for sentence in every)
        self.train = self.pairs(corpus.train)
        self.dev = self.pairs(corpus.dev)

    def known(self, text: str) -> list[int]:
        """The numbers of a text's words, of those in the vocabulary."""
        return [self.numbers[word] for word in words_of(text) if word in self.numbers]

    def counts(self, text: str) -> list[int]:
        """How often each word of the vocabulary occurs in a text: the row that a bag stands for."""
        known = Counter(self.known(text))
        return [known[number] for number in self.numbers.values()]

    def pairs(self, sentences: Iterable[Sentence]) -> list[nn.data.Pair]:
        """Bags of one length, each with the number of its label."""
        bags = [(self.known(each.text), self.labels.index(each.label)) for each in sentences]
        return [(bag + [NO_WORD] * (self.longest - len(bag)), label) for bag, label in bags]


class SumOfWords(nn.Linear):
    """`nn.Linear` on the counts of a bag, without its products by 0.

    A unit's w . c is a sum over the whole vocabulary, but a word that is not in the sentence adds
    w * 0. What remains is the sum of the w of the words that are there, of one that occurs twice
    two times. Weights, outputs and gradients are those of `nn.Linear`.

    >>> layer = SumOfWords(3, 1)
    >>> _ = layer.load_state_dict({"weight": [[0.5, 0.25, 4.0]], "bias": [1.0]})
    >>> layer([[0, 1, 1], [2, NO_WORD, NO_WORD]])
    [[Value(data=2)], [Value(data=5)]]
    """

    def forward(self, bags: list[list[int]]) -> list[list[Value]]:
        """The sums of each bag, one node a unit."""
        columns = list(zip(*self.weight, strict=True))  # of each word the weights, one a unit
        sums = []
        for bag in bags:
            present = [columns[word] for word in bag if word != NO_WORD]
            units = zip(self.bias or (), *present, strict=True)
            sums.append([total(terms) for terms in units])
        return sums


# ---- training -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """What is chosen before training."""

    hidden: tuple[int, ...]
    activation: str = "ReLU"
    learning_rate: float = 0.01


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    model: nn.Sequential
    history: nn.History


def classifier(words: int, labels: int, setting: Setting) -> nn.Sequential:
    """Words, hidden layers, one logit a label.

    >>> classifier(500, 2, Setting(hidden=(8,)))
    Sequential(
      (0): SumOfWords(in_features=500, out_features=8, bias=True)
      (1): ReLU()
      (2): Linear(in_features=8, out_features=2, bias=True)
    )
    """
    activation = ACTIVATIONS[setting.activation]
    first, *others = [*setting.hidden, labels]
    model = nn.Sequential(SumOfWords(words, first))
    for units, next_units in zip(setting.hidden, others, strict=True):
        model.append(activation()).append(nn.Linear(units, next_units))
    return model


class Sweep:
    """Trains classifiers on the same bags, each setting once.

    Args:
        bags: the data.
        epochs: of each training.
        seed: of the weights.
    """

    def __init__(self, bags: BagsOfWords, epochs: int = EPOCHS, seed: int = 0) -> None:
        self.bags = bags
        self.epochs = epochs
        self.seed = seed
        self.outcomes: dict[Setting, Outcome] = {}

    def run(self, settings: Mapping[str, Setting]) -> dict[str, Outcome]:
        """What comes of each setting, by name; with a progress bar where somebody is looking."""
        new = {name: each for name, each in settings.items() if each not in self.outcomes}
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        with bar:
            task = bar.add_task("", total=len(new) * self.epochs)
            for name, setting in new.items():
                bar.update(task, description=name)
                self.outcomes[setting] = self.train(setting, partial(move_on, bar, task, name))
        return {name: self.outcomes[setting] for name, setting in settings.items()}

    def train(
        self, setting: Setting, callback: Callable[[nn.Epoch], object] = lambda epoch: None
    ) -> Outcome:
        """Train one classifier with Adam; the callback sees each epoch.

        Raises:
            KeyboardInterrupt: after Ctrl-C, which would otherwise end this training alone.
        """
        nn.manual_seed(self.seed)
        model = classifier(len(self.bags.vocabulary), len(self.bags.labels), setting)
        history = nn.fit(
            model,
            self.bags.train,
            nn.CrossEntropyLoss(),
            nn.optim.Adam(model.parameters(), lr=setting.learning_rate),
            self.epochs,
            BATCH_SIZE,
            validation=self.bags.dev,
            callbacks=[callback],
            progress=False,
        )
        if history.stopped.startswith("interrupted"):
            raise KeyboardInterrupt
        return Outcome(model, history)


def move_on(bar: Progress, task: TaskID, name: str, epoch: nn.Epoch) -> None:
    """Show that an epoch of a training is over."""
    said = f"{name}, epoch {epoch.number}: dev accuracy {percent(epoch.dev_accuracy)}"
    bar.update(task, advance=1, description=said)


# ---- what was learnt ----------------------------------------------------------------------------


def word_weights(model: nn.Sequential, bags: BagsOfWords) -> dict[str, float]:
    """Of a classifier without hidden layers: by how much a word moves the last label's logit away
    from the first label's."""
    first, *_, last = model[0].weight
    moves = [up.data - down.data for up, down in zip(last, first, strict=True)]
    return dict(zip(bags.vocabulary, moves, strict=True))


def probability(model: nn.Sequential, bags: BagsOfWords, text: str) -> float:
    """How sure a classifier is that a text has the last of the labels."""
    (logits,) = model([bags.known(text)])
    return float(softmax([logit.data for logit in logits])[-1])


# ---- the lesson ---------------------------------------------------------------------------------


def main(board: Chalkboard) -> None:
    """The sentences, the three sweeps, and what came of them."""
    bags = BagsOfWords(board.options.csv)
    width = LONG_WIDTH if board.options.long else WIDTH
    sweep = Sweep(bags, board.options.epochs)
    the_data(board, bags)
    without = hidden_layers(board, sweep, width)
    activations(board, sweep, width)
    learning_rates(board, sweep, width)
    the_words(board, bags, without.model)
    the_limits(board, bags, without.model)


def the_data(board: Chalkboard, bags: BagsOfWords) -> None:
    """How a sentence goes in."""
    corpus: Corpus = board.options.csv
    board.heading("The sentences")
    counts = Counter(sentence.label for sentence in corpus.dev)
    shares = ", ".join(f"{counts[label]} {label}" for label in bags.labels)
    board.say(
        f"{len(corpus.train)} to train on; {len(corpus.dev)} for dev ({shares}). The vocabulary is "
        f"the {len(bags.vocabulary)} words that occur at least {LEAST_COUNT} times in training."
    )
    sentence = corpus.train[0]
    known = Counter(word for word in words_of(sentence.text) if word in bags.numbers)
    row = bags.counts(sentence.text)
    board.say(
        f"For instance, {sentence.label}: “{sentence.text}” As a bag: "
        f"{', '.join(f'{word} {times}' for word, times in known.items())}. As a row it has "
        f"{len(row)} counts, {row.count(0)} of them 0. Since w * 0 adds nothing, the first layer "
        "sums the weights of the words that are there. Numbers and gradients are those of "
        "nn.Linear on the row, with a fraction of the work."
    )


def hidden_layers(board: Chalkboard, sweep: Sweep, width: int) -> Outcome:
    """The first sweep; what came of no hidden layer."""
    board.heading("1. How many hidden layers?")
    layouts = [(width,) * depth for depth in range(4)]
    settings = {"-".join(map(str, hidden)) or "none": Setting(hidden) for hidden in layouts}
    board.say(
        f"ReLU, Adam with learning rate {Setting(()).learning_rate}, {sweep.epochs} epochs in "
        f"batches of {BATCH_SIZE}. Under “train right” stands the accuracy of the last epoch; dev "
        "numbers are those of the best epoch, the one with the lowest dev loss."
    )
    outcomes = sweep.run(settings)
    compare(board, "hidden", outcomes)
    deviation = 100 * math.sqrt(0.8 * 0.2 / len(sweep.bags.dev))
    board.say(
        f"How much of a difference is one? With {len(sweep.bags.dev)} dev sentences, an accuracy "
        f"of 80 % has a standard deviation of {deviation:.1f} points: less than about twice that "
        "may be luck."
    )
    for name, outcome in outcomes.items():
        board.plot(f"sentiment_hidden_{name}", plot_history, outcome.history)
    board.plot("sentiment_hidden", plot_history, histories(outcomes))
    return outcomes["none"]


def activations(board: Chalkboard, sweep: Sweep, width: int) -> None:
    """The second sweep."""
    board.heading("2. Which activation?")
    board.say(f"One hidden layer of {width}; all else as before.")
    outcomes = sweep.run({name: Setting((width,), name) for name in ACTIVATIONS})
    compare(board, "activation", outcomes)
    board.plot("sentiment_activations", plot_history, histories(outcomes))


def learning_rates(board: Chalkboard, sweep: Sweep, width: int) -> None:
    """The third sweep."""
    board.heading("3. Which learning rate?")
    board.say(f"One hidden layer of {width} with ReLU.")
    outcomes = sweep.run(
        {str(rate): Setting((width,), learning_rate=rate) for rate in LEARNING_RATES}
    )
    compare(board, "learning rate", outcomes)
    board.say(
        "With steps too small the epochs are over before much is learnt; with steps too large "
        "the weights jump past what they look for. In between, dev loss falls and, after its "
        "best epoch, rises again while training loss still falls: from there on the network "
        "learns its training sentences by heart."
    )
    board.plot("sentiment_learning_rates", plot_history, histories(outcomes))


def compare(board: Chalkboard, subject: str, outcomes: Mapping[str, Outcome]) -> None:
    """One row an outcome."""
    rows = []
    for name, outcome in outcomes.items():
        best = outcome.history.best
        rows.append(
            (
                name,
                len(outcome.model.parameters()),
                percent(outcome.history.train_accuracy[-1]),
                best.number,
                f"{best.dev_loss:.3f}",
                percent(best.dev_accuracy),
            )
        )
    headings = ["parameters", "train right", "best epoch", "dev loss", "dev right"]
    board.rows([subject, *headings], rows)


def the_words(board: Chalkboard, bags: BagsOfWords, model: nn.Sequential) -> None:
    """The weights of a classifier that has one for each word."""
    board.heading("What the words weigh")
    first, last = bags.labels[0], bags.labels[-1]
    board.say(
        "Without a hidden layer each word has one weight a label. A word's move is its weight for "
        f"{last} less its weight for {first}."
    )
    moves = sorted(word_weights(model, bags).items(), key=lambda pair: pair[1])
    many = min(8, len(moves) // 2)
    ends = zip(moves[::-1][:many], moves[:many], strict=True)
    board.rows(
        [f"most {last}", "move", f"most {first}", "move"],
        [(up, f"{more:+.2f}", down, f"{less:+.2f}") for (up, more), (down, less) in ends],
    )


def the_limits(board: Chalkboard, bags: BagsOfWords, model: nn.Sequential) -> None:
    """Sentences that a bag of words can tell apart, and others, if the vocabulary has them."""
    if not {"not", "good", "bad", "loved", "hated"} <= bags.numbers.keys():
        return
    board.heading("What a bag of words cannot know")
    last = bags.labels[-1]
    board.rows(
        ["sentence", f"probability of {last}"],
        [(text, round(probability(model, bags, text), 3)) for text in PROBES],
    )
    board.say(
        "“Not” moves every sentence in the same direction, whatever it negates; and two sentences "
        "of the same words are the same bag. To know better, a network must read words in order."
    )


def histories(outcomes: Mapping[str, Outcome]) -> dict[str, nn.History]:
    """The records alone."""
    return {name: outcome.history for name, outcome in outcomes.items()}


def percent(share: float | None) -> str:
    """A share as 80.5 %."""
    return "–" if share is None else f"{100 * share:.1f} %"


# ---- options ------------------------------------------------------------------------------------


def corpus_option(path: str) -> Corpus:
    """What --csv names."""
    try:
        return read_corpus(path)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_options(parser: Options) -> None:
    """A file, a longer run."""
    parser.add_argument(
        "--csv",
        metavar="FILE",
        type=corpus_option,
        default=str(SENTENCES),
        help="sentences of your own: columns text, label, and perhaps split (train or dev)",
    )
    parser.add_argument(
        "--epochs",
        metavar="N",
        type=count,
        default=EPOCHS,
        help=f"how long each classifier is trained ({EPOCHS})",
    )
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"hidden layers of {LONG_WIDTH} units instead of {WIDTH}: takes a quarter of an hour",
    )


if __name__ == "__main__":
    run(main, add_options)
