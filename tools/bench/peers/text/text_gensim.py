"""text_gensim.py - gensim's side of bench-text; needs gensim and numpy.

    version
    time MODEL TEXT THREADS		"begin" and "end" on standard error
    same KIND FILE WORDS [MORE]		words and vectors of another program's
                                        file against a words file of seesay
    write KIND WORDS FILE		a words file's vectors as gensim writes them
    scores KIND FILE SET...		Spearman's rank correlation with each set
    learn MODEL TEXT ASKED OUT SEED EPOCHS
                                        vectors of the texts in ASKED
    halves FILE DIM			how often the next is the nearest
    perplexity KIND FILE TEXT		of an LDA's topics on a text
"""
import json
import struct
import sys

import gensim
import numpy
import scipy.special
from gensim.models import KeyedVectors, LdaModel, LdaMulticore
from gensim.models.doc2vec import Doc2Vec, TaggedDocument
from gensim.models.fasttext import load_facebook_vectors

TOPICS = 100


# ---- texts and models ----

def documents(path):
    with open(path, encoding="utf-8") as f:
        return [line.split() for line in f]


def mark(word):
    print(word, file=sys.stderr, flush=True)


def doc2vec(docs, threads, seed=1, epochs=1, dim=100):
    return Doc2Vec([TaggedDocument(x, [i]) for i, x in enumerate(docs)],
                   dm=0, vector_size=dim, negative=5, hs=0, min_count=5,
                   sample=1e-3, window=8, epochs=epochs, workers=threads,
                   alpha=0.025, min_alpha=0.0001, seed=seed)


def bags(docs):
    words = gensim.corpora.Dictionary(docs, prune_at=None)
    words.filter_tokens([i for i, n in words.cfs.items() if n < 5])
    words.compactify()
    return words, [words.doc2bow(x) for x in docs]


def lda(docs, threads, topics=TOPICS, chunk=5000, seed=1, passes=1):
    words, counted = bags(docs)
    settings = dict(id2word=words, num_topics=topics, chunksize=chunk,
                    passes=passes, alpha="symmetric", eta="symmetric",
                    decay=0.5, offset=1.0, iterations=50,
                    gamma_threshold=0.001, eval_every=None,
                    random_state=seed)
    if threads == 1:
        return LdaModel(counted, **settings)
    return LdaMulticore(counted, workers=threads, **settings)


def time_model(model, path, threads):
    docs = documents(path)
    mark("begin")
    {"doc2vec": doc2vec, "lda": lda}[model](docs, int(threads))
    mark("end")


# ---- files ----

KINDS = {"U8": "u1", "U64": "<u8", "F32": "<f4"}


class Words:
    """A words file of seesay: words, vectors, and where each word is."""

    def __init__(self, path):
        with open(path, "rb") as f:
            size = struct.unpack("<Q", f.read(8))[0]
            header = json.loads(f.read(size))
            data = f.read()
        self.meta = header.pop("__metadata__")
        self.tensors = {}
        for name, t in header.items():
            begin, end = t["data_offsets"]
            if t["dtype"] in KINDS:
                self.tensors[name] = numpy.frombuffer(
                    data[begin:end], KINDS[t["dtype"]]).reshape(t["shape"])
        self.words = self.strings("word")
        self.vectors = self.tensors["vectors"]

    def strings(self, name):
        whole = self.tensors[name + ".bytes"].tobytes()
        ends = [0, *map(int, self.tensors[name + ".ends"])]
        return [whole[a:b].decode("utf-8") for a, b in zip(ends, ends[1:])]


def lines(path):
    with open(path, encoding="utf-8") as f:
        return f.read().split("\n")[:-1]


def glove_binary(path, vocabulary):
    """Doubles without a header: rows of vector and bias, words then
    contexts, and after them <unk> where the text has one."""
    words = [line.rsplit(" ", 1)[0] for line in lines(vocabulary)]
    table = numpy.fromfile(path, "<f8").reshape(2 * len(words), -1)
    return words, (table[:len(words), :-1] + table[len(words):, :-1]).astype(
        "f4")


def keyed(vectors):
    return vectors.index_to_key, vectors.vectors


def read(kind, path, *more):
    """Words and vectors of a file, read by gensim where it can."""
    if kind == "seesay":
        words = Words(path)
        return words.words, words.vectors
    if kind == "glove":
        return keyed(KeyedVectors.load_word2vec_format(
            path, binary=False, no_header=True))
    if kind == "glove-binary":
        return glove_binary(path, *more)
    if kind in ("word2vec", "fasttext-vec"):
        return keyed(KeyedVectors.load_word2vec_format(path, binary=False))
    if kind == "word2vec-bin":
        return keyed(KeyedVectors.load_word2vec_format(path, binary=True))
    if kind == "fasttext":
        return keyed(load_facebook_vectors(path))
    if kind == "npy":
        return lines(*more), numpy.load(path)
    raise SystemExit("unknown kind '%s'" % kind)


def same(kind, path, ours, *more):
    """Says how far apart.  A first line may not count the row <unk>, which
    gensim then does not see."""
    words, vectors = read(kind, path, *more)
    mine = Words(ours)
    where = {w: i for i, w in enumerate(mine.words)}
    lost = [w for w in words if w not in where]
    new = set(mine.words) - set(words) - {"<unk>"}
    rows = [i for i, w in enumerate(words) if w in where]
    if kind == "fasttext":  # fastText gives its line end no n-grams
        rows = [i for i in rows if words[i] != "</s>"]
    far = numpy.abs(vectors[rows] - mine.vectors[[where[words[i]]
                                                  for i in rows]]).max()
    print("%d words, %d lost%s, %d more, differ by %.2g" % (
        len(words), len(lost), " (%s)" % lost[0] if lost else "", len(new),
        far))
    return not lost and not new and bool(
        far <= 1e-6 * numpy.abs(vectors).max())


