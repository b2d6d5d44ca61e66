"""bench.py - the turns, the comparisons and the table of bench-peers.

Ours and a peer take turns (A B, B A, ...), each for a slice of time in which
the median of a picture is taken.  A peer stays alive between its turns; ours
is a new process each time, which warms up before it takes time.  A ratio is
the peer's time through ours in one round, and the table has the median of the
rounds and their range.  This process stays small: the peak memory that the
system reports for a child begins with that of its parent.
"""
import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import net_text

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..", "..")
NETS = os.path.join(ROOT, "data", "nets")
TOLERANCE = 1e-4
median = statistics.median


class Missing(Exception):
    """A peer or a net that is not there."""


def say(text):
    print("bench-peers: " + text, file=sys.stderr, flush=True)


# ---- processes ----

class Worker:
    """A peer that answers each line with a line of JSON."""

    alive = []

    def __init__(self, command, **environment):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, **environment))
        Worker.alive.append(self)
        self.first = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Missing("%s ended early" % os.path.basename(
                self.process.args[1]))
        return json.loads(line)

    def ask(self, seconds):
        self.process.stdin.write("%g\n" % seconds)
        self.process.stdin.flush()
        return self.read()

    def close(self):
        """Ends it; the most memory it had, in bytes."""
        Worker.alive.remove(self)
        self.process.stdin.close()
        self.process.stdout.read()
        return finish(self.process)


def workers_end():
    for worker in list(Worker.alive):
        Worker.alive.remove(worker)
        worker.process.kill()
        worker.process.wait()


def failed(command):
    return "'%s' failed" % " ".join(os.path.basename(x) for x in command)


def finish(process):
    status, usage = os.wait4(process.pid, 0)[1:]
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


def ours(net, batch, threads, repeat, *more):
    """One run of 'seesay net bench': what it says, and "rss"."""
    command = [os.environ["SEESAY"], "net", "bench", net, "--json",
               "--batch", str(batch), "--threads", str(threads),
               "--kernels", bench.kernels, "--repeat", str(repeat), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    rss = finish(process)
    if process.returncode or not text:
        raise Missing(failed(command))
    return dict(json.loads(text.splitlines()[0]), rss=rss)


def ours_turn(net, batch, threads, *more):
    """A callable that takes one turn of ours, as long as a slice."""
    once = ours(net, batch, threads, 1, *more)["ms_per_image"] * batch
    repeat = max(1, round(1e3 * bench.slice / once))
    return lambda: ours(net, batch, threads, repeat, *more)


def run(*command, **environment):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, **environment))
    if done.returncode:
        raise Missing(failed(command))
    return done.stdout


# ---- the machine ----

def peak(threads):
    """GFLOP/s of nothing but multiply-adds, on as many threads at once."""
    command = [os.environ["CHECKKERNELS"], "--bench", "--kernels",
               bench.kernels, "--test", "none"]
    all_of_them = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
                   for _ in range(threads)]
    total = 0.0
    for process in all_of_them:
        for line in process.communicate()[0].splitlines():
            if line.startswith("multiply-add peak, %s:" % bench.kernels):
                total += float(line.split()[-2])
    return total


def kernels_best():
    text = run(os.environ["CHECKKERNELS"], "--bench", "--kernels", "none",
               "--test", "none")
    return [line.split(",")[1].split(":")[0].strip()
            for line in text.splitlines()
            if line.startswith("multiply-add peak")][-1]


def cpu(what):
    """A line of /proc/cpuinfo: "model name", "flags"."""
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith(what):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def version(name, text):
    bench.versions[name] = text


# ---- nets and what the peers need of them ----

def net_file(name):
    """A copy of a net's text without @dim.  "googlenet" has no lrn layers,
    "googlenet-lrn" has them, whatever the file has."""
    if os.path.exists(name):
        path, name = name, os.path.basename(name).replace(".net", "")
    else:
        base = "googlenet" if name == "googlenet-lrn" else name
        found = [x for end in (".net", "*.net")
                 for x in sorted(glob.glob(os.path.join(NETS, base + end)))]
        if not found:
            raise Missing("there is no data/nets/%s.net" % base)
        path = found[0]
    with open(path) as f:
        text = f.read().replace("@dim", "100")
    if name.startswith("googlenet"):
        text = net_text.lrn_without(text)
    if name == "googlenet-lrn":
        text = net_text.lrn_with(text)
    out = os.path.join(bench.folder, name + ".net")
    with open(out, "w") as f:
        f.write(text)
    return out


