# SPDX-License-Identifier: MIT
"""What abigen makes out of abi/syscalls.def and is committed is up to date."""
import sys
import tempfile

from tree import run

REFERENCE = "docs/reference/syscalls.md"


def check(tree):
    with tempfile.TemporaryDirectory() as folder:
        fresh = f"{folder}/syscalls.md"
        made = run([sys.executable, "tools/abigen/abigen.py", "--def", "abi/syscalls.def", "--reference", fresh], cwd=tree.root)
        if made.returncode != 0:
            return [f"abi/syscalls.def:1: abigen: {made.stdout.strip().splitlines()[-1]}"]
        with open(fresh, encoding="utf-8") as file:
            wanted = file.read().splitlines()
    have = tree.lines(REFERENCE) if REFERENCE in tree.files else []
    if wanted == have:
        return []
    line = next((i for i, (a, b) in enumerate(zip(wanted, have), 1) if a != b), min(len(wanted), len(have)) + 1)
    return [f"{REFERENCE}:{line}: out of date; run tools/abigen/abigen.py --def abi/syscalls.def --reference {REFERENCE}"]
