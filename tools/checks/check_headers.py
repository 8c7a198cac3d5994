# SPDX-License-Identifier: MIT
"""Every source says its licence first; every header is included once."""

LICENCE = "SPDX-License-Identifier: MIT"


def check(tree):
    problems = []
    for name in tree.sources():
        lines = tree.lines(name)
        first = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
        if not first or LICENCE not in first[0]:
            problems.append(f"{name}:1: does not start with the line {LICENCE}")
        if name.endswith(".hpp") and "#pragma once" not in lines:
            problems.append(f"{name}:1: a header without #pragma once")
    return problems
