"""net_text.py - reads the text of a net (data/nets/README.md): its layers and
their shapes, with nothing but Python itself."""

# What each type takes and what it is when not said; None: must be said.
POOL = dict(kernel=0, stride=1, pad=0, ceil=False, **{"global": False})
TYPES = {
    "input": dict(h=None, w=None, c=None, mean=(0.0,), scale=(1.0,),
                  order="rgb"),
    "conv": dict(out=None, kernel=None, stride=1, pad=0, dilation=1, groups=1,
                 bias=True, rate=1.0, decay=1.0),
    "bn": dict(eps=1e-5, momentum=0.9, rate=1.0),
    "relu": dict(max=0.0),
    "maxpool": POOL,
    "avgpool": POOL,
    "lrn": dict(size=5, alpha=1e-4, beta=0.75, k=1.0),
    "dense": dict(out=None, bias=True, rate=1.0, decay=1.0),
    "dropout": dict(p=None),
    "concat": {},
    "add": {},
}
SIDES = ("pad_top", "pad_left", "pad_bottom", "pad_right")


class Layer:
    def __init__(self, name, kind):
        self.name, self.type, self.set = name, kind, {}
        self.inputs, self.readers = [], []
        self.h = self.w = self.c = 0
        self.macs = 0               # multiply-adds for one picture

    def pads(self):
        """top, left, bottom, right"""
        return tuple(self.set.get(side, self.set["pad"]) for side in SIDES)

    def reach(self):
        return (self.set["kernel"] - 1) * self.set.get("dilation", 1) + 1


def value_read(kind, key, text, dim):
    if key in SIDES and kind in ("conv", "maxpool", "avgpool"):
        return int(text)
    if key not in TYPES[kind]:
        raise ValueError("%s has no option '%s' that is known here"
                         % (kind, key))
    sample = TYPES[kind][key]
    if key == "out":
        return dim if text == "@dim" else int(text)
    if key in ("mean", "scale"):
        return tuple(float(x) for x in text.split(","))
    if key == "order":
        return text
    if isinstance(sample, bool):
        return {"yes": True, "no": False}[text]
    if isinstance(sample, float) or key == "p":
        return float(text)
    return int(text)


def windows(layer, size, before, after):
    """Caffe's count: with ceil, a window that would start past the picture
    and its near padding is dropped."""
    s = layer.set
    room = size + before + after - layer.reach()
    if s.get("ceil"):
        count = -(-room // s["stride"]) + 1
        return count - ((count - 1) * s["stride"] >= size + before)
    return room // s["stride"] + 1


def shape_set(layer):
    s, a = layer.set, layer.inputs[0] if layer.inputs else None
    if layer.type == "input":
        layer.h, layer.w, layer.c = s["h"], s["w"], s["c"]
        return
    layer.h, layer.w, layer.c = a.h, a.w, a.c
    if s.get("global"):
        layer.h = layer.w = 1
    elif layer.type in ("conv", "maxpool", "avgpool"):
        top, left, bottom, right = layer.pads()
        layer.h = windows(layer, a.h, top, bottom)
        layer.w = windows(layer, a.w, left, right)
    if layer.type == "conv":
        layer.c = s["out"]
        layer.macs = (layer.h * layer.w * layer.c * s["kernel"] ** 2 *
                      a.c // s["groups"])
    elif layer.type == "dense":
        layer.macs = a.h * a.w * a.c * s["out"]
        layer.h, layer.w, layer.c = 1, 1, s["out"]
    elif layer.type == "concat":
        layer.c = sum(x.c for x in layer.inputs)


def lines_read(text):
    """(number, words) of each line, those between `repeat A..B` and `end` once
    for each number from A to B, '*' in a word being the number."""
    lines = [(i, line.split("#")[0].split())
             for i, line in enumerate(text.splitlines(), 1)]
    lines = [(i, words) for i, words in lines if words]
    while lines:
        i, words = lines.pop(0)
        if words[0] != "repeat":
            yield i, words
            continue
        low, high = (int(x) for x in words[1].split(".."))
        block = []
        while lines[0][1] != ["end"]:
            block.append(lines.pop(0))
        lines.pop(0)
        for n in range(low, high + 1):
            yield i, ["pass"]
            for j, words in block:
                yield j, [word.replace("*", str(n)) for word in words]


def net_read(text, dim=100):
    """The layers in the order of the text."""
    layers, by_name = [], {}
    for number, words in lines_read(text):
        if words == ["pass"]:
            by_name["@above"] = layers[-1]
            continue
        try:
            name, equals, kind = words[:3]
            layer = Layer(name, kind)
            layer.set = {k: v for k, v in TYPES[kind].items()}
            for key, value in (w.split("=", 1) for w in words[3:]):
                if key == "from":
                    layer.inputs = [by_name[x] for x in value.split(",")]
                else:
                    layer.set[key] = value_read(kind, key, value, dim)
            if layers and not layer.inputs:
                layer.inputs = [layers[-1]]
            if None in layer.set.values():
                raise ValueError("something that %s needs is not said" % kind)
            shape_set(layer)
        except (ValueError, KeyError, IndexError) as problem:
            raise SystemExit("line %d of the net: %s: %s"
                             % (number, " ".join(words), problem))
        for x in layer.inputs:
            x.readers.append(layer)
        layers.append(layer)
        by_name[name] = layer
    return layers


def net_flops(layers):
    """Of one picture, forward: two for each multiply-add."""
    return 2 * sum(layer.macs for layer in layers)


def net_tensors(layers):
    """(layer, part, shape) of every tensor."""
    for layer in layers:
        s, a = layer.set, layer.inputs[0] if layer.inputs else None
        if layer.type == "conv":
            yield layer, "weight", (s["kernel"], s["kernel"],
                                    a.c // s["groups"], s["out"])
        elif layer.type == "dense":
            yield layer, "weight", (a.h * a.w * a.c, s["out"])
        elif layer.type == "bn":
            for part in ("gamma", "beta", "mean", "variance"):
                yield layer, part, (layer.c,)
        if s.get("bias"):
            yield layer, "bias", (s["out"],)


def conv_chain(conv):
    """The convolution and the bn and relu that follow it and could be done
    with it: each the only reader of the one before."""
    chain = [conv]
    for kind in ("bn", "relu"):
        readers = chain[-1].readers
        if len(readers) == 1 and readers[0].type == kind:
            chain.append(readers[0])
    return chain


def lrn_without(text):
    """The text with no lrn layer: their readers read what they read."""
    lines, above, instead = [], None, {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words:
            lines.append(line)
            continue
        given = [w for w in words if w.startswith("from=")]
        names = given[0][5:].split(",") if given else []
        names = [instead.get(x, x) for x in names]
        if words[2] == "lrn":
            instead[words[0]] = names[0] if names else above
            above = instead[words[0]]
            continue
        if given:
            line = line.replace(given[0], "from=" + ",".join(names))
        lines.append(line)
        above = words[0]
    return "\n".join(lines) + "\n"


def lrn_with(text):
    """GoogLeNet's text with its two lrn layers, where it had none: after the
    first pooling, and between conv2 and the second."""
    lines = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        lines.append(line)
        if words and words[0] == "pool1/3x3_s2":
            lines.append("pool1/norm1 = lrn size=5 alpha=1e-4 beta=0.75 k=1")
        elif words and words[0] == "conv2/relu_3x3":
            lines.append("conv2/norm2 = lrn size=5 alpha=1e-4 beta=0.75 k=1")
    return "\n".join(lines) + "\n"
