"""Prometheus's text format 0.0.4, read as strictly as it can be."""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (-?\d+(?:\.\d+)?)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
KINDS = {"counter", "gauge", "histogram"}


def labels_of(text):
    labels = {}
    while text:
        found = LABEL.match(text)
        assert found, f"no label: {text}"
        name, value, comma = found.groups()
        assert name not in labels, f"{name} occurs twice"
        labels[name] = value
        text = text[found.end():]
        assert bool(text) == bool(comma), text
    return labels


class Family:
    def __init__(self, name, text):
        self.name, self.help, self.kind = name, text, None
        self.samples = {}  # (sample's name, its labels) -> value

    def add(self, line):
        found = SAMPLE.fullmatch(line)
        assert found, f"no sample: {line}"
        name, labels, value = found.group(1), labels_of(found.group(2) or ""), found.group(3)
        suffixes = {"_bucket", "_sum", "_count"} if self.kind == "histogram" else {""}
        assert name in {self.name + suffix for suffix in suffixes}, line
        assert ("le" in labels) == (self.kind == "histogram" and name.endswith("_bucket")), line
        key = name, frozenset(labels.items())
        assert key not in self.samples, f"twice: {line}"
        self.samples[key] = float(value)

    def check(self):
        if self.kind == "counter":
            assert self.name.endswith("_total") and min(self.samples.values(), default=0) >= 0
        elif self.kind == "histogram":
            for (name, labels), count in self.samples.items():
                if name.endswith("_count"):
                    self.check_histogram(labels, count)

    def check_histogram(self, labels, count):
        buckets = [(math.inf if le == "+Inf" else float(le), value)
                   for (name, these), value in self.samples.items() if name.endswith("_bucket")
                   for le in [dict(these)["le"]] if these - {("le", le)} == labels]
        assert buckets == sorted(buckets) and len(buckets) > 2, f"{self.name}: not in order"
        values = [value for _, value in buckets]
        assert values == sorted(values), f"{self.name}: a bucket lacks what is in smaller ones"
        assert buckets[-1] == (math.inf, count)
        assert (self.name + "_sum", labels) in self.samples


class Exposition:
    def __init__(self, text):
        assert text.endswith("\n")
        self.families, family = {}, None
        lines = iter(text[:-1].split("\n"))
        for line in lines:
            if not line.startswith("#"):
                family.add(line)
                continue
            word, name, rest = HEAD.fullmatch(line).groups()
            assert word == "HELP" and name not in self.families, line
            family = self.families[name] = Family(name, rest)
            word, name, family.kind = HEAD.fullmatch(next(lines)).groups()
            assert word == "TYPE" and name == family.name and family.kind in KINDS, line
        for one in self.families.values():
            one.check()

    def samples(self):
        return {key: value for family in self.families.values()
                for key, value in family.samples.items()}

    def labels(self, label):
        """Every value that a label has anywhere."""
        return {dict(labels)[label] for _, labels in self.samples() if label in dict(labels)}

    def value(self, name, **labels):
        """None if there is no such series."""
        return self.samples().get((name, frozenset(labels.items())))