def layers_of(net):
    with open(net) as f:
        return net_text.net_read(f.read())


def torch_net(*words):
    python = os.environ["PYTHON_TORCH"]
    if not python:
        raise Missing("PyTorch (python3-torch) is not installed")
    return [python, os.path.join(HERE, "torch_net.py"), *map(str, words)]


def weights_of(net):
    out = net + ".safetensors"
    if not os.path.exists(out):
        run(*torch_net("weights", net, out, 1))
    return out


def input_of(net, batch):
    out = "%s.%d.input.safetensors" % (net, batch)
    if not os.path.exists(out):
        run(*torch_net("input", net, out, batch, 2))
    return out


# Without these glibc gives back what PyTorch frees, and each step takes a page
# fault for every 4 KiB of it.
MEMORY_KEPT = {"GLIBC_TUNABLES": ":".join(
    "glibc.malloc." + x for x in ("hugetlb=1", "mmap_threshold=17179869184",
                                  "trim_threshold=17179869184"))}


def torch_worker(kind, net, batch, threads, layout, **environment):
    worker = Worker(torch_net(kind, net, weights_of(net), batch, threads,
                              layout), OMP_NUM_THREADS=str(threads),
                    **environment)
    version("PyTorch", worker.first["version"])
    return worker


def ort_worker(net, batch, threads):
    """ONNX Runtime with the net, its outputs already in NET.N.ort.f32."""
    if not shutil.which("node"):
        raise Missing("ONNX Runtime needs node")
    model, raw = "%s.%d.onnx" % (net, batch), "%s.%d.f32" % (net, batch)
    if not os.path.exists(model):
        run(*torch_net("onnx", net, weights_of(net), batch, model))
        run(*torch_net("prepare", net, input_of(net, batch), raw))
    first = layers_of(net)[0]
    try:
        worker = Worker(["node", os.path.join(HERE, "ort_net.js"), model, raw,
                         "%d,%d,%d,%d" % (batch, first.c, first.h, first.w),
                         str(threads), "%s.%d.ort.f32" % (net, batch)])
    except Missing:
        raise Missing("ONNX Runtime (npm: onnxruntime-node) does not run")
    version("ONNX Runtime", worker.first["version"])
    return worker


def ours_output(net, batch):
    out = "%s.%d.ours.safetensors" % (net, batch)
    run(os.environ["SEESAY"], "net", "run", net, "--weights", weights_of(net),
        "--input", input_of(net, batch), "--kernels", bench.kernels,
        "-o", out)
    return out


def difference(net, batch, output):
    """From PyTorch's output, as a share of its largest value."""
    text = run(*torch_net("compare", net, weights_of(net),
                          input_of(net, batch), output))
    return json.loads(text)["difference"]


def outputs_checked(net, batch, *peers):
    """The largest difference; says so when it is too large."""
    worst = max(difference(net, batch, output)
                for output in (ours_output(net, batch), *peers))
    if not worst <= TOLERANCE:
        say("OUTPUTS DIFFER: %s, %g" % (os.path.basename(net), worst))
    bench.worst = max(bench.worst, worst)
    return worst


# ---- turns ----

def alternate(**sides):
    """One answer of each side per round, first and last by turns; a first
    round that does not count."""
    names = list(sides)
    answers = {name: [] for name in names}
    for name in names:
        sides[name]()
    for i in range(bench.rounds):
        for name in names if i % 2 == 0 else names[::-1]:
            answers[name].append(sides[name]())
    return answers


def ratio_text(peers, mine):
    ratios = sorted(p / m for p, m in zip(peers, mine))
    return "**%.2f** (%.2f to %.2f)" % (median(ratios), ratios[0], ratios[-1])


