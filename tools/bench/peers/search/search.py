"""search.py - the table of bench-search: seesay and Faiss by turns."""
import argparse
import os
import statistics
import subprocess
import sys
import time

try:
    import faiss
    import numpy
except ImportError:
    faiss = None

BENCH = os.environ["BENCH"]
K = 10


def arguments():
    a = argparse.ArgumentParser(prog="bench-search")
    a.add_argument("--vectors", type=int, default=1000000)
    a.add_argument("--dim", type=int, default=300)
    a.add_argument("--turns", type=int, default=7)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--sizes", default="")
    a.add_argument("--work", required=True)
    return a.parse_args()


def make(work, vectors, dim):
    prefix = os.path.join(work, "%d-%d" % (vectors, dim))
    if not os.path.exists(prefix + ".index"):
        subprocess.run([BENCH, "make", prefix, str(vectors), str(dim), "1000"],
                       check=True, stdout=sys.stderr)
    return prefix


class Ours:
    def __init__(self, prefix, threads, *tables):
        self.child = subprocess.Popen(
            [BENCH, "serve", prefix, str(threads), *tables], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        name = self.child.stdout.readline().split()
        self.kernels, self.codes = name[0], name[1]

    def ask(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().split()

    def search(self, what, first, n):
        """Seconds, scored, bytes, ids."""
        line = self.ask("%s %d %d" % (what, first, n))
        return float(line[0]), int(line[1]), int(line[2]), line[3:]

    def read_rate(self):
        """Bytes a second, the best of five."""
        lines = [self.ask("read") for _ in range(5)]
        return max(float(n) / float(s) for s, n in lines)

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class Peer:
    def __init__(self, prefix, dim):
        self.base = numpy.fromfile(prefix + ".base.f32", dtype="float32")
        self.base = self.base.reshape(-1, dim)
        self.queries = numpy.fromfile(prefix + ".query.f32", dtype="float32")
        self.queries = self.queries.reshape(-1, dim)
        self.index = faiss.IndexFlatIP(dim)
        self.index.add(self.base)
        self.base = None

    def search(self, first, n, threads):
        faiss.omp_set_num_threads(threads)
        start = time.perf_counter()
        _, ids = self.index.search(self.queries[first:first + n], K)
        return time.perf_counter() - start, ids


def equal(ours, theirs):
    """Ids of the two; near ties are theirs to order."""
    same = sum(str(i) in set(ours[q * K:(q + 1) * K])
               for q, row in enumerate(theirs) for i in row)
    return "%d of %d" % (same, len(ours))


def head():
    print("| work | threads | tables | ms, median (best) | Faiss | ratio | "
          "ids equal | scored a query | MB read | % of the read rate |")
    print("|---|---|---|---|---|---|---|---|---|---|")


def row(name, ours, peer, what, n, threads, turns, rate):
    a, b, scored, read, ids, same = [], [], 0, 0, [], "-"
    for turn in range(turns):
        seconds, scored, read, ids = ours.search(what, turn * n % 900, n)
        a.append(seconds)
        if peer:
            seconds, theirs = peer.search(turn * n % 900, n, threads)
            b.append(seconds)
            same = equal(ids, theirs)
    ms = 1000 * statistics.median(a)
    theirs = 1000 * statistics.median(b) if b else 0
    print("| %s | %d | %s | %.1f (%.1f) | %s | %s | %s | %.0f | %.0f | %.0f |"
          % (name, threads, ours.codes if what == "codes" else ours.kernels,
             ms, 1000 * min(a),
             "%.1f (%.1f)" % (theirs, 1000 * min(b)) if b else "-",
             "%.2f" % (theirs / ms) if b else "-", same, scored / n,
             read / 1e6, 100 * read / rate / (ms / 1000)), flush=True)


def table(o):
    prefix = make(o.work, o.vectors, o.dim)
    peer = Peer(prefix, o.dim) if faiss else None
    size = "%d x %d" % (o.vectors, o.dim)
    head()
    for threads in range(1, o.threads + 1):
        sets = [()]
        if threads == 1:
            sets += [("avx2", "avxvnni"), ("avx2", "avx2")]
        for tables in sets:
            ours = Ours(prefix, threads, *tables)
            if tables and ours.codes != tables[1]:
                ours.close()
                continue
            rate = ours.read_rate()
            row("one query, %s" % size, ours, peer, "codes", 1, threads,
                o.turns, rate)
            row("100 at once, %s" % size, ours, peer, "codes", 100, threads,
                max(3, o.turns // 2), rate)
            if not tables:
                row("one query, floats alone", ours, peer, "floats", 1,
                    threads, o.turns, rate)
                row("100 at once, floats alone", ours, peer, "floats", 100,
                    threads, max(3, o.turns // 2), rate)
            ours.close()
    print()
    cold(prefix, o, peer)


def cold(prefix, o, peer):
    """A fresh process each; files are in the page cache."""
    ours = [subprocess.run([BENCH, "first", prefix], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
            for _ in range(o.turns)]
    opened = 1000 * statistics.median(float(x[0]) for x in ours)
    answer = 1000 * statistics.median(float(x[1]) for x in ours)
    line = "open %.1f ms, open and first answer %.1f ms" % (opened, answer)
    if peer:
        path = prefix + ".faiss"
        if not os.path.exists(path):
            faiss.write_index(peer.index, path + ".new")
            os.replace(path + ".new", path)
        code = ("import faiss, numpy, time; q = numpy.fromfile(%r, "
                "dtype='float32').reshape(-1, %d)[:1]; s = time.perf_counter()"
                "; faiss.read_index(%r).search(q, %d); "
                "print(time.perf_counter() - s)"
                % (prefix + ".query.f32", o.dim, path, K))
        theirs = [float(subprocess.run([sys.executable, "-c", code],
                                       check=True, text=True,
                                       stdout=subprocess.PIPE).stdout)
                  for _ in range(3)]
        theirs = 1000 * statistics.median(theirs)
        line += "; Faiss read_index and search %.0f ms: %.1f times" % (
            theirs, theirs / answer)
    print(line)


def sizes(o):
    print("| vectors | dim | one query, ms: 1 thread | %d threads | "
          "scored | MB read | 100 at once, ms |" % o.threads)
    print("|---|---|---|---|---|---|---|")
    for n in (int(x) for x in o.sizes.split(",")):
        prefix = make(o.work, n, o.dim)
        cells = []
        for threads in (1, o.threads):
            ours = Ours(prefix, threads)
            ours.search("codes", 0, 100)
            got = [ours.search("codes", i, 1) for i in range(o.turns)]
            cells.append(1000 * statistics.median(g[0] for g in got))
            batch = 1000 * min(ours.search("codes", 0, 100)[0]
                               for _ in range(3))
            ours.close()
        print("| %d | %d | %.2f | %.2f | %.0f | %.1f | %.1f |"
              % (n, o.dim, cells[0], cells[1],
                 statistics.mean(g[1] for g in got),
                 statistics.mean(g[2] for g in got) / 1e6, batch), flush=True)


def main():
    o = arguments()
    os.makedirs(o.work, exist_ok=True)
    if not faiss:
        print("bench-search: no Faiss", file=sys.stderr)
    sizes(o) if o.sizes else table(o)


main()
