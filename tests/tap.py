# SPDX-License-Identifier: Apache-2.0
"""tap.py: imported by the Python tests. Prints TAP, which tests/run counts. The tests run in the repository's top
folder."""
import sys

_count = _failed = 0


def ok(passed, name, *notes):
    """One result; NOTES, texts or bytes, are shown where it failed."""
    global _count, _failed
    _count += 1
    _failed += not passed
    print(f"{'ok' if passed else 'not ok'} {_count} - {name}", flush=True)
    for note in () if passed else filter(None, notes):
        text = note.decode(errors="replace") if isinstance(note, bytes) else str(note)
        print("#   " + text.replace("\r", "").replace("\n", "\n#   "), flush=True)


def finish():
    """The last line of a test."""
    print(f"1..{_count}")
    sys.exit(_failed != 0)