def write(kind, ours, path):
    mine = Words(ours)
    vectors = KeyedVectors(mine.vectors.shape[1])
    vectors.add_vectors(mine.words, mine.vectors)
    vectors.save_word2vec_format(path, binary=kind == "word2vec-bin")


# ---- word similarity ----

def ranks(values):
    """1 and up; equal values share the mean of their ranks."""
    values = numpy.asarray(values)
    order = values.argsort(kind="stable")
    out = numpy.empty(len(values))
    out[order] = numpy.arange(1, len(values) + 1)
    for value in numpy.unique(values):
        out[values == value] = out[values == value].mean()
    return out


def spearman(a, b):
    return float(numpy.corrcoef(ranks(a), ranks(b))[0, 1])


def set_read(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            fields = line.strip().lower().split("\t")
            if len(fields) == 3:
                yield fields[0], fields[1], float(fields[2])


def scores(kind, path, *sets):
    """JSON: for each set, pairs that are known and the correlation."""
    words, vectors = read(kind, path)
    where = {w: i for i, w in enumerate(words)}
    unit = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
    found = {}
    for name in sets:
        said, seen = [], []
        for a, b, score in set_read(name):
            if a in where and b in where:
                said.append(score)
                seen.append(float(unit[where[a]] @ unit[where[b]]))
        if len(said) > 10:
            found[name.rsplit("/", 1)[-1]] = [len(said), spearman(said, seen)]
    print(json.dumps(found))
    return True


# ---- vectors of texts ----

def learn(model, path, asked, out, seed, epochs):
    docs, asked = documents(path), documents(asked)
    if model == "doc2vec":
        made = doc2vec(docs, 2, int(seed), int(epochs))
        rows = [made.infer_vector(x, alpha=0.1, min_alpha=0.0001, epochs=5)
                for x in asked]
    else:
        made = lda(docs, 1, chunk=2000, seed=int(seed), passes=int(epochs))
        rows, _ = made.inference([made.id2word.doc2bow(x) for x in asked])
        words = [made.id2word[i] for i in range(len(made.id2word))]
        numpy.savez(out + ".topics.npz", mass=made.state.get_lambda(),
                    words=numpy.array(words))
    numpy.array(rows, dtype="<f4").tofile(out)


def halves(path, dim):
    """Rows 0 and 1 belong together, 2 and 3, and so on."""
    rows = numpy.fromfile(path, "<f4").reshape(-1, int(dim))
    rows = rows / numpy.maximum(numpy.linalg.norm(rows, axis=1,
                                                  keepdims=True), 1e-30)
    near = (rows[::2] @ rows[1::2].T).argmax(axis=1)
    print(float((near == numpy.arange(len(near))).mean()))


def masses(beta):
    """lambda [topics, words] of beta = exp(E[log beta]), in which numbers
    below 1e-15 are 1e-15: the sum of a topic's is found by halving."""
    psi, prior = scipy.special.psi, 1 / len(beta)
    known = numpy.exp(numpy.linspace(numpy.log(prior), numpy.log(1e9), 40000))
    psi_known = psi(known)

    def one(row):
        def mass(total):
            return numpy.interp(numpy.log(row) + psi(total), psi_known, known)
        low, high = prior * len(row), 1e9
        while high > low * (1 + 1e-9):
            middle = (low * high) ** 0.5
            if mass(middle).sum() > middle:
                low = middle
            else:
                high = middle
        return numpy.where(row > 1.1e-15, mass(low), prior)
    return numpy.array([one(row) for row in beta.astype("f8")])


def topics(kind, path):
    """words, lambda [topics, words]"""
    if kind == "seesay":
        words = Words(path)
        return words.words, masses(words.vectors.T)
    found = numpy.load(path)
    return list(found["words"]), found["mass"].astype("f8")


def perplexity(kind, path, text):
    """Of every other word of a document, its topics being inferred from the
    rest: the topics by Hoffman's rule, a word by the mean of its lambda."""
    words, mass = topics(kind, path)
    where = {w: i for i, w in enumerate(words)}
    prior, psi = 1 / len(mass), scipy.special.psi
    sums = mass.sum(axis=1, keepdims=True)
    beta, mean = numpy.exp(psi(mass) - psi(sums)), mass / sums
    log_of, total = 0.0, 0
    for doc in documents(text):
        doc = [where[w] for w in doc if w in where]
        ids, counts = numpy.unique(doc[::2], return_counts=True)
        part, gamma = beta[:, ids], numpy.ones(len(beta))
        for _ in range(100):
            theta = numpy.exp(psi(gamma) - psi(gamma.sum()))
            gamma = prior + theta * ((counts / (theta @ part + 1e-100)) @
                                     part.T)
        log_of += numpy.log(gamma / gamma.sum() @ mean[:, doc[1::2]]).sum()
        total += len(doc[1::2])
    print(float(numpy.exp(-log_of / total)))


COMMANDS = {"time": time_model, "same": same, "write": write,
            "scores": scores, "learn": learn, "halves": halves,
            "perplexity": perplexity,
            "version": lambda: print(gensim.__version__)}


if __name__ == "__main__":
    fine = COMMANDS[sys.argv[1]](*sys.argv[2:])
    sys.exit(1 if fine is False else 0)
