"""A language model of letters: it reads names, learns which letter follows, and makes up new ones.

A name is read between two marks: ·anna·. At each place the model, a transformer with one block,
gives a score (logit) to every letter that may come next, from the letters so far. It is trained by
cross-entropy, -log p(the letter that came), and then asked for names of its own, a letter at a
time. Questions:

1. How well can one guess without a network: evenly, by how often a letter occurs, by the letter
   before?
2. How well does the transformer guess in names that it has not seen?
3. Which letters does it look at, and what does it make up?

After A. Karpathy, microgpt, 2026: the whole algorithm in one file, on scalars. The names in
examples/data/names.txt are a list of this project's own. Yours: --names FILE, one a line.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import nn
from autograd import Value, dot, no_grad, softmax
from examples.presenting import Chalkboard, Options, count, run
from nn.data import Pair
from viz import plot_history

NAMES = Path(__file__).parent / "data" / "names.txt"
#: Stands before and after a name.
MARK = "·"
#: In a row of letters' numbers: the name is over.
NOTHING = -1
WIDTH, HEADS = 16, 4
EPOCHS, LONG_EPOCHS = 5, 30
BATCH_SIZE = 8
LEARNING_RATE = 0.02

Rows = list[list[Any]]


# ---- names as numbers ---------------------------------------------------------------------------


class Letters:
    """The alphabet of some names, and names as rows of numbers.

    >>> letters = Letters(["anna", "hugo"])
    >>> letters.alphabet, letters.numbers("hug")
    (['·', 'a', 'g', 'h', 'n', 'o', 'u'], [0, 3, 6, 2, 0])
    >>> letters.pair("hug")  # what is read, and what comes next
    ([0, 3, 6, 2, -1], [3, 6, 2, 0, -1])
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.alphabet = [MARK, *sorted(set("".join(names)))]
        self.number = {letter: number for number, letter in enumerate(self.alphabet)}
        self.context = max(map(len, names)) + 1

    def numbers(self, name: str) -> list[int]:
        """A name between its marks."""
        return [self.number[letter] for letter in f"{MARK}{name}{MARK}"]

    def pair(self, name: str) -> Pair:
        """The letters that are read and those that follow them, filled up to one length."""
        numbers = self.numbers(name)
        fill = [NOTHING] * (self.context - len(numbers) + 1)
        return numbers[:-1] + fill, numbers[1:] + fill


