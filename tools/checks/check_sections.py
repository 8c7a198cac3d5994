# SPDX-License-Identifier: MIT
"""In the kernel and in every program, nothing is writable and executable, text, read-only data and
data lie on pages of their own, and nothing is initialised by code that runs before main."""
import re

from tree import run

PAGE = 4096
LOAD = re.compile(r"^\s*LOAD\s+0x\S+\s+0x(\S+)\s+0x\S+\s+0x\S+\s+0x(\S+)\s+([RWE ]{3})", re.M)
INITIALISERS = re.compile(r"\s(\.(?:init_array|ctors|preinit_array|tdata|tbss)\S*)\s")


def check(tree):
    kernel = tree.build / "kernel.elf"
    programs = sorted(p for p in (tree.build / "programs").glob("*") if p.is_file())
    problems = [] if kernel.exists() else [f"{kernel}: missing; build the kernel first"]
    if not programs:
        problems.append(f"{tree.build}/programs: no programs; build them first")
    for path in ([kernel] if kernel.exists() else []) + programs:
        problems += check_file(path)
    return problems


def check_file(path):
    listing = run(["readelf", "-lW", str(path)])
    segments = [(int(start, 16), int(size, 16), flags.replace(" ", "")) for start, size, flags in LOAD.findall(listing.stdout)]
    if not segments:
        return [f"{path.name}: no segments: {listing.stdout.strip()[:100]}"]
    problems = [f"{path.name}: segment at {start:#x} is {flags}: writable and executable"
                for start, _, flags in segments if "W" in flags and "E" in flags]
    for (a, a_size, a_flags), (b, b_size, b_flags) in pairs(segments):
        same_page = a // PAGE <= (b + b_size - 1) // PAGE and b // PAGE <= (a + a_size - 1) // PAGE
        if a_size and b_size and same_page and a_flags != b_flags:
            problems.append(f"{path.name}: segments at {a:#x} ({a_flags}) and {b:#x} ({b_flags}) share a page")
    sections = run(["readelf", "-SW", str(path)]).stdout
    return problems + [f"{path.name}: has {name}: a dynamic initialiser or thread-local; make it constinit"
                       for name in INITIALISERS.findall(sections)]


def pairs(items):
    return [(a, b) for i, a in enumerate(items) for b in items[i + 1:]]
