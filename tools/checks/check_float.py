# SPDX-License-Identifier: MIT
"""The kernel has no floating point: it may save and restore an environment's registers, not use them."""
import re

from tree import run

REGISTER = re.compile(r"%(?:[xyz]?mm\d+|st\b|k[0-7]\b)")
STATE_ONLY = re.compile(r"fx?(save|rstor)(64)?$|fninit$|fwait$|(ld|st)mxcsr$")
FORBIDDEN = re.compile(r"f[a-z0-9]+$|v?zero(upper|all)$|emms$")  # every x87 mnemonic starts with f
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(?:(?:lock|rep\w*|data16|cs|ds|es|fs|gs|rex\S*)\s+)*([a-z][a-z0-9]*)(.*)$")


def check(tree):
    kernel = tree.build / "kernel.elf"
    if not kernel.exists():
        return [f"{kernel}: missing; build the kernel first"]
    problems, function = [], "?"
    listing = run(["objdump", "-d", "--no-show-raw-insn", "-C", str(kernel)])
    if listing.returncode != 0:
        return [f"kernel.elf: objdump: {listing.stdout.strip()[:200]}"]
    for line in listing.stdout.splitlines():
        if line.endswith(">:"):
            function = line[line.index("<") + 1:-2]
        match = INSTRUCTION.match(line)
        if match and is_float(match[2], match[3]):
            problems.append(f"kernel.elf:{match[1]}: {function}: {match[2]}{match[3].rstrip()}")
    if function == "?":
        problems.append("kernel.elf: no code in it")
    return problems


def is_float(mnemonic, operands):
    if STATE_ONLY.match(mnemonic):
        return False
    return bool(FORBIDDEN.match(mnemonic) or REGISTER.search(operands.split("<")[0]))
