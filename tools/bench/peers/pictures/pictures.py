"""pictures.py - the table of tools/bench/bench-pictures.

Makes the pictures that are measured, lets ours and the peers take turns of a
second, and prints what bench-pictures promises.  Pillow opens a file, asks for a
draft (its scaled decode), converts to RGB and resizes by the filter named; with
several workers it runs in as many processes.
"""
import argparse
import multiprocessing
import os
import random
import resource
import statistics
import subprocess
import sys
import time

import PIL
from PIL import Image

PEERS = os.environ["PEERS"]
FILTERS = {"bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def mosaic(photos, width, height, rng):
    out = Image.new("RGB", (width, height))
    y = 0
    while y < height:
        x, row = 0, 0
        while x < width:
            with Image.open(rng.choice(photos)) as part:
                out.paste(part.convert("RGB"), (x, y))
                x, row = x + part.width, max(row, part.height)
        y += row
    return out


def make(photos, work):
    rng = random.Random(1)
    made = {}
    for name, size, count, quality in (("500", (500, 375), 40, 85),
                                       ("4000", (4000, 3000), 4, 92)):
        folder = os.path.join(work, name)
        os.makedirs(folder, exist_ok=True)
        made[name] = [os.path.join(folder, f"{i}.jpg") for i in range(count)]
        for path in made[name]:
            if not os.path.exists(path):
                mosaic(photos, *size, rng).save(path, quality=quality,
                                                subsampling=2)
    made["small"] = photos[:2000]
    return made


def pillow_one(path, side, filter_name):
    with Image.open(path) as image:
        short = min(image.size)
        size = tuple((s * side + short // 2) // short for s in image.size)
        image.draft("RGB", size)
        image.convert("RGB").resize(size, FILTERS[filter_name])


def pillow_lane(files, first, step, side, filter_name, start, count):
    start.wait()
    end, n, i = time.perf_counter() + 1, 0, first
    while time.perf_counter() < end:
        pillow_one(files[i % len(files)], side, filter_name)
        n, i = n + 1, i + step
    with count.get_lock():
        count.value += n


def pillow(files, workers, side, filter_name):
    start, count = multiprocessing.Event(), multiprocessing.Value("q", 0)
    lanes = [multiprocessing.Process(target=pillow_lane, args=(
        files, i, workers, side, filter_name, start, count))
        for i in range(workers)]
    for lane in lanes:
        lane.start()
    time.sleep(0.2)
    before = time.perf_counter()
    start.set()
    for lane in lanes:
        lane.join()
    return count.value / (time.perf_counter() - before), count.value


def program(kind, files, workers, side):
    out = subprocess.run([os.path.join(PEERS, "bench_pictures"), kind,
                          str(workers), str(side)] + files,
                         stdout=subprocess.PIPE, check=True)
    rate, count = out.stdout.split()
    return float(rate), int(count)


def cpu_seconds():
    """Of all processes that have ended: workers, decoders, their server."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(title, files, workers, side, turns):
    sides = {"seesay": lambda: program("seesay", files, workers, side)}
    for name in FILTERS:
        sides["Pillow " + name] = (lambda n=name: pillow(files, workers, side,
                                                         n))
    if os.environ["TURBO"] == "yes":
        sides["libjpeg-turbo"] = lambda: program("turbo", files, workers, side)
    rates = {name: [] for name in sides}
    spent = {name: [] for name in sides}
    for _ in range(turns):
        for name, run in sides.items():
            before = cpu_seconds()
            rate, count = run()
            rates[name].append(rate)
            spent[name].append((cpu_seconds() - before) / count)
    ours = statistics.median(rates["seesay"])
    ours_cpu = statistics.median(spent["seesay"])
    for name, all_rates in rates.items():
        middle = statistics.median(all_rates)
        cpu = statistics.median(spent[name])
        print(f"{title:26} {workers:2}  {name:14} best {max(all_rates):8.1f}  "
              f"median {middle:8.1f} pictures/s   CPU {cpu * 1e3:7.3f} ms"
              + ("" if name == "seesay" else f"   seesay x {ours / middle:.2f}"
                 f", by CPU x {cpu / ours_cpu:.2f}"), flush=True)


def posts_rate(seesay, files, work, threads):
    folder = os.path.join(work, "folder")
    os.makedirs(folder, exist_ok=True)
    count = 16
    for i in range(count):
        link = os.path.join(folder, f"{i}.jpg")
        if not os.path.exists(link):
            os.symlink(os.path.abspath(files[i % len(files)]), link)
            with open(link[:-3] + "txt", "w") as text:
                text.write(f"picture {i}\n")
    out = os.path.join(work, "posts.out")
    before = time.perf_counter()
    subprocess.run([seesay, "posts", folder, "--size", "224", "--threads",
                    str(threads), "--keep-repeats", "-o", out, "-q"],
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    spent = time.perf_counter() - before
    os.unlink(out)
    return count / spent


def old_rows(old, files, work, turns):
    for threads in (1, 2):
        rates = {"seesay": [], "older": []}
        for _ in range(turns):
            rates["seesay"].append(posts_rate(os.environ["SEESAY"], files,
                                              work, threads))
            rates["older"].append(posts_rate(old, files, work, threads))
        ours, theirs = (statistics.median(v) for v in rates.values())
        print(f"posts, 4000 x 3000 -> 224    {threads:2}  seesay {ours:.1f}, "
              f"older {theirs:.1f} pictures/s   x {ours / theirs:.2f}")


def main():
    p = argparse.ArgumentParser()
    data = os.environ.get("SEESAY_TEST_DATA", "")
    p.add_argument("--photos", default=os.path.join(data, "flickr8k/images"))
    p.add_argument("--turns", type=int, default=5)
    p.add_argument("--old")
    p.add_argument("--work", default=os.path.join(PEERS, "pictures"))
    o = p.parse_args()
    if not os.path.isdir(o.photos):
        sys.exit(f"bench-pictures: '{o.photos}' is no folder: name one with "
                 "--photos")
    photos = sorted(os.path.join(o.photos, f) for f in os.listdir(o.photos)
                    if f.lower().endswith((".jpg", ".jpeg")))
    files = make(photos, o.work)
    print(f"Pillow {PIL.__version__}, libjpeg-turbo: {os.environ['TURBO']}")
    for workers in (1, 2):
        row("500 x 375 -> 224", files["500"], workers, 224, o.turns)
    for workers in (1, 2):
        row("4000 x 3000 -> 224", files["4000"], workers, 224, o.turns)
    row("160 x 160 as it is, -> 72", files["small"], 8, 72, o.turns)
    resize = os.path.join(PEERS, "bench_resize")
    if os.path.exists(resize):
        print(subprocess.run([resize], stdout=subprocess.PIPE,
                             text=True).stdout, end="")
    if o.old:
        old_rows(o.old, files["4000"], o.work, o.turns)


if __name__ == "__main__":
    main()
