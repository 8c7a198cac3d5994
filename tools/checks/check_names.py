# SPDX-License-Identifier: MIT
"""The tree stands on its own: it names no place that only existed where it was written."""

# In two halves each, so that this file does not name them either.
FORBIDDEN = ["../sha" + "red", "/wo" + "rk/", "issues sh" + "ow", "/tmp/build" + "-"]


def check(tree):
    problems = []
    for name in tree.files:
        if b"\0" in tree.bytes(name)[:8192]:
            continue
        for number, line in enumerate(tree.lines(name), 1):
            problems += [f"{name}:{number}: names {word}" for word in FORBIDDEN if word in line]
    return problems