def row(work, threads, mine, mine_best, peer, peer_best, ratio, limit):
    """Medians and bests have columns of their own: on a busy machine the best
    of many turns is what the machine can do."""
    print("| " + " | ".join(str(x) for x in (
        work, threads, mine, mine_best, peer, peer_best, ratio, limit)) + " |",
        flush=True)


def share(flops, ms, limit):
    return "%.0f %%" % (100 * flops / (1e6 * ms) / limit) if limit else ""


def compared(work, net, batch, threads, worker, peer, flops, *more):
    """The row of one net against one peer that is there already."""
    before = peak(threads)
    turn = ours_turn(net, batch, threads, *more)
    got = alternate(mine=turn, peer=lambda: worker.ask(bench.slice))
    limit = (before + peak(threads)) / 2
    mine = [x["ms_per_image"] for x in got["mine"]]
    theirs = [x["ms"] for x in got["peer"]]
    row(work, threads, "%.2f ms" % median(mine),
        "%.2f" % min(x["best_ms"] for x in got["mine"]),
        "%s %.2f ms" % (peer, median(theirs)),
        "%.2f" % min(x["best"] for x in got["peer"]),
        ratio_text(theirs, mine), share(flops, median(mine), limit))


# ---- the rows ----

def forward_rows(title, name, batch):
    net = net_file(name)
    flops = net_text.net_flops(layers_of(net))
    for threads in bench.threads:
        worker = ort_worker(net, batch, threads)
        outputs_checked(net, batch, "%s.%d.ort.f32" % (net, batch))
        compared("%s, batch %d" % (title, batch), net, batch, threads, worker,
                 "ONNX Runtime", flops)
        worker.close()


def train_rows(title, name):
    net, batch = net_file(name), 32
    flops = 3 * net_text.net_flops(layers_of(net))
    outputs_checked(net, 4)
    for threads in bench.threads:
        for kept, more in (("", {}), (", its memory kept", MEMORY_KEPT)):
            took = {}
            for layout in ("contiguous", "channels_last"):
                worker = torch_worker("train", net, batch, threads, layout,
                                      **more)
                took[layout] = worker.ask(bench.slice)["best"]
                worker.close()
            layout = min(took, key=took.get)
            worker = torch_worker("train", net, batch, threads, layout, **more)
            compared("%s, training step, batch %d" % (title, batch), net,
                     batch, threads, worker,
                     "PyTorch " + layout.replace("_", " ") + kept, flops,
                     "--train")
            worker.close()


def memory_rows(title, name):
    net, batch, best = net_file(name), 32, None
    for layout in ("contiguous", "channels_last"):
        worker = torch_worker("train", net, batch, 1, layout)
        worker.ask(0)
        bytes_used = worker.close()
        best = min(best or bytes_used, bytes_used)
    half = "%dM" % (best / 2 * 0.95 / (1 << 20))
    for more in ([], ["--memory", half]):
        mine = ours(net, batch, 1, 2, "--train", *more)["rss"]
        row("%s, training step, batch %d: peak memory%s"
            % (title, batch, " with " + " ".join(more) if more else ""), 1,
            "%.0f MB" % (mine / 1e6), "", "PyTorch %.0f MB" % (best / 1e6),
            "", "**%.2f**" % (best / mine), "")


def conv_list(layers, batch, path):
    with open(path, "w") as f:
        for layer in layers:
            if layer.type != "conv":
                continue
            s, a = layer.set, layer.inputs[0]
            relu = net_text.conv_chain(layer)[-1].type == "relu"
            print(layer.name, batch, a.c, a.h, a.w, layer.c, layer.h, layer.w,
                  s["kernel"], s["stride"], s["dilation"], s["groups"],
                  *layer.pads(), int(relu), file=f)


