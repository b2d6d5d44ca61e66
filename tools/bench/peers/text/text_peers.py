"""text_peers.py - how seesay and each peer is run, with the same settings.

Settings are those of the peers' own examples where a row does not say: words
seen 5 times or more, no stop words, 5 negative samples, no subsampling of
frequent words, the same learning rates.
"""
import os
import subprocess

from text_run import Cost, Missing, Run, cost_of

HERE = os.path.dirname(os.path.abspath(__file__))
MIN_COUNT = "5"


def output(*command):
    done = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise Missing("'%s' failed" % os.path.basename(str(command[0])))
    return done.stdout


def run(*command, **more):
    return Run([str(x) for x in command], **more)


# ---- texts ----

def made_text(bench, given, count):
    if given:
        return given
    count //= 10 if bench.quick else 1
    path = os.path.join(bench.work, "made.%d.txt" % count)
    if not os.path.exists(path):
        run(os.path.join(os.environ["PEERS"], "text_corpus"), count, 70000,
            0, stdout=path)
    return path


def corpus(bench):
    return made_text(bench, bench.corpus, 17000000)


def small(bench):
    return made_text(bench, bench.small, 2500000)


def real_text(bench):
    """The real text, or its first documents."""
    if not bench.text:
        raise Missing("no --text")
    if not bench.documents:
        return bench.text
    path = os.path.join(bench.folder, "text.txt")
    if not os.path.exists(path):
        with open(bench.text, "rb") as f, open(path, "wb") as out:
            for _ in range(bench.documents):
                out.write(f.readline())
    return path


def tokens(path):
    count = 0
    with open(path, "rb") as f:
        for line in f:
            count += len(line.split()) if len(line) < 1 << 20 else \
                line.count(b" ") + 1
    return count


# ---- ours ----

def seesay(bench, *words, **more):
    return run(os.environ["SEESAY"], *words, "--kernels",
               bench.kernels or "best", **more)


def ours(bench, text, model, threads, *more, out=None):
    out = out or os.path.join(bench.folder, "ours.st")
    if os.path.exists(out):
        os.remove(out)
    return seesay(bench, "words", text, "-o", out, "--model", model,
                  "--stop", "none", "--min-count", MIN_COUNT, "--threads",
                  threads, "--checkpoint-every", 1000000, *more)


# ---- Stanford's GloVe ----

class Pairs:
    """Counted and shuffled pairs of a text, and their vocabulary."""

    def __init__(self, folder, text):
        stem = os.path.join(folder, "%s.%d." % (os.path.basename(text),
                                                os.path.getsize(text)))
        self.vocab, self.counted = stem + "vocab", stem + "pairs"
        self.shuffled, self.overflow = stem + "shuffled", stem + "overflow"

    @property
    def count(self):
        return os.path.getsize(self.shuffled) // 16


def glove_program(name):
    folder = os.environ.get("GLOVE", "")
    path = os.path.join(folder, name)
    if not folder or not os.access(path, os.X_OK):
        raise Missing("Stanford's GloVe: no GLOVE=folder with '%s'" % name)
    return path


def glove_files(text, pairs, window=15):
    """Counts and shuffles; the cost of each of the three programs."""
    quiet = ["-verbose", "0"]
    return [cost_of(x) for x in (
        run(glove_program("vocab_count"), "-min-count", MIN_COUNT, *quiet,
            stdin=text, stdout=pairs.vocab),
        run(glove_program("cooccur"), "-memory", "4.0", "-vocab-file",
            pairs.vocab, "-window-size", window, "-overflow-file",
            pairs.overflow, *quiet, stdin=text, stdout=pairs.counted),
        run(glove_program("shuffle"), "-memory", "4.0", "-temp-file",
            pairs.overflow, "-seed", 1, *quiet, stdin=pairs.counted,
            stdout=pairs.shuffled))]


def glove_stages(bench):
    costs = glove_files(corpus(bench), Pairs(bench.work, corpus(bench)))
    return costs[0] + costs[1] + costs[2]


def glove_pairs(bench):
    pairs = Pairs(bench.work, corpus(bench))
    if not os.path.exists(pairs.shuffled):
        glove_stages(bench)
    return pairs


