"""text_check.py - files of each program, read by the others.

A short made text with words of several scripts is learned by every program
that is there.  What seesay writes is read by gensim, and what the others write
is read by seesay and, as a second reader, by gensim; words and vectors must be
equal.
"""
import os

import text_peers
from text_run import Failed, Missing

EXTRA = ["café naïve Ærø", "дом и сад", "東京 大阪 東京", "it's déjà-vu 3,14",
         "donaudampfschifffahrt"]
UNSEEN = ["cafés", "доме", "東京大阪", "mmmmmmmm", "xq"]
DIM = 20


class Check:
    def __init__(self, bench):
        self.bench, self.passed, self.failed = bench, 0, 0

    def path(self, name):
        return os.path.join(self.bench.folder, name)

    def that(self, what, fine, why=""):
        if fine:
            self.passed += 1
        else:
            self.failed += 1
        print("%s: %s%s" % ("passed" if fine else "FAILED", what,
                            ": " + why if why else ""), flush=True)

    def tried(self, what, work):
        """work() returns (fine, why); what is missing is left out, said."""
        try:
            fine, why = work()
        except Missing as reason:
            fine, why = False, str(reason)
        self.that(what, fine, why)

    def group(self, what, work):
        try:
            work()
        except Missing as reason:
            print("left out: %s: %s" % (what, reason), flush=True)

    def same(self, kind, path, words, *more):
        """gensim's reading of a file against a words file."""
        try:
            got = text_peers.gensim("same", kind, path, words, *more,
                                    text=True)
        except Failed as failed:
            return False, failed.run.out.strip() or str(failed)
        return True, got.out.strip()


def text_made(c):
    path = c.path("text")
    text_peers.run(os.path.join(os.environ["PEERS"], "text_corpus"), 200000,
                   3000, 25, stdout=path)
    with open(path, "a", encoding="utf-8") as f:
        for _ in range(40):
            f.write("\n".join(EXTRA) + "\n")
    return path


# ---- written by seesay ----

def exported(c, words, kind, path, *more):
    text_peers.seesay(c.bench, "words", "export", words, "-o", path,
                      "--format", kind, *more)


def written_by_seesay(c, text):
    for model in ("glove", "word2vec", "fasttext", "doc2vec", "lda"):
        words = c.path(model + ".st")
        try:
            text_peers.ours(c.bench, text, model, 2, "--dim", DIM,
                            "--epochs", 1, out=words)
        except Missing as reason:
            c.that("seesay learns " + model, False, str(reason))
            continue
        for kind in ("glove", "word2vec", "word2vec-bin", "fasttext-vec"):
            path = c.path(model + "." + kind)

            def work():
                exported(c, words, kind, path)
                return c.same(kind, path, words)
            c.tried("gensim reads seesay's %s as %s" % (model, kind), work)
        path, names = c.path(model + ".npy"), c.path(model + ".words")

        def numpy_work():
            exported(c, words, "npy", path, "--words", names)
            return c.same("npy", path, words, names)
        c.tried("numpy reads seesay's %s" % model, numpy_work)


def to_fasttext(c, _):
    """seesay's models as fastText's own program and gensim read them."""
    for model in ("fasttext", "word2vec"):
        words, path = c.path(model + ".st"), c.path(model + ".model")
        exported(c, words, "fasttext-bin", path)
        c.tried("gensim reads seesay's %s as fasttext-bin" % model,
                lambda: c.same("fasttext", path, words))
        seen = [line.split()[0] for line in open(
            c.path(model + ".glove"), encoding="utf-8").readlines()[::100]]
        c.tried("fastText reads seesay's " + model,
                lambda: vectors_equal(c, path, words, seen))


# ---- read by seesay ----

def imported(c, kind, path, *more, second=None):
    """seesay's words file of a peer's file against a second reader's."""
    words = c.path("imported.st")

    def work():
        if os.path.exists(words):
            os.remove(words)
        text_peers.seesay(c.bench, "words", "import", path, "-o", words,
                          *more)
        return c.same(second or kind, path, words,
                      *[x for x in more if os.path.exists(str(x))])
    c.tried("seesay reads %s" % os.path.basename(path), work)
    return words


def from_glove(c, text):
    pairs = text_peers.Pairs(c.bench.folder, text)
    text_peers.glove_files(text, pairs)
    for header in (0, 1):
        out = c.path("stanford%d" % header)
        text_peers.glove_run(pairs.shuffled, pairs.vocab, out, DIM, 1, 1,
                             "-binary", 2, "-write-header", header)
        imported(c, "glove" if not header else "word2vec", out + ".txt")
    imported(c, "glove-binary", c.path("stanford0.bin"), "--format",
             "glove-bin", "--words", pairs.vocab)


def from_word2vec(c, text):
    for way in ("CBOW", "skip-gram"):
        for binary in (0, 1):
            out = c.path("word2vec.c.%s.%s" % (way, "bin" if binary else
                                               "txt"))
            text_peers.word2vec(c.bench, way, 1, text=text, out=out, dim=DIM,
                                binary=binary)
            imported(c, "word2vec-bin" if binary else "word2vec", out)


def from_gensim(c, _):
    """gensim's binary form has no line ends."""
    for kind in ("word2vec", "word2vec-bin"):
        out = c.path("gensim." + kind)
        text_peers.gensim("write", kind, c.path("glove.st"), out)
        imported(c, kind, out)


def vector_lines(text):
    """word -> numbers, of lines of a word and its numbers."""
    return {fields[0]: [float(x) for x in fields[1:]]
            for fields in (line.split() for line in text.splitlines())
            if len(fields) > 1}


def vectors_equal(c, model, words, wanted):
    """fastText prints five digits."""
    asked = c.path("asked")
    with open(asked, "w", encoding="utf-8") as f:
        f.write("\n".join(wanted) + "\n")
    theirs = vector_lines(text_peers.run(
        text_peers.program("FASTTEXT", "fastText"), "print-word-vectors",
        model, stdin=asked, text=True).out)
    mine = vector_lines(text_peers.seesay(
        c.bench, "words", "vector", words, *wanted, text=True).out)
    worst = 0.0
    for word in wanted:
        if word not in theirs or word not in mine:
            return False, "no vector of '%s'" % word
        worst = max(worst, max(abs(a - b) / max(1, abs(b)) for a, b in
                               zip(theirs[word], mine[word])))
    return worst < 6e-5, "%d words, differ by %.2g" % (len(wanted), worst)


def from_fasttext(c, text):
    for way in ("CBOW", "skip-gram"):
        out = c.path("facebook." + way)
        text_peers.fasttext(c.bench, way, 1, text=text, out=out, dim=DIM)
        imported(c, "fasttext-vec", out + ".vec")
        words = imported(c, "fasttext", out + ".bin")
        c.tried("the same vectors of words that fastText never saw, " + way,
                lambda: vectors_equal(c, out + ".bin", words, UNSEEN))


def check(bench):
    c = Check(bench)
    text = text_made(c)
    if not os.environ["PYTHON_GENSIM"]:
        raise Missing("gensim (python3-gensim) is needed to compare")
    written_by_seesay(c, text)
    for what, work in (("Stanford's GloVe", from_glove),
                       ("word2vec.c", from_word2vec),
                       ("fastText", from_fasttext),
                       ("fastText", to_fasttext), ("gensim", from_gensim)):
        c.group(what, lambda: work(c, text))
    print("bench-text: %d passed, %d failed" % (c.passed, c.failed))
    return c.failed == 0