def conv_turns(name, batch, threads):
    """Layers, and per layer ours and oneDNN's pairs of every round: the median
    of its passes and the best, in ms."""
    program = os.path.join(os.environ["PEERS"], "onednn_conv")
    if not os.path.exists(program):
        raise Missing("oneDNN (libdnnl-dev) is not installed")
    net = net_file(name)
    layers = layers_of(net)
    path = "%s.%d.convs" % (net, batch)
    conv_list(layers, batch, path)
    more = {"ONEDNN_MAX_CPU_ISA": "AVX2"} if bench.kernels == "avx2" else {}
    worker = Worker([program, path, str(threads)],
                    OMP_NUM_THREADS=str(threads), **more)
    version("oneDNN", worker.first["version"])
    turn = ours_turn(net, batch, threads, "--layers")
    got = alternate(mine=turn, peer=lambda: worker.ask(bench.slice))
    worker.close()
    convs = [x for x in layers if x.type == "conv"]
    mine, theirs = {}, {}
    for layer in convs:
        chain = {x.name for x in net_text.conv_chain(layer)}
        mine[layer] = [tuple(sum(x[key] for x in answer["layers"]
                                 if x["name"] in chain)
                             for key in ("ms", "best_ms"))
                       for answer in got["mine"]]
        rounds = [[x for x in answer["layers"] if x["name"] == layer.name][0]
                  for answer in got["peer"]]
        better = min(("auto", "direct"),
                     key=lambda a: median(x[a] for x in rounds))
        theirs[layer] = [(x[better], x[better + "_best"]) for x in rounds]
    return convs, mine, theirs


def medians(pairs):
    return [pair[0] for pair in pairs]


def best_of(pairs):
    return min(pair[1] for pair in pairs)


def conv_rows(title, name, batch):
    before = peak(1)
    convs, mine, theirs = conv_turns(name, batch, 1)
    limit = (before + peak(1)) / 2
    flops = 2 * sum(x.macs for x in convs)
    totals = [[sum(side[x][i][0] for x in convs) for i in range(bench.rounds)]
              for side in (mine, theirs)]
    bests = [sum(best_of(side[x]) for x in convs) for side in (mine, theirs)]
    won = sum(median(medians(mine[x])) < median(medians(theirs[x]))
              for x in convs)
    won_best = sum(best_of(mine[x]) < best_of(theirs[x]) for x in convs)
    row("%s, its %d convolutions, batch %d" % (title, len(convs), batch), 1,
        "%.2f ms" % median(totals[0]), "%.2f" % bests[0],
        "oneDNN %.2f ms" % median(totals[1]), "%.2f" % bests[1],
        ratio_text(totals[1], totals[0]) +
        ", %d (best %d) of %d layers faster" % (won, won_best, len(convs)),
        share(flops, median(totals[0]), limit))


def cores_of_openblas(program):
    """The core types worth trying, the one it picks itself first."""
    cores = ["", "Haswell", "Zen"]
    if "avx512f" in cpu("flags").split() and bench.kernels != "avx2":
        cores += ["SkylakeX", "Cooperlake", "SapphireRapids"]
    best, best_rate = "", 0.0
    for core in cores:
        more = {"OPENBLAS_CORETYPE": core} if core else {}
        lines = run(program, "1", bench.kernels, "3", "0.05", "512",
                    OMP_NUM_THREADS="1", **more).splitlines()
        rate = max(json.loads(lines[1]).get("openblas", [0.0]))
        if rate > best_rate:
            best, best_rate = json.loads(lines[0])["core"], rate
            config = json.loads(lines[0])["config"].split()
            version("OpenBLAS", "%s (%s kernels)" % (config[1], best))
    return best


