"""torch_net.py - any of our nets as a PyTorch module, from the same text and
the same tensors.

    torch_net.py weights NET OUT.safetensors SEED
    torch_net.py input NET OUT.safetensors COUNT SEED
    torch_net.py compare NET WEIGHTS INPUT OUTPUT       prints JSON
    torch_net.py prepare NET INPUT OUT.f32              what the peers read
    torch_net.py onnx NET WEIGHTS COUNT OUT.onnx
    torch_net.py forward NET WEIGHTS COUNT THREADS LAYOUT
    torch_net.py train NET WEIGHTS COUNT THREADS LAYOUT

forward and train answer each line "SECONDS" on standard input with a line of
JSON: what a picture took.  Peers get the picture as they like it best, mean
already taken off; the layer that does this is in our time only.
"""
import json
import statistics
import struct
import sys
import time
import warnings

import numpy
import torch
import torch.nn.functional as F
from torch import nn

from net_text import net_read, net_tensors

RATE, MOMENTUM, DECAY = 1e-6, 0.9, 2e-4


# ---- safetensors ----

def tensors_read(path):
    with open(path, "rb") as f:
        data = f.read()
    size = struct.unpack("<Q", data[:8])[0]
    out = {}
    for name, t in json.loads(data[8:8 + size]).items():
        if name != "__metadata__" and t["dtype"] == "F32":
            low, high = (8 + size + x for x in t["data_offsets"])
            out[name] = numpy.frombuffer(data[low:high],
                                         "<f4").reshape(t["shape"])
    return out


def tensors_write(path, tensors):
    header, at = {}, 0
    for name, t in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(t.shape),
                        "data_offsets": [at, at + t.nbytes]}
        at += t.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            f.write(numpy.ascontiguousarray(t, "<f4").tobytes())


def weights_make(layers, seed):
    """He-uniform weights; biases and norms are not trivial, so that a
    comparison sees them."""
    r, out = numpy.random.default_rng(seed), {}
    for layer, part, shape in net_tensors(layers):
        low, high = {"gamma": (0.5, 1.5), "variance": (0.5, 1.5)}.get(
            part, (-0.1, 0.1))
        if part == "weight":
            high = (6.0 / numpy.prod(shape[:-1])) ** 0.5
            low = -high
        out[layer.name + "." + part] = r.uniform(low, high, shape).astype(
            numpy.float32)
    return out


def input_make(layers, count, seed):
    x = layers[0]
    r = numpy.random.default_rng(seed)
    return r.integers(0, 256, (count, x.h, x.w, x.c)).astype(numpy.float32)


def input_prepare(layers, pixels):
    """[n, h, w, c] pixels to what the first layer makes, [n, c, h, w]."""
    s = layers[0].set
    if s["order"] == "bgr":
        pixels = pixels[..., ::-1]
    x = (pixels - numpy.array(s["mean"], numpy.float32)) * numpy.array(s["scale"], numpy.float32)
    return numpy.ascontiguousarray(x.transpose(0, 3, 1, 2), numpy.float32)


# ---- the module ----

class Lrn(torch.autograd.Function):
    """The ONNX operator LRN, which torch would write as a dozen others."""

    @staticmethod
    def forward(ctx, x, size, alpha, beta, k):
        return F.local_response_norm(x, size, alpha, beta, k)

    @staticmethod
    def symbolic(g, x, size, alpha, beta, k):
        return g.op("LRN", x, size_i=size, alpha_f=alpha, beta_f=beta,
                    bias_f=k)


