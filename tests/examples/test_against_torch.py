"""PyTorch trains the same networks of the examples to the same numbers."""

import os

import pytest

import nn
from examples import sentiment, tiny_gpt

if os.environ.get("CHALKGRAD_TEST_ALL") != "1":
    pytest.skip("judged by PyTorch: make test-all", allow_module_level=True)
torch = pytest.importorskip("torch")
functional = torch.nn.functional


def tensor(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def test_a_sentiment_classifier_on_whole_rows_of_counts():
    """Three epochs of Adam from the same weights, in the same batches: dev loss and weights."""
    corpus = sentiment.read_corpus(sentiment.SENTENCES)
    bags = sentiment.BagsOfWords(corpus)
    setting = sentiment.Setting((6, 5), "GELU")
    words = len(bags.vocabulary)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(words, 6),
        torch.nn.GELU(),
        torch.nn.Linear(6, 5),
        torch.nn.GELU(),
        torch.nn.Linear(5, 2),
    ).double()
    nn.manual_seed(0)
    initial = sentiment.classifier(words, 2, setting)
    theirs.load_state_dict({name: tensor(x) for name, x in initial.state_dict().items()})
    dev = tensor([bags.counts(s.text) for s in corpus.dev])
    dev_labels = torch.tensor([label for _, label in bags.dev])
    optimizer = torch.optim.Adam(theirs.parameters(), lr=setting.learning_rate)
    rows = [
        (bags.counts(s.text), label) for s, (_, label) in zip(corpus.train, bags.train, strict=True)
    ]
    loader = nn.DataLoader(rows, sentiment.BATCH_SIZE, shuffle=True, seed=0)  # as in nn.fit
    losses = []
    for _ in range(3):
        for batch, labels in loader:
            optimizer.zero_grad()
            functional.cross_entropy(theirs(tensor(batch)), torch.tensor(labels)).backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(float(functional.cross_entropy(theirs(dev), dev_labels)))
    outcome = sentiment.Sweep(bags, epochs=3).train(setting)
    assert outcome.history.dev_loss == pytest.approx(losses, rel=1e-9)
    for ours, judge in zip(outcome.model.parameters(), flat(theirs), strict=True):
        assert ours.data == pytest.approx(judge, abs=1e-9)


def flat(module):
    """The parameters of a PyTorch module as numbers, in order."""
    return [float(x) for parameter in module.parameters() for x in parameter.detach().flatten()]


def test_the_loss_and_all_gradients_of_the_transformer():
    names = tiny_gpt.read_names(tiny_gpt.NAMES)
    letters = tiny_gpt.Letters(names)
    nn.manual_seed(3)
    model = tiny_gpt.TinyGPT(len(letters.alphabet), letters.context)
    pairs = [letters.pair(name) for name in names[:5]]
    ours = tiny_gpt.next_letter_loss(model([x for x, _ in pairs]), [y for _, y in pairs])
    ours.backward()
    weights = {name: tensor(x).requires_grad_() for name, x in model.state_dict().items()}
    logits, targets = [], []
    for name in names[:5]:
        text = torch.tensor(letters.numbers(name))
        logits.append(transformer(weights, text[:-1]))
        targets.append(text[1:])
    theirs = functional.cross_entropy(torch.cat(logits), torch.cat(targets))
    theirs.backward()
    assert ours.data == pytest.approx(float(theirs.detach()), rel=1e-13)
    gradients = [float(g) for w in weights.values() for g in w.grad.flatten()]
    assert [p.grad for p in model.parameters()] == pytest.approx(gradients, abs=1e-13)


def transformer(weights, text):
    """The model written with PyTorch's functions."""

    def norm(x):
        return functional.rms_norm(x, x.shape[-1:], eps=1e-5)

    def heads(x):
        return x.reshape(len(text), tiny_gpt.HEADS, -1).transpose(0, 1)

    x = weights["embed.letters.weight"][text] + weights["embed.places.weight"][: len(text)]
    normed = norm(x)
    attention = "attend.module.1"
    q, k, v = [
        heads(normed @ weights[f"{attention}.{name}.weight"].T)
        for name in ("query", "key", "value")
    ]
    mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + mixed.transpose(0, 1).flatten(1) @ weights[f"{attention}.out.weight"].T
    hidden = functional.relu(norm(x) @ weights["think.module.1.weight"].T)
    x = x + hidden @ weights["think.module.3.weight"].T
    return norm(x) @ weights["answer.1.weight"].T