def gemm_rows():
    program = os.path.join(os.environ["PEERS"], "gemm")
    if not os.path.exists(program):
        raise Missing("tools/bench/peers/nets/gemm.c was not built")
    core = cores_of_openblas(program)
    more = {"OPENBLAS_CORETYPE": core} if core else {}
    if bench.kernels == "avx2":
        more["ONEDNN_MAX_CPU_ISA"] = "AVX2"
    before = peak(1)
    lines = [json.loads(x) for x in run(
        program, "1", bench.kernels, str(bench.rounds), str(bench.slice / 5),
        *"64 128 256 512 1024 2048".split(), OMP_NUM_THREADS="1",
        **more).splitlines()]
    limit = (before + peak(1)) / 2
    if lines[0].get("onednn"):
        version("oneDNN", lines[0]["onednn"])
    for line in lines[1:]:
        bench.worst = max(bench.worst, line["difference"])
        mine = median(line["ours"])
        for key, name in (("openblas", "OpenBLAS"), ("onednn", "oneDNN")):
            if key not in line:
                continue
            row("product %d x %d x %d" % ((line["n"],) * 3), 1,
                "%.1f GFLOP/s" % mine, "%.1f" % max(line["ours"]),
                "%s %.1f GFLOP/s" % (name, median(line[key])),
                "%.1f" % max(line[key]),
                ratio_text(line["ours"], line[key]),
                "%.0f %%" % (100 * mine / limit))


class Busy:
    """Another program that keeps one core busy, or any core."""

    def __init__(self, core):
        self.core = core

    def __enter__(self):
        self.process = subprocess.Popen(["sh", "-c", "while :; do :; done"])
        if self.core is not None:
            os.sched_setaffinity(self.process.pid, {self.core})

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def busy_rows():
    net, batch = net_file("googlenet"), 1
    turns = {n: ours_turn(net, batch, n) for n in (1, 2)}
    worker = None
    try:
        worker = ort_worker(net, batch, 2)
    except Missing as what:
        say("left out: %s" % what)
    last_core = max(os.sched_getaffinity(0))
    for core, how in ((last_core, "pinned to one core"), (None, "anywhere")):
        def busy(ask):
            with Busy(core):
                return ask()

        def ours_busy(n):
            return lambda: busy(lambda: turns[n]())

        sides = {"one": ours_busy(1), "two": ours_busy(2)}
        if worker:
            sides["peer"] = lambda: busy(lambda: worker.ask(bench.slice))
        got = alternate(**sides)
        took = {name: [x["ms" if name == "peer" else "ms_per_image"]
                       for x in got[name]] for name in got}
        best = {name: "%.2f" % min(x["best" if name == "peer" else "best_ms"]
                                   for x in got[name]) for name in got}
        names = {"one": "ours, 1 thread, the same loop",
                 "peer": "ONNX Runtime"}
        for side in [x for x in names if x in got]:
            row("GoogLeNet, batch 1, beside a busy loop " + how, 2,
                "%.2f ms" % median(took["two"]), best["two"],
                "%s %.2f ms" % (names[side], median(took[side])), best[side],
                ratio_text(took[side], took["two"]), "")
    if worker:
        worker.close()


ROWS = {
    "1": [lambda: forward_rows("GoogLeNet", "googlenet", 1)],
    "2": [lambda: forward_rows("GoogLeNet with LRN", "googlenet-lrn", 1)],
    "3": [lambda: forward_rows("GoogLeNet", "googlenet", 32)],
    "4": [lambda: conv_rows("GoogLeNet", "googlenet", 1),
          lambda: conv_rows("GoogLeNet", "googlenet", 32)],
    "5": [lambda: train_rows("GoogLeNet", "googlenet"),
          lambda: train_rows("ResNet-18", "resnet18")],
    "6": [lambda: forward_rows("MobileNet v2", "mobilenet2", 1),
          lambda: forward_rows("MobileNet v2", "mobilenet2", 32)],
    "7": [gemm_rows],
    "8": [busy_rows],
    "9": [lambda: memory_rows("GoogLeNet", "googlenet"),
          lambda: memory_rows("ResNet-18", "resnet18")],
}


# ---- commands ----

