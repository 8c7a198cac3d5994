# SPDX-License-Identifier: MIT
"""Every C++ file is as clang-format leaves it."""
import re

from tree import CPP, run


def check(tree):
    files = tree.named(*CPP)
    if not files:
        return ["no C++ files"]
    shown = run(["clang-format", "--dry-run", "-Werror", *files], cwd=tree.root)
    found = re.findall(r"^(\S+?:\d+):\d+: error: code should be clang-formatted", shown.stdout, re.M)
    problems = [f"{place}: not as clang-format leaves it; run clang-format -i on the file" for place in first_each(found)]
    if shown.returncode != 0 and not problems:
        problems.append("clang-format: " + (shown.stdout.strip().splitlines() or ["failed"])[-1])
    return problems


def first_each(places):
    """The first place of each file is enough."""
    seen = {}
    for place in places:
        seen.setdefault(place.rsplit(":", 1)[0], place)
    return list(seen.values())