def glove_run(input_file, vocab, out, dim, threads, epochs, *more):
    return run(glove_program("glove"), "-input-file", input_file,
               "-vocab-file", vocab, "-save-file", out, "-vector-size", dim,
               "-iter", epochs, "-threads", threads, "-verbose", 1, *more)


def glove_epoch(bench, pairs, dim, threads):
    """One epoch of all pairs, by two epochs of a part of them."""
    count = min(pairs.count, 20000000 // dim * (1 if bench.quick else 10))
    part = os.path.join(bench.folder, "part.bin")
    with open(pairs.shuffled, "rb") as f, open(part, "wb") as out:
        left = 16 * count
        while left:
            left -= out.write(f.read(min(left, 1 << 20)))
    got = glove_run(part, pairs.vocab, os.path.join(bench.folder, "glove"),
                    dim, threads, 3, "-seed", 1)
    first, last = got.mark("iter: 001"), got.mark("iter: 003")
    scale = pairs.count / (2 * count)
    return Cost((last[0] - first[0]) * scale, (last[1] - first[1]) * scale,
                got.rss, threads)


# ---- word2vec.c and fastText ----

def program(variable, name):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        raise Missing("%s: no %s=program" % (name, variable))
    return path


def rate(model, way):
    """The starting rate of each program's own examples."""
    return 0.05 if model == "fasttext" or way == "CBOW" else 0.025


def word2vec(bench, way, threads, text=None, out=None, dim=100, epochs=1,
             sample=0, binary=1):
    return run(program("WORD2VEC", "word2vec.c"), "-train",
               text or small(bench), "-output",
               out or os.path.join(bench.folder, "word2vec.bin"), "-cbow",
               int(way == "CBOW"), "-size", dim, "-window", 5, "-negative",
               5, "-hs", 0, "-sample", sample, "-min-count", MIN_COUNT,
               "-iter", epochs, "-alpha", rate("word2vec", way), "-binary",
               binary, "-threads", threads, "-debug", 0)


def fasttext(bench, way, threads, text=None, out=None, dim=100, epochs=1,
             sample=1, seed=0):
    """A threshold of 1 thins nothing."""
    return run(program("FASTTEXT", "fastText"),
               "cbow" if way == "CBOW" else "skipgram", "-input",
               text or small(bench), "-output",
               out or os.path.join(bench.folder, "fasttext"), "-dim", dim,
               "-ws", 5, "-neg", 5, "-t", sample, "-minCount", MIN_COUNT,
               "-minn", 3, "-maxn", 6, "-epoch", epochs, "-lr",
               rate("fasttext", way), "-thread", threads, "-seed", seed,
               "-verbose", 0)


# ---- gensim ----

def gensim(*words, **more):
    python = os.environ["PYTHON_GENSIM"]
    if not python:
        raise Missing("gensim (python3-gensim) is not installed")
    return run(python, os.path.join(HERE, "text_gensim.py"), *words, **more)


def gensim_train(model, text, threads):
    """From the text in memory to the model, without Python's start."""
    got = gensim("time", model, text, threads)
    begin, end = got.mark("^begin$"), got.mark("^end$")
    return Cost(end[0] - begin[0], got.cpu - begin[1], got.rss, threads)


# ---- what is there ----

def commit(path):
    """The commit of the folder that a program lies in."""
    try:
        return subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", os.path.dirname(path),
             "log", "-1", "--format=%h"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""


def found():
    """Name, and its version or what is missing, of each peer."""
    peers = []
    for name, find in (
            ("Stanford GloVe", lambda: commit(glove_program("glove"))),
            ("word2vec.c", lambda: commit(program("WORD2VEC", "word2vec.c"))),
            ("fastText", lambda: commit(program("FASTTEXT", "fastText"))),
            ("gensim", lambda: gensim("version", text=True).out.strip())):
        try:
            peers.append((name, find(), None))
        except Missing as what:
            peers.append((name, None, str(what)))
    return peers


def versions():
    return ["%s %s" % (name, version) for name, version, missing in found()
            if not missing]


def absent():
    return ["absent: " + missing for _, _, missing in found() if missing]