def table(numbers):
    print("| work | threads | ours | best | peer | best | peer / ours (range) "
          "| share of the limit |\n|---|---|---|---|---|---|---|---|")
    left_out, load = [], os.getloadavg()[0]
    for number in numbers or ROWS:
        for part in ROWS[number]:
            say("row %s" % number)
            try:
                part()
            except Missing as what:
                left_out.append("row %s: %s" % (number, what))
                say("left out: " + left_out[-1])
                workers_end()
    print("\nMedians of %d turns of %g s. %s, kernels %s. The limit: "
          "multiply-adds alone, %.1f GFLOP/s on one core at the end; a "
          "training step counts three times the forward. Others at the start: "
          "load %.1f."
          % (bench.rounds, bench.slice, cpu("model name"), bench.kernels,
             peak(1), load))
    print("Peers: %s." % (", ".join("%s %s" % x for x in sorted(
        bench.versions.items())) or "none"))
    if bench.worst:
        print("Outputs differ by at most %.1e of the largest value."
              % bench.worst)
    for what in left_out:
        print("Left out: %s." % what)
    return bench.worst <= TOLERANCE


def check(names):
    fine = True
    names = names or sorted(glob.glob(os.path.join(NETS, "*.net")))
    for name in names:
        net, found = net_file(name), []
        sides = {"seesay": lambda: ours_output(net, 4), "ort": lambda: None}
        for side in sides:
            try:
                if side == "ort":
                    ort_worker(net, 4, 1).close()
                output = sides[side]() or "%s.4.ort.f32" % net
                far = difference(net, 4, output)
                found.append("%s %.1e%s" % (side, far, "" if far <= TOLERANCE
                                            else " DIFFERS"))
                fine = fine and far <= TOLERANCE
            except Missing as what:
                found.append("%s left out: %s" % (side, what))
                fine = fine and side != "seesay"
        print("%-20s from PyTorch: %s" % (os.path.basename(net)[:-4],
                                          ", ".join(found)), flush=True)
    return fine


def layers(words):
    name, batch = words[0], int((words + ["1"])[1])
    before = peak(1)
    convs, mine, theirs = conv_turns(name, batch, 1)
    limit = (before + peak(1)) / 2
    print("| convolution | ours | best | oneDNN | best | oneDNN / ours (range) "
          "| share of the limit |\n|---|---|---|---|---|---|---|")
    for x in convs:
        took, took_by_peer = medians(mine[x]), medians(theirs[x])
        print("| %s | %.4f ms | %.4f | %.4f ms | %.4f | %s | %s |" % (
            x.name, median(took), best_of(mine[x]), median(took_by_peer),
            best_of(theirs[x]), ratio_text(took_by_peer, took),
            share(2 * x.macs, median(took), limit)))
    return True


def peers(_):
    net = net_file("tiny")
    for name, start in (
            ("PyTorch", lambda: torch_worker("forward", net, 1, 1,
                                             "contiguous")),
            ("ONNX Runtime", lambda: ort_worker(net, 1, 1))):
        try:
            start().close()
        except Missing as what:
            print("%s: %s" % (name, what))
    program = os.path.join(os.environ["PEERS"], "gemm")
    if os.path.exists(program):
        cores_of_openblas(program)
    program = os.path.join(os.environ["PEERS"], "onednn_conv")
    if os.path.exists(program):
        worker = Worker([program, os.devnull, "1"])
        version("oneDNN", worker.first["version"])
        worker.close()
    for item in sorted(bench.versions.items()):
        print("%s %s" % item)
    return True


COMMANDS = {"table": table, "check": check, "layers": layers, "peers": peers}
bench = None


def main():
    global bench
    p = argparse.ArgumentParser(prog="bench-peers")
    p.add_argument("--quick", action="store_true")
    p.add_argument("--rounds", type=int)
    p.add_argument("--slice", type=float)
    p.add_argument("--threads", default="1,2")
    p.add_argument("--kernels")
    p.add_argument("command", choices=COMMANDS)
    p.add_argument("words", nargs="*")
    bench = p.parse_args()
    bench.rounds = bench.rounds or (3 if bench.quick else 9)
    bench.slice = bench.slice or (0.2 if bench.quick else 1.0)
    bench.threads = [int(x) for x in bench.threads.split(",")]
    bench.kernels = bench.kernels or kernels_best()
    bench.versions, bench.worst = {}, 0.0
    with tempfile.TemporaryDirectory(prefix="seesay-peers") as bench.folder:
        try:
            fine = COMMANDS[bench.command](bench.words)
        finally:
            workers_end()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
