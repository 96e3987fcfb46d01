# SPDX-License-Identifier: Apache-2.0
"""Runs a TOML decoder (toml-test's tagged JSON on standard output) over a toml-test corpus; prints TAP.

Usage: corpus_check.py DECODER CORPUS
"""
import json
import math
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

decoder, corpus = sys.argv[1], pathlib.Path(sys.argv[2])


def normal_datetime(text):
    """Z and +00:00 are equal, and so are .6 and .600; T may be t or a space."""
    text = text.upper().replace(" ", "T").replace("+00:00", "Z").replace("-00:00", "Z")
    text = re.sub(r"(\.\d*?)0+(?=$|[Z+-])", r"\1", text)
    return re.sub(r"\.(?=$|[Z+-])", "", text)


def same(got, wanted, path="root"):
    """The first difference in words, or None."""
    if type(got) is not type(wanted):
        return f"{path}: {got!r} instead of {wanted!r}"
    if isinstance(wanted, list):
        if len(got) != len(wanted):
            return f"{path}: {len(got)} items instead of {len(wanted)}"
        for i, pair in enumerate(zip(got, wanted)):
            difference = same(*pair, f"{path}[{i}]")
            if difference:
                return difference
        return None
    if isinstance(wanted, str):
        return None if got == wanted else f"{path}: {got!r} instead of {wanted!r}"
    is_leaf = set(wanted) == {"type", "value"} and isinstance(wanted["type"], str)
    if not is_leaf:
        if set(got) != set(wanted):
            return f"{path}: keys {sorted(got)} instead of {sorted(wanted)}"
        for key in wanted:
            difference = same(got[key], wanted[key], f"{path}.{key}")
            if difference:
                return difference
        return None
    kind, a, b = wanted["type"], got.get("value"), wanted["value"]
    if got.get("type") != kind or not isinstance(a, str):
        equal = False
    elif kind == "float":
        x, y = float(a), float(b)
        equal = (math.isnan(x) and math.isnan(y)) or (
            x == y and math.copysign(1, x) == math.copysign(1, y))
    elif kind == "integer":
        equal = int(a) == int(b)
    elif kind in ("datetime", "datetime-local", "date-local", "time-local"):
        equal = normal_datetime(a) == normal_datetime(b)
    else:
        equal = a == b
    return None if equal else f"{path}: {got!r} instead of {wanted!r}"


def run(path):
    with open(path, "rb") as text:
        return subprocess.run([decoder], stdin=text, capture_output=True, timeout=10, check=False)


for path in sorted((corpus / "valid").rglob("*.toml")):
    name = str(path.relative_to(corpus))
    done = run(path)
    wanted = json.loads(path.with_suffix(".json").read_bytes())
    if done.returncode != 0:
        ok(False, name, f"exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        continue
    difference = same(json.loads(done.stdout), wanted)
    ok(difference is None, name, difference or "")

for path in sorted((corpus / "invalid").rglob("*.toml")):
    name = str(path.relative_to(corpus))
    done = run(path)
    lines = path.read_bytes().count(b"\n") + 1
    place = re.fullmatch(rb"(\d+):(\d+): [^\n]+\n", done.stderr)
    inside = place is not None and 1 <= int(place[1]) <= lines and int(place[2]) >= 1
    ok(done.returncode == 1 and inside and not done.stdout, name,
           f"exit {done.returncode}: {done.stdout[:200]!r} {done.stderr[:300]!r}")

finish()
