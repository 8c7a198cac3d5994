# SPDX-License-Identifier: MIT
"""The bench of web servers: Exo's side under load, and what it makes of a load that had errors."""
import os

from harness import Skip, Test, check, check_equal
from network import why_not

CASES = 8  # of --quick: four files, keep-alive and close
# What wrk prints when a connection broke.
BROKEN = """#!/bin/sh
echo '     50%  1.00ms'
echo '     99%  2.00ms'
echo '  100 requests in 1.00s, 1.00MB read'
echo '  Socket errors: connect 0, read 5, write 0, timeout 0'
"""


def bench(run, *arguments, **options):
    """Skips what this host does not allow."""
    if why_not():
        raise Skip(why_not())
    ended = run.place.run_exo("bench", *arguments, timeout=900, **options)
    for refused in ("allows no network namespace", "ip tuntap"):
        if ended.returncode != 0 and refused in ended.stderr:
            raise Skip(ended.stderr.strip().splitlines()[-1])
    return ended


def quick(run, **options):
    """Exo's side alone, under a second of load for each case."""
    return bench(run, "http", "--quick", "--seconds", "1", "--side", "exo", **options)


def rows(ended):
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines() if " KiB, " in line or " MiB, " in line
            if line.startswith("|")]


def measures(run):
    ended = quick(run)
    check_equal(ended.returncode, 0, f"exit status of exo bench http ({(ended.stdout + ended.stderr)[-1000:]})")
    found = rows(ended)
    check_equal(len(found), CASES, "rows")
    for row in found:
        rate, instructions = float(row[2]), float(row[9])
        check(rate > 0, f"{row[0]}: {rate} requests per second")
        check(500 < instructions < 1e9, f"{row[0]}: {instructions} instructions for a request")


def errors(run):
    tools = run.place.temporary / "broken"
    tools.mkdir()
    (tools / "wrk").write_text(BROKEN)
    (tools / "wrk").chmod(0o755)
    ended = quick(run, path=f"{tools}:{os.environ['PATH']}")
    check_equal(ended.returncode, 1, f"exit status ({ended.stderr[-500:]})")
    for row in rows(ended):
        check(row[2].startswith("ERRORS: Socket errors: connect 0, read 5"), f"{row}")
        check(not any(row[3:]), f"figures in spite of errors: {row}")
    check_equal(len(rows(ended)), CASES, "rows")


def steps(run):
    """Every step that a request must take takes instructions, and the steps are all there is."""
    ended = bench(run, "micro", "--seconds", "1")
    check_equal(ended.returncode, 0, f"exit status of exo bench micro ({(ended.stdout + ended.stderr)[-1000:]})")
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines() if line.startswith("| ")]
    figures = {row[0]: [float(cell) for cell in row[1:]] for row in table[1:]}
    whole = figures.pop("**all**")
    for step in ("card to kernel: receive queue", "Ethernet and IP", "TCP", "kernel to card: transmit queue"):
        check(all(count > 0 for count in figures[step]), f"{step}: {figures[step]}")
    for load, count in enumerate(whole):
        parts = sum(row[load] for row in figures.values())
        check(abs(parts - count) <= len(figures), f"{table[0][load + 1]}: steps of {parts} instructions, {count} in all")


def switches(run):
    """A server that sleeps after every packet pays for it, and one beside many idle connections hardly does."""
    figures = {}
    for name in ("bursts", "idle"):
        ended = bench(run, "switches", "--rounds", "1", "--only", name)
        check_equal(ended.returncode, 0, f"exit status of exo bench switches ({(ended.stdout + ended.stderr)[-1000:]})")
        for line in ended.stdout.splitlines():
            if line.startswith(("| `", "| **")):
                cells = [cell.strip() for cell in line.split("|")[1:-1]]
                figures[cells[0].strip("*`")] = [float(cell.split()[0]) for cell in cells[2:]]
    check_equal(len(figures), 4, f"rows ({figures})")
    check(figures["bursts=off"][0] > figures["all on"][0] * 1.2, f"a sleep after every packet costs nothing: {figures}")
    beside, alone = figures["10,000 idle"][0], figures["connections=10300"][0]
    run.note(f"instructions for a request: {beside:.0f} beside 10,000 idle connections, {alone:.0f} without")
    check(beside < alone * 1.5, f"idle connections cost the others: {figures}")


TESTS = [Test("bench http: Exo alone", measures), Test("bench http: errors are no figures", errors),
         Test("bench micro: steps", steps), Test("bench switches: two of them", switches)]
