"""text_quality.py - what the vectors of each program are worth.

Every model learns the same real text with the same settings, by seesay and by
a peer, each with several seeds (word2vec.c takes none: its threads race, so
that two runs differ).  Peers' files stay in --work for the next time.
"""
import glob
import json
import os
import re

import text_peers
from text_run import Missing, median, say

DIM = 100
EPOCHS = {"glove": 10, "word2vec": 5, "fasttext": 5, "doc2vec": 10, "lda": 2}
WINDOW = {"glove": 10, "word2vec": 5, "fasttext": 5}
SAMPLE = 1e-3
ASKED = 1000		# held-out documents
SHOWN = [("WS-353-ALL", "WS-353"), ("SIMLEX-999", "SimLex-999"),
         ("MTurk-287", "MTurk-287"), ("YP-130", "YP-130"),
         ("RG-65", "RG-65")]


def spread(values, form="%.3f"):
    if not values:
        return ""
    text = form % median(values)
    if len(values) > 1 and min(values) < max(values):
        text += " (%s to %s)" % (form % min(values), form % max(values))
    return text


# ---- texts ----

def parted(bench):
    """The text to learn, the held-out documents, and the two halves of each:
    its odd and its even words, a document of their own.  Runs of a to z in
    small letters, as seesay would clean them: all must learn the same words."""
    paths = [os.path.join(bench.folder, x) for x in ("learn", "held",
                                                     "halves")]
    if not os.path.exists(paths[0]):
        with open(text_peers.real_text(bench), encoding="utf-8") as f, \
                open(paths[0], "w", encoding="utf-8") as learn, \
                open(paths[1], "w", encoding="utf-8") as held, \
                open(paths[2], "w", encoding="utf-8") as halves:
            count = 0
            for i, line in enumerate(f):
                words = re.findall("[a-z]+", line.lower().replace("'", ""))
                line = " ".join(words) + "\n"
                if i % 10 or len(words) < 40 or count == ASKED:
                    learn.write(line)
                    continue
                count += 1
                held.write(line)
                halves.write(" ".join(words[::2]) + "\n" +
                             " ".join(words[1::2]) + "\n")
    return paths


def kept(bench, name):
    """A file that stays for the next time; it is there once it is whole."""
    return os.path.join(bench.work, "quality.%s.%s" % (
        name, bench.documents or "all"))


# ---- word vectors ----

def glove_peer(bench, seed, out):
    text = parted(bench)[0]
    pairs = text_peers.Pairs(bench.folder, text)
    if not os.path.exists(pairs.shuffled):
        text_peers.glove_files(text, pairs, WINDOW["glove"])
    got = text_peers.glove_run(pairs.shuffled, pairs.vocab, out + ".part",
                               DIM, 2, EPOCHS["glove"], "-seed", seed)
    losses = [float(m.group(1)) for _, _, line in got.lines
              for m in [re.search(r"cost: ([\d.]+)", line)] if m]
    with open(out + ".loss", "w") as f:
        json.dump(losses, f)
    os.rename(out + ".part.txt", out)


def word2vec_peer(way):
    def learn(bench, _, out):
        text_peers.word2vec(bench, way, 2, text=parted(bench)[0],
                            out=out + ".part", dim=DIM,
                            epochs=EPOCHS["word2vec"], sample=SAMPLE)
        os.rename(out + ".part", out)
    return learn


def fasttext_peer(way):
    def learn(bench, seed, out):
        text_peers.fasttext(bench, way, 2, text=parted(bench)[0],
                            out=out + ".part", dim=DIM, seed=seed,
                            epochs=EPOCHS["fasttext"], sample=SAMPLE)
        os.rename(out + ".part.vec", out)
        os.remove(out + ".part.bin")
    return learn


def ours(bench, model, seed, out, *more):
    text = parted(bench)[0]
    settings = ["--dim", DIM, "--epochs", EPOCHS[model], "--seed", seed]
    if model in WINDOW:
        settings += ["--window", WINDOW[model]]
    return text_peers.ours(bench, text, model, 2, *settings, *more,
                           "--progress", "json", out=out)


def scores_of(bench, kind, path):
    sets = sorted(glob.glob(os.path.join(bench.wordsim, "*.txt")))
    got = text_peers.gensim("scores", kind, path, *sets, text=True)
    return {name[3:-4] if name.startswith("EN-") else name[:-4]: score
            for name, score in json.loads(got.out).items()}


def mean(scores):
    """Of all sets, each by its known pairs: of some there are hardly ten."""
    return (sum(pairs * rho for pairs, rho in scores.values()) /
            sum(pairs for pairs, _ in scores.values()))


def score_row(title, program, scores):
    cells = [spread([x[name][1] for x in scores if name in x])
             for name, _ in SHOWN]
    print("| %s | %s | %s | %s |" % (title, program, " | ".join(cells),
                                     spread([mean(x) for x in scores if x])),
          flush=True)


def peer_scores(bench, name, kind, learn):
    scores, losses = [], []
    for seed in range(1, bench.seeds + 1):
        out = kept(bench, "%s.%d" % (name, seed))
        if not os.path.exists(out):
            say("quality: the peer's %s, seed %d" % (name, seed))
            learn(bench, seed, out)
        scores.append(scores_of(bench, kind, out))
        if os.path.exists(out + ".loss"):
            with open(out + ".loss") as f:
                losses.append(json.load(f))
    return scores, losses