def read_names(path: str | Path) -> list[str]:
    """The names of a text file, one a line, in lower case; none of them twice.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no UTF-8 text, or holds too little to learn from.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8: save it with the encoding UTF-8") from None
    except OSError as error:
        raise type(error)(f"cannot read {path}: {error.strerror}") from None
    names = list(dict.fromkeys([line.strip().lower() for line in text.splitlines()]))
    names = [name for name in names if name]
    if len(names) < 10:
        raise ValueError(f"{path} has {len(names)} names; expected 10 or more, one a line")
    if MARK in text:
        raise ValueError(f"{path} has the letter {MARK!r}, which stands for a name's ends here")
    longest = max(names, key=len)
    if len(longest) > 30:
        raise ValueError(f"{path}: {longest[:20]!r}... is too long; names have up to 30 letters")
    return names


# ---- the model ----------------------------------------------------------------------------------


class Attention(nn.Module):
    """Each place takes from itself and the places before it what its query asks for.

    In each head: weights = softmax(q . k / sqrt(d)), result = sum of weights * v. The heads work
    on one part of the features each.
    """

    def __init__(self, width: int, heads: int) -> None:
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        size = width // heads
        self.parts = tuple(slice(start, start + size) for start in range(0, width, size))

    def forward(self, rows: Rows) -> Rows:
        """What each place takes, from the rows of all places."""
        values = self.value(rows)
        taken: Rows = [[] for _ in rows]
        for part, weights in zip(self.parts, self.weights(rows), strict=True):
            for place, shares in enumerate(weights):
                columns = zip(*[value[part] for value in values[: place + 1]], strict=True)
                taken[place] += [dot(shares, column) for column in columns]
        out: Rows = self.out(taken)
        return out

    def weights(self, rows: Rows) -> list[Rows]:
        """For each head, and each place, how much of each place up to it is taken."""
        queries, keys = self.query(rows), self.key(rows)
        heads = []
        for part in self.parts:
            scale = math.sqrt(part.stop - part.start)
            heads.append(
                [
                    softmax([dot(query[part], key[part]) / scale for key in keys[: place + 1]])
                    for place, query in enumerate(queries)
                ]
            )
        return heads


class LettersAndPlaces(nn.Module):
    """A row for each letter of a text: a vector of the letter plus one of its place."""

    def __init__(self, alphabet: int, context: int, width: int) -> None:
        self.letters = nn.Embedding(alphabet, width)
        self.places = nn.Embedding(context, width)

    def forward(self, text: list[int]) -> Rows:
        """The rows of one text."""
        pairs = zip(self.letters(text), self.places(list(range(len(text)))), strict=True)
        return [[x + y for x, y in zip(*pair, strict=True)] for pair in pairs]


class TinyGPT(nn.Module):
    """A transformer of one block over letters.

    Args:
        alphabet: how many different letters there are.
        context: how many letters can be read at most.
        width: the length of the vectors.
        heads: how many heads attend; width is a multiple.
    """

    def __init__(self, alphabet: int, context: int, width: int = WIDTH, heads: int = HEADS) -> None:
        self.embed = LettersAndPlaces(alphabet, context, width)
        self.attend = nn.Residual(nn.Sequential(norm(width), Attention(width, heads)))
        self.think = nn.Residual(
            nn.Sequential(
                norm(width),
                nn.Linear(width, 4 * width, bias=False),
                nn.ReLU(),
                nn.Linear(4 * width, width, bias=False),
            )
        )
        self.answer = nn.Sequential(norm(width), nn.Linear(width, alphabet, bias=False))

    def forward(self, texts: list[list[int]]) -> list[Rows]:
        """For each text the logits after each of its letters; what is filled up is not read."""
        return [self.of_text([n for n in text if n != NOTHING]) for text in texts]

    def of_text(self, text: list[int]) -> Rows:
        """The logits after each letter of one text."""
        rows = self.embed(text)
        rows = self.attend(rows)  # x + attention(norm(x))
        rows = self.think(rows)  # x + W2 relu(W1 norm(x))
        logits: Rows = self.answer(rows)
        return logits


def norm(width: int) -> nn.RMSNorm:
    """x / sqrt(mean of x^2): all rows get the same length."""
    return nn.RMSNorm(width, eps=1e-5, elementwise_affine=False)


cross_entropy = nn.CrossEntropyLoss()


def next_letter_loss(logits: list[Rows], following: list[list[int]]) -> Value:
    """The mean of -log p(next letter) over all letters of some names."""
    rows = [row for text in logits for row in text]
    letters = [letter for text in following for letter in text if letter != NOTHING]
    loss: Value = cross_entropy(rows, letters)
    return loss


# ---- guessing without a network -----------------------------------------------------------------


def even_loss(letters: Letters) -> float:
    """The loss of who gives all letters the same probability: the logarithm of their number."""
    return math.log(len(letters.alphabet))


def frequency_loss(train: Sequence[str], test: Sequence[str], letters: Letters) -> float:
    """The loss of who knows how often each letter occurs in the training names."""
    counts = Counter(n for name in train for n in letters.numbers(name)[1:])
    total = counts.total() + len(letters.alphabet)
    losses = [-math.log((counts[n] + 1) / total) for x in test for n in letters.numbers(x)[1:]]
    return sum(losses) / len(losses)


def pair_loss(train: Sequence[str], test: Sequence[str], letters: Letters) -> float:
    """The loss of who knows how often each letter follows each other one there, plus one."""
    counts = Counter(pair for name in train for pair in pairwise(letters.numbers(name)))
    before = Counter(n for name in train for n in letters.numbers(name)[:-1])
    size = len(letters.alphabet)
    losses = [
        -math.log((counts[a, b] + 1) / (before[a] + size))
        for name in test
        for a, b in pairwise(letters.numbers(name))
    ]
    return sum(losses) / len(losses)


# ---- training, and making up names --------------------------------------------------------------


def train(
    model: TinyGPT,
    letters: Letters,
    names: Sequence[str],
    held_out: Sequence[str],
    epochs: int = EPOCHS,
    progress: bool | None = None,
) -> nn.History:
    """Train with Adam; the learning rate falls evenly to a tenth.

    In the end the model has the weights of the epoch with the lowest loss on the names held out.
    """
    optimizer = nn.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=(0.85, 0.99))
    return nn.fit(
        model,
        [letters.pair(name) for name in names],
        next_letter_loss,
        optimizer,
        epochs,
        BATCH_SIZE,
        validation=[letters.pair(name) for name in held_out],
        scheduler=nn.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1.0 - 0.9 * k / epochs),
        patience=epochs,
        progress=progress,
    )


def make_up(
    model: TinyGPT, letters: Letters, generator: random.Random, temperature: float = 0.7
) -> str:
    """A name of the model's own: letters drawn by their probabilities until a mark comes.

    Args:
        temperature: divides the logits; below 1, likely letters become likelier.
    """
    text = [letters.number[MARK]]
    with no_grad():
        while len(text) <= letters.context - 1:
            logits = model.of_text(text)[-1]
            shares = softmax([logit.data / temperature for logit in logits])
            (drawn,) = generator.choices(range(len(shares)), shares)
            if drawn == letters.number[MARK]:
                break
            text.append(drawn)
    return "".join(letters.alphabet[n] for n in text[1:])


def attention_weights(model: TinyGPT, letters: Letters, name: str) -> list[list[float]]:
    """How much each place of ·name takes from each place up to it, as the mean of the heads."""
    block: Any = model.attend.module
    norm, attention = block
    heads = attention.weights(norm(model.embed(letters.numbers(name)[:-1])))
    return [
        [sum(share.data for share in shares) / len(heads) for shares in zip(*places, strict=True)]
        for places in zip(*heads, strict=True)
    ]


# ---- the lesson ---------------------------------------------------------------------------------


def main(board: Chalkboard) -> None:
    """The names, the baselines, the training, the samples."""
    every: list[str] = board.options.names
    letters = Letters(every)
    names, held_out = nn.random_split(every, [0.9, 0.1])
    nn.manual_seed(0)
    model = TinyGPT(len(letters.alphabet), letters.context)
    the_names(board, letters, names, held_out)
    guesses = without_a_network(board, letters, names, held_out)
    board.heading("The transformer")
    board.say(
        f"{len(model.parameters()):,} parameters: vectors of {WIDTH}, {HEADS} heads, a hidden "
        f"layer of {4 * WIDTH}. The graph of one exercise, from {MARK}{names[0][:-1]} to "
        f"{names[0][-1]}, a box a part, coloured by gradient:"
    )
    board.picture("tiny_gpt", exercise_graph(model, letters, names[0]), collapse=2, heat=True)
    epochs = board.options.epochs or (LONG_EPOCHS if board.options.long else EPOCHS)
    history = train(model, letters, names, held_out, epochs)
    if not history.epochs:  # Ctrl-C came before the first was over
        raise KeyboardInterrupt
    step = max(1, epochs // 6)
    shown = [epoch for epoch in history.epochs if epoch.number % step == 0]
    board.write(nn.History(shown, history.stopped))
    what_it_reached(board, history, guesses[-1])
    board.plot("tiny_gpt_history", plot_history, history)
    where_it_looks(board, model, letters, max(held_out, key=len))
    what_it_makes_up(board, model, letters, every)


def the_names(
    board: Chalkboard, letters: Letters, names: Sequence[str], held_out: Sequence[str]
) -> None:
    """What is read, and what is to be guessed."""
    board.heading("The names")
    board.say(
        f"{len(names)} names to learn from, {len(held_out)} held out, of "
        f"{len(letters.alphabet) - 1} letters. One name is as many exercises as it has letters, "
        "and one more:"
    )
    marked = f"{MARK}{names[0]}{MARK}"
    board.rows(
        ["read so far", "comes next"],
        [(marked[:place], marked[place]) for place in range(1, len(marked))],
    )


def without_a_network(
    board: Chalkboard, letters: Letters, names: Sequence[str], held_out: Sequence[str]
) -> list[float]:
    """The losses of simple guesses on the names held out."""
    board.heading("Guessing without a network")
    losses = [
        even_loss(letters),
        frequency_loss(names, held_out, letters),
        pair_loss(names, held_out, letters),
    ]
    ways = ["all letters alike", "by how often a letter occurs", "by the letter before"]
    board.say(
        "The mean of -log p(next letter) over the names held out, and the number of equally likely "
        "letters that would be as hard to guess, its exponential."
    )
    board.rows(
        ["guess", "loss", "letters"],
        [
            (way, f"{loss:.3f}", f"{math.exp(loss):.1f}")
            for way, loss in zip(ways, losses, strict=True)
        ],
    )
    return losses


def exercise_graph(model: TinyGPT, letters: Letters, name: str) -> Value:
    """-log p(the last letter) after the ones before, its nodes knowing the modules that made them;
    backward is done."""
    *read, last = letters.numbers(name)[:-1]
    with nn.scopes():
        (logits,) = model([read])
        loss: Value = cross_entropy(logits[-1], last)
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    return loss


def what_it_reached(board: Chalkboard, history: nn.History, by_pairs: float) -> None:
    """The best epoch, beside the best guess without a network; and what came after it."""
    best = history.best
    loss = best.dev_loss or 0.0
    board.say(
        f"The best epoch is number {best.number}; the model keeps its weights. On names that it "
        f"has not seen its loss is {loss:.3f}, where the letter before alone gives {by_pairs:.3f}: "
        f"as if it chose among {math.exp(loss):.1f} equally likely letters, not "
        f"{math.exp(by_pairs):.1f}."
    )
    if best.number < len(history.epochs):
        board.say(
            "After that epoch the training loss falls on, the dev loss does not: the model learns "
            "its names by heart. Against that help more names, or a smaller network."
        )


def where_it_looks(board: Chalkboard, model: TinyGPT, letters: Letters, name: str) -> None:
    """The attention within one name."""
    board.heading("Where it looks")
    board.say(
        f"{MARK}{name}: before it guesses, each place (a row) takes so much of the places up to "
        "it (the columns), in %, as the mean of the heads."
    )
    text = f"{MARK}{name}"
    weights = attention_weights(model, letters, name)
    board.rows(
        ["at", *text],
        [
            (letter, *[round(100 * share) for share in row], *[""] * (len(text) - len(row)))
            for letter, row in zip(text, weights, strict=True)
        ],
    )


def what_it_makes_up(
    board: Chalkboard, model: TinyGPT, letters: Letters, names: Sequence[str]
) -> None:
    """Samples at three temperatures."""
    board.heading("What it makes up")
    generator = random.Random(0)
    known = set(names)
    rows = []
    for temperature in (0.3, 0.7, 1.0):
        made = [make_up(model, letters, generator, temperature) for _ in range(8)]
        new = sum(name not in known for name in made)
        rows.append((temperature, f"{new} of {len(made)}", " ".join(made)))
    board.rows(["temperature", "new", "names"], rows)
    board.say(
        "The temperature divides the logits: below 1 the likely becomes likelier, and names repeat."
    )


def names_option(path: str) -> list[str]:
    """What --names names."""
    try:
        return read_names(path)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_options(parser: Options) -> None:
    """Other names, a longer run."""
    parser.add_argument(
        "--names",
        metavar="FILE",
        type=names_option,
        default=str(NAMES),
        help="names of your own, one a line",
    )
    parser.add_argument(
        "--epochs", metavar="N", type=count, help=f"how often all names are gone through ({EPOCHS})"
    )
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"{LONG_EPOCHS} epochs: takes a minute",
    )


if __name__ == "__main__":
    run(main, add_options)
