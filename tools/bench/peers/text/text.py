"""text.py - the commands of bench-text and its table.

Ours and a peer take turns on the same text with the same settings and threads.
A ratio is the peer's time through ours in one round: by the clock, and by the
processor time of each thread, which other programs on the machine disturb less.
"""
import argparse
import os
import sys
import tempfile

import text_check
import text_peers
import text_quality
from text_run import (Cost, Missing, alternate, best, cost_of, cpu_ratio,
                      median, middle, ratio_text, say)

MB = 1e6


# ---- the machine ----

class Machine:
    """What one core can do: the limits that shares are of."""

    def __init__(self, kernels):
        text = text_peers.output(os.environ["CHECKKERNELS"], "--bench",
                                 "--kernels", kernels or "none",
                                 "--test", "none")
        peaks, self.copy = {}, 0.0
        for line in text.splitlines():
            if line.startswith("multiply-add peak"):
                peaks[line.split(",")[1].split(":")[0].strip()] = float(
                    line.split()[-2])
            elif line.startswith("copy in memory"):
                self.copy = float(line.split()[-2])
        self.kernels = kernels or list(peaks)[-1]
        self.peak = peaks[self.kernels]
        self.roots = float(text_peers.output(
            os.path.join(os.environ["PEERS"], "machine")))

    def shares(self, seconds, threads, flops=0, moved=0, roots=0):
        """Time that each resource alone would need, in per cent of the
        processor time of ours (seconds of each thread)."""
        shares = [("fma", flops / (self.peak * 1e9)),
                  ("root", roots / (self.roots * 1e9)),
                  ("copy", moved / (self.copy * 1e9))]
        return ", ".join("%s %.0f %%" % (name, 100 * s / threads / seconds)
                         for name, s in shares if s)


# ---- rows ----

def amount(value, unit):
    for letter, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return "%.3g %s %s" % (value / size, letter, unit)
    return "%.3g %s" % (value, unit)


def shown(cost, work, unit):
    if not unit:
        return "%.3g s (%.3g s)" % (cost.wall, cost.cpu)
    return "%s (%s)" % (amount(work / cost.wall, unit),
                        amount(work / cost.cpu, unit))


def row(title, threads, peer, costs, work, unit, limit=""):
    """work: how many units the costs are for; no unit: seconds."""
    mine, theirs = middle(costs["mine"]), middle(costs["peer"])
    memory = "%.0f MB, %.0f MB" % (mine.rss / MB, theirs.rss / MB)
    print("| %s | %d | %s | %s | %s %s | %s | %s | %.2f | %s | %s |" % (
        title, threads, shown(mine, work, unit),
        shown(best(costs["mine"]), work, unit), peer,
        shown(theirs, work, unit), shown(best(costs["peer"]), work, unit),
        ratio_text(costs["peer"], costs["mine"]),
        cpu_ratio(costs["peer"], costs["mine"]), memory, limit), flush=True)


def ours_glove(dim, threads, epochs=1):
    return text_peers.ours(
        bench, text_peers.corpus(bench), "glove", threads, "--two-tables",
        "--window", 15, "--dim", dim, "--epochs", epochs, "--progress",
        "json")


def ours_epoch(run, threads):
    """One epoch, from the first to the last line of progress."""
    lines = [x for x in run.progress() if x[2]["phase"] == "words"]
    if len(lines) < 2:
        raise Missing("the text is too small to time an epoch")
    first, last = lines[0], lines[-1]
    share = (last[2]["done"] - first[2]["done"]) / last[2]["total"]
    return Cost((last[2]["t"] - first[2]["t"]) / share,
                (last[1] - first[1]) / share, run.rss, threads)


def glove_rows():
    pairs = text_peers.glove_pairs(bench)
    machine = bench.machine
    for dim in (100, 300):
        for threads in bench.threads:
            costs = alternate(
                bench.rounds,
                mine=lambda: ours_epoch(ours_glove(dim, threads), threads),
                peer=lambda: text_peers.glove_epoch(bench, pairs, dim,
                                                    threads))
            mine = middle(costs["mine"])
            bench.epochs[dim, threads] = costs
            # two rows of vectors and sums of squares, each with its bias
            row("GloVe, %d dimensions" % dim, threads, "GloVe", costs,
                pairs.count, "pairs/s",
                machine.shares(mine.cpu / pairs.count, threads,
                               16 * (dim + 1), 2 * 2 * 2 * 4 * (dim + 1),
                               2 * (dim + 1)))


def ours_stages(threads):
    """All that comes before the first step of training."""
    run = ours_glove(8, threads)
    wall, cpu, _ = run.mark(r"\d+ words, \d+ pairs")
    return Cost(wall, cpu, run.rss, threads)


def stages_rows():
    for threads in bench.threads:
        costs = alternate(bench.rounds, mine=lambda: ours_stages(threads),
                          peer=lambda: text_peers.glove_stages(bench))
        bench.stages[threads] = costs
        row("words, pairs and their order", threads, "GloVe, 1 thread", costs,
            1, "")


def whole_rows():
    """Put together from what the two rows before measured."""
    if not bench.stages:
        stages_rows()
    if not bench.epochs:
        glove_rows()
    for threads in bench.threads:
        stages, epochs = bench.stages[threads], bench.epochs[100, threads]
        costs = {side: [a + b.times(15) for a, b in zip(stages[side],
                                                        epochs[side])]
                 for side in ("mine", "peer")}
        row("from text to vectors, 15 epochs of 100 dimensions (put together)",
            threads, "GloVe", costs, 1, "")