def our_scores(bench, model, *more):
    scores, losses = [], []
    for seed in range(1, bench.seeds + 1):
        out = os.path.join(bench.folder, "quality.st")
        got = ours(bench, model, seed, out, *more)
        scores.append(scores_of(bench, "seesay", out))
        loss = {}
        for _, _, line in got.progress():
            m = re.search(r"epoch (\d+)\s+loss ([\d.]+)", line["extra"])
            if m:
                loss[int(m.group(1))] = float(m.group(2))
        losses.append(loss)
    return scores, losses


def losses_print(theirs, mine):
    print("\n| epoch | Stanford's cost | ours, two tables |\n|---|---|---|")
    for epoch in range(1, EPOCHS["glove"] + 1):
        print("| %d | %s | %s |" % (
            epoch, spread([x[epoch - 1] for x in theirs if len(x) >= epoch],
                          "%.5f"),
            spread([x[epoch] for x in mine if epoch in x], "%.5f")))
    print()


def vectors_rows(bench, name, title, peer, kind, learn, model, *more):
    peer_losses = []
    try:
        scores, peer_losses = peer_scores(bench, name, kind, learn)
        score_row(title, peer, scores)
    except Missing as what:
        print("Left out: %s." % what)
    scores, losses = our_scores(bench, model, *more)
    score_row("", "seesay", scores)
    return peer_losses, losses


def header():
    print("| model | program | %s | mean by pairs |\n|---|---|%s---|" % (
        " | ".join(x for _, x in SHOWN), "---|" * len(SHOWN)))


def glove(bench):
    header()
    losses = vectors_rows(bench, "glove", "GloVe, two tables", "GloVe",
                          "glove", glove_peer, "glove", "--two-tables")
    score_row("GloVe, one table", "seesay", our_scores(bench, "glove")[0])
    losses_print(*losses)


def sgns(bench, model, peer, kind, learner):
    header()
    for way, more in (("CBOW", []), ("skip-gram", ["--skipgram"])):
        vectors_rows(bench, model + "." + way, "%s, %s" % (model, way), peer,
                     kind, learner(way), model, "--subsample", SAMPLE,
                     "--rate", text_peers.rate(model, way), *more)
    print()


# ---- texts as a whole ----

def inferred(bench, words, texts, out):
    text_peers.run(os.path.join(os.environ["PEERS"], "text_infer"), words,
                   out, stdin=texts)


def halves_found(path, dim):
    """Share of documents whose other half is the nearest of all."""
    got = text_peers.gensim("halves", path, dim, text=True)
    return float(got.out)


def peer_docs(bench, model, held, halves):
    """What gensim's model makes of the halves, and LDA's perplexity."""
    found, perplexity = [], []
    for seed in range(1, bench.seeds + 1):
        out = kept(bench, "%s.%d" % (model, seed))
        if not os.path.exists(out):
            say("quality: gensim's %s, seed %d" % (model, seed))
            text_peers.gensim("learn", model, parted(bench)[0], halves,
                              out + ".part", seed, EPOCHS[model])
            for end in [".topics.npz"] * (model == "lda") + [""]:
                os.rename(out + ".part" + end, out + end)
        found.append(halves_found(out, DIM))
        if model == "lda":
            perplexity.append(perplexity_of("topics", out + ".topics.npz",
                                            held))
    return found, perplexity


def perplexity_of(kind, path, held):
    return float(text_peers.gensim("perplexity", kind, path, held,
                                   text=True).out)


def our_docs(bench, model, held, halves, *more):
    found, perplexity = [], []
    for seed in range(1, bench.seeds + 1):
        words = os.path.join(bench.folder, "quality.st")
        out = os.path.join(bench.folder, "halves.f32")
        ours(bench, model, seed, words, *more)
        inferred(bench, words, halves, out)
        found.append(halves_found(out, DIM))
        if model == "lda":
            perplexity.append(perplexity_of("seesay", words, held))
    return found, perplexity


def documents(bench, model, *more):
    _, held, halves = parted(bench)
    print("| model | program | the other half is nearest | held-out "
          "perplexity |\n|---|---|---|---|")
    for program, work in (
            ("gensim", lambda: peer_docs(bench, model, held, halves)),
            ("seesay", lambda: our_docs(bench, model, held, halves, *more))):
        try:
            found, perplexity = work()
        except Missing as what:
            print("Left out: %s." % what)
            continue
        print("| %s | %s | %s | %s |" % (model, program, spread(found),
                                         spread(perplexity, "%.1f")),
              flush=True)
    print()


MODELS = {
    "glove": glove,
    "word2vec": lambda bench: sgns(bench, "word2vec", "word2vec.c",
                                   "word2vec-bin", word2vec_peer),
    "fasttext": lambda bench: sgns(bench, "fasttext", "fastText",
                                   "fasttext-vec", fasttext_peer),
    "doc2vec": lambda bench: documents(bench, "doc2vec"),
    "lda": lambda bench: documents(bench, "lda", "--chunk", 2000),
}


def quality(bench, names):
    unknown = set(names) - set(MODELS)
    if unknown:
        raise Missing("there is no model '%s'" % unknown.pop())
    if not bench.wordsim:
        raise Missing("no --wordsim")
    left_out = []
    for name in names or MODELS:
        try:
            MODELS[name](bench)
        except Missing as what:
            left_out.append("%s: %s" % (name, what))
            say("left out: " + left_out[-1])
    for what in left_out:
        print("Left out: %s." % what)
    return True