class Net(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.parts = nn.ModuleList([self.part(x) for x in layers])
        self.exporting = False
        last = {}
        for layer in layers:
            for x in layer.inputs:
                last[x] = layer
        self.dead = {layer: [] for layer in layers}
        for x, layer in last.items():
            self.dead[layer].append(x)

    @staticmethod
    def part(layer):
        s = layer.set
        if layer.type == "conv":
            top, left, bottom, right = layer.pads()
            pad = (top, left) if (top, left) == (bottom, right) else 0
            return nn.Conv2d(layer.inputs[0].c, s["out"], s["kernel"],
                             s["stride"], pad, s["dilation"], s["groups"],
                             s["bias"])
        if layer.type == "bn":
            return nn.BatchNorm2d(layer.c, s["eps"], 1 - s["momentum"])
        if layer.type == "dense":
            a = layer.inputs[0]
            return nn.Linear(a.h * a.w * a.c, s["out"], s["bias"])
        if layer.type == "dropout":
            return nn.Dropout(s["p"])
        return nn.Identity()

    def load(self, tensors):
        parts = {"gamma": "weight", "beta": "bias", "mean": "running_mean",
                 "variance": "running_var"}
        left = set(tensors)
        for layer, part, shape in net_tensors(self.layers):
            name = layer.name + "." + part
            t = torch.from_numpy(tensors[name].copy()).reshape(shape)
            left.discard(name)
            if part == "weight" and layer.type == "conv":
                t = t.permute(3, 2, 0, 1)
            elif part == "weight":
                a = layer.inputs[0]         # rows are h, w, c; ours c, h, w
                t = t.reshape(a.h, a.w, a.c, -1).permute(3, 2, 0, 1)
                t = t.reshape(t.shape[0], -1)
            target = getattr(self.parts[self.layers.index(layer)],
                             parts.get(part, part))
            target.data.copy_(t)
            if layer.set["rate"] == 0:
                target.requires_grad_(False)
        if left:
            raise SystemExit("tensors that the net does not have: %s"
                             % " ".join(sorted(left)))

    def pool(self, layer, x):
        s, most = layer.set, layer.type == "maxpool"
        if s["global"]:
            return F.adaptive_avg_pool2d(x, 1)
        top, left, bottom, right = layer.pads()
        pad, even = top, len({top, left, bottom, right}) == 1
        apart = not even or pad > s["kernel"] // 2     # torch pads neither
        if apart:
            x = F.pad(x, (left, right, top, bottom),
                      value=float("-inf") if most else 0.0)
            pad = 0
        if most:
            x = F.max_pool2d(x, s["kernel"], s["stride"], pad,
                             ceil_mode=s["ceil"])
        else:
            x = F.avg_pool2d(x, s["kernel"], s["stride"], pad,
                             ceil_mode=s["ceil"], count_include_pad=True)
        return x[:, :, :layer.h, :layer.w] if apart else x

    def run(self, layer, part, x):
        s = layer.set
        if layer.type == "conv":
            top, left, bottom, right = layer.pads()
            if (top, left) != (bottom, right):
                x[0] = F.pad(x[0], (left, right, top, bottom))
            return part(x[0])
        if layer.type == "relu":
            a = layer.inputs[0]     # in place where nobody misses it
            own = len(a.readers) == 1 and a.type in ("conv", "bn", "add")
            if s["max"]:
                return F.hardtanh(x[0], 0.0, s["max"], inplace=own)
            return F.relu(x[0], inplace=own)
        if layer.type in ("maxpool", "avgpool"):
            return self.pool(layer, x[0])
        if layer.type == "lrn":
            settings = s["size"], s["alpha"], s["beta"], s["k"]
            if self.exporting:
                return Lrn.apply(x[0], *settings)
            return F.local_response_norm(x[0], *settings)
        if layer.type == "dense":
            return part(x[0].flatten(1))[:, :, None, None]
        if layer.type == "concat":
            return torch.cat(x, 1)
        if layer.type == "add":
            out = x[0] + x[1]
            for more in x[2:]:
                out = out + more
            return out
        return part(x[0])

    def forward(self, x):
        made = {self.layers[0]: x}
        for layer, part in zip(self.layers[1:], list(self.parts)[1:]):
            made[layer] = self.run(layer, part,
                                   [made[a] for a in layer.inputs])
            for a in self.dead[layer]:
                del made[a]
        out = made[self.layers[-1]]
        return out.permute(0, 2, 3, 1).flatten(1)


def net_make(path, weights):
    with open(path) as f:
        layers = net_read(f.read())
    net = Net(layers)
    net.load(tensors_read(weights))
    return layers, net.eval()


# ---- what the commands do ----

def compare(path, weights, pixels, output):
    layers, net = net_make(path, weights)
    x = input_prepare(layers, tensors_read(pixels)["input"])
    with torch.no_grad():
        want = net(torch.from_numpy(x)).numpy()
    if output.endswith(".f32"):
        have = numpy.fromfile(output, "<f4")
    else:
        have = tensors_read(output)["output"]
    have = have.reshape(want.shape)
    largest = float(abs(want).max())
    print(json.dumps({"difference": float(abs(want - have).max()) / largest,
                      "largest": largest, "values": int(want.size)}))


def export(path, weights, count, out):
    layers, net = net_make(path, weights)
    net.exporting = True
    x = torch.zeros(int(count), layers[0].c, layers[0].h, layers[0].w)
    warnings.simplefilter("ignore")
    torch.onnx.export(net, x, out, opset_version=13, input_names=["input"],
                      output_names=["output"])


def serve(step, count):
    """One line for each line: the median of as many steps as fit."""
    step()
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        spent, end = [], time.perf_counter() + float(line)
        while not spent or time.perf_counter() < end:
            start = time.perf_counter()
            step()
            spent.append(1e3 * (time.perf_counter() - start) / count)
        print(json.dumps({"ms": statistics.median(spent), "best": min(spent),
                          "runs": len(spent)}), flush=True)


def work(kind, path, weights, count, threads, layout):
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    count = int(count)
    layers, net = net_make(path, weights)
    form = (torch.channels_last if layout == "channels_last"
            else torch.contiguous_format)
    x = torch.from_numpy(input_prepare(layers, input_make(layers, count, 2)))
    x = x.to(memory_format=form)
    net = net.to(memory_format=form)
    if kind == "forward":
        def step():
            with torch.no_grad():
                net(x)
    else:
        net.train()
        last = layers[-1]
        gradient = torch.full((count, last.h * last.w * last.c), 1.0 / count)
        sgd = torch.optim.SGD([p for p in net.parameters()
                               if p.requires_grad], RATE, MOMENTUM,
                              weight_decay=DECAY)

        def step():
            sgd.zero_grad(set_to_none=True)
            net(x).backward(gradient)
            sgd.step()
    serve(step, count)


def main(command, path, *rest):
    if command in ("forward", "train"):
        return work(command, path, *rest)
    if command == "compare":
        return compare(path, *rest)
    if command == "onnx":
        return export(path, *rest)
    with open(path) as f:
        layers = net_read(f.read())
    if command == "weights":
        tensors_write(rest[0], weights_make(layers, int(rest[1])))
    elif command == "input":
        tensors_write(rest[0], {"input": input_make(layers, int(rest[1]),
                                                    int(rest[2]))})
    elif command == "prepare":
        x = input_prepare(layers, tensors_read(rest[0])["input"])
        x.tofile(rest[1])
    else:
        raise SystemExit("no command '%s'" % command)


if __name__ == "__main__":
    main(*sys.argv[1:])