def sgns_rows(title, model, peer_name, turns):
    """CBOW and skip-gram: turns(way, threads) gives the peer's run."""
    text, dim = text_peers.small(bench), 100
    words = text_peers.tokens(text)
    for way, more in (("CBOW", []), ("skip-gram", ["--skipgram"])):
        for threads in bench.threads:
            costs = alternate(
                bench.rounds,
                mine=lambda: cost_of(text_peers.ours(
                    bench, text, model, threads, "--window", 5,
                    "--dim", dim, "--epochs", 1, "--subsample", 0,
                    "--rate", text_peers.rate(model, way), *more), threads),
                peer=lambda: cost_of(turns(way, threads), threads))
            # 6 neighbours on average; a word and 5 drawn ones: a product
            # and two updates of 2 flops for each number
            flops = (48 if way == "CBOW" else 6 * 36) * dim
            moved = (12 if way == "CBOW" else 6 * 7) * 2 * 4 * dim
            row("%s, %s" % (title, way), threads, peer_name, costs, words,
                "words/s", bench.machine.shares(
                    middle(costs["mine"]).cpu / words, threads, flops,
                    moved))


def word2vec_rows():
    sgns_rows("word2vec", "word2vec", "word2vec.c",
              lambda way, threads: text_peers.word2vec(bench, way, threads))


def fasttext_rows():
    sgns_rows("fastText, n-grams of 3 to 6", "fasttext", "fastText",
              lambda way, threads: text_peers.fasttext(bench, way, threads))


def gensim_rows(title, model, settings):
    text = text_peers.real_text(bench)
    words = text_peers.tokens(text)
    for threads in bench.threads:
        costs = alternate(
            bench.rounds,
            mine=lambda: cost_of(text_peers.ours(
                bench, text, model, threads, *settings), threads),
            peer=lambda: text_peers.gensim_train(model, text, threads))
        row(title, threads, "gensim", costs, words, "words/s")


def doc2vec_rows():
    gensim_rows("doc2vec (PV-DBOW), 100 dimensions", "doc2vec",
                ["--dim", 100, "--epochs", 1, "--min-count", 5])


def lda_rows():
    gensim_rows("LDA, 100 topics, chunks of 5000", "lda",
                ["--dim", 100, "--epochs", 1, "--chunk", 5000])


ROWS = {"glove": glove_rows, "stages": stages_rows, "whole": whole_rows,
        "word2vec": word2vec_rows, "fasttext": fasttext_rows,
        "doc2vec": doc2vec_rows, "lda": lda_rows}


# ---- commands ----

def processor_name():
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def table(names):
    unknown = set(names) - set(ROWS)
    if unknown:
        raise Missing("there is no row '%s'" % unknown.pop())
    machine, load, left_out = bench.machine, os.getloadavg()[0], []
    print("| work | threads | ours (by processor time) | best | peer | best | "
          "peer / ours (range) | by processor time | memory: ours, peer | "
          "of what one core can |\n|---|---|---|---|---|---|---|---|---|---|")
    for name in names or ROWS:
        say("row %s" % name)
        try:
            ROWS[name]()
        except Missing as what:
            left_out.append("%s: %s" % (name, what))
            say("left out: " + left_out[-1])
    print("\nMedians of %d turns. %s, kernels %s. One core: %.1f GFLOP/s of "
          "multiply-adds, %.1f GB/s copied, %.2f quotients by a root a ns. "
          "Others at the start: load %.1f." % (
              bench.rounds, processor_name(), machine.kernels, machine.peak,
              machine.copy, machine.roots, load))
    print("Peers: %s." % ", ".join(text_peers.versions()))
    for what in left_out:
        print("Left out: %s." % what)
    return True


def peers(_):
    for line in text_peers.versions() + text_peers.absent():
        print(line)
    return True


COMMANDS = {"table": table, "peers": peers,
            "check": lambda names: text_check.check(bench),
            "quality": lambda names: text_quality.quality(bench, names)}
bench = None


def options():
    p = argparse.ArgumentParser(prog="bench-text")
    for name in ("corpus", "small", "text", "wordsim"):
        p.add_argument("--" + name)
    p.add_argument("--documents", type=int)
    p.add_argument("--rounds", type=int)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--threads", default="1,2")
    p.add_argument("--kernels")
    p.add_argument("--work")
    p.add_argument("command", choices=[*COMMANDS, "corpus"])
    p.add_argument("words", nargs="*")
    o = p.parse_args()
    o.rounds = o.rounds or (1 if o.quick else 3)
    o.threads = [int(x) for x in o.threads.split(",")]
    o.stages, o.epochs = {}, {}
    return o


def main():
    global bench
    bench = options()
    if bench.command == "corpus":
        program = os.path.join(os.environ["PEERS"], "text_corpus")
        os.execv(program, [program, *bench.words])
    with tempfile.TemporaryDirectory(prefix="seesay-text") as bench.folder:
        bench.work = bench.work or bench.folder
        os.makedirs(bench.work, exist_ok=True)
        try:
            if bench.command == "table":
                bench.machine = Machine(bench.kernels)
                bench.kernels = bench.machine.kernels
            return 0 if COMMANDS[bench.command](bench.words) else 1
        except Missing as what:
            say(str(what))
            return 1


if __name__ == "__main__":
    sys.exit(main())
