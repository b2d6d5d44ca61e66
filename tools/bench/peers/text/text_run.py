"""text_run.py - one run of a program, watched; turns of two programs.

A Run knows how long it took, the processor time of all its threads, its most
memory, and both times at every line it wrote on standard error, so that a part
of a run (an epoch, say) is measured without the rest.  This process stays
small: the peak memory that the system reports for a child begins with that of
its parent.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time

median = statistics.median
TICK = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """A peer, a text or a command that is not there."""


class Failed(Missing):
    """A program that ended with an error; .run is what it did."""

    def __init__(self, run, command):
        text = " ".join(line for _, _, line in run.lines[-3:])
        Missing.__init__(self, "'%s' failed: %s" % (
            os.path.basename(command[0]), text[:300]))
        self.run = run


def say(text):
    print("bench-text: " + text, file=sys.stderr, flush=True)


def processor(pid):
    """Seconds of processor time so far."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Run:
    """wall, cpu (seconds), rss (bytes), lines [(wall, cpu, text)], out."""

    def __init__(self, command, stdin=None, stdout=None, text=False):
        self.lines, self.out = [], ""
        reading = open(stdin, "rb") if stdin else subprocess.DEVNULL
        writing = (open(stdout, "wb") if stdout else
                   subprocess.PIPE if text else subprocess.DEVNULL)
        start = time.monotonic()
        try:
            child = subprocess.Popen(command, stdin=reading, stdout=writing,
                                     stderr=subprocess.PIPE)
        except OSError as what:
            raise Missing("%s: %s" % (command[0], what.strerror))
        watch = threading.Thread(target=self.watch, args=(child, start))
        watch.start()
        if text:
            self.out = child.stdout.read().decode("utf-8", "replace")
        watch.join()
        status, usage = os.wait4(child.pid, 0)[1:]
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.rss = usage.ru_maxrss * 1024
        if child.returncode:
            raise Failed(self, command)

    def watch(self, child, start):
        for line in child.stderr:
            self.lines.append((time.monotonic() - start,
                               processor(child.pid),
                               line.decode("utf-8", "replace").strip()))

    def mark(self, pattern, which=0):
        """(wall, cpu, match) at the line that matches, or Missing."""
        found = [(wall, cpu, m) for wall, cpu, text in self.lines
                 for m in [re.search(pattern, text)] if m]
        if not found:
            raise Missing("no line of '%s'" % pattern)
        return found[which]

    def progress(self):
        """The lines of seesay's --progress json: (wall, cpu, object)."""
        return [(wall, cpu, json.loads(text))
                for wall, cpu, text in self.lines if text.startswith("{")]


class Cost:
    """What some work took: seconds, processor seconds of each thread."""

    def __init__(self, wall, cpu, rss=0, threads=1):
        self.wall, self.cpu = wall, cpu / threads
        self.rss = rss

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu,
                    max(self.rss, other.rss))

    def times(self, factor):
        return Cost(self.wall * factor, self.cpu * factor, self.rss)


def cost_of(run, threads=1):
    return Cost(run.wall, run.cpu, run.rss, threads)


def middle(costs):
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs),
                median(c.rss for c in costs))


def best(costs):
    """What the machine can do when others leave it alone."""
    return Cost(min(c.wall for c in costs), min(c.cpu for c in costs))


def alternate(rounds, **sides):
    """The costs of each side; first and last by turns."""
    names = list(sides)
    costs = {name: [] for name in names}
    for i in range(rounds):
        for name in names if i % 2 == 0 else names[::-1]:
            costs[name].append(sides[name]())
    return costs


def ratio_text(peers, mine):
    """By the clock, with the range over all pairs of turns in one round."""
    ratios = sorted(p.wall / m.wall for p, m in zip(peers, mine))
    if len(ratios) == 1:
        return "**%.2f**" % ratios[0]
    return "**%.2f** (%.2f to %.2f)" % (median(ratios), ratios[0], ratios[-1])


def cpu_ratio(peers, mine):
    return median(p.cpu / m.cpu for p, m in zip(peers, mine))
