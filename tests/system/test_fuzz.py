# SPDX-License-Identifier: MIT
"""The system-call fuzzer: it finds nothing in a million calls, it finds every planted defect, and with one
CPU a run repeats exactly. A longer run by hand: ./exo fuzz --minutes N."""
import re

from harness import Test, check, check_equal

MILLION = 1_000_000
MOST_RUNS = 100  # how many calls a run adds depends on the host's speed: the bound is for a run that adds none
LINE = r"seed (\d+): (\d+) calls, (\d+) checks of all invariants, nothing found"


def fuzz(run, *options, limit=600):
    return run.place.run_exo("fuzz", *options, timeout=limit)


def clean(run, *options):
    """(calls, checks) of a run that must find nothing."""
    ended = fuzz(run, *options)
    text = ended.stdout + ended.stderr
    for line in text.splitlines()[-60:] if ended.returncode else []:
        run.note(line)
    check_equal(ended.returncode, 0, f"exit status of exo fuzz {' '.join(options)}")
    found = re.search(LINE, text)
    check(found, f"no result in {text[-300:]!r}")
    return int(found[2]), int(found[3])


def repeats(run):
    runs = [clean(run, "--cpus", "1", "--calls", "4000", "--seed", "3") for _ in range(2)]
    check_equal(runs[0], runs[1], "calls and checks of two runs with one seed")


def million(run):
    """One CPU, then two and four in turn, with a seed each, until there were a million calls."""
    total, checks = clean(run, "--cpus", "1", "--calls", "100000", "--seed", "100")
    for seed in range(101, 101 + MOST_RUNS):
        if total >= MILLION:
            break
        more = clean(run, "--cpus", "2" if seed % 2 else "4", "--calls", "8000", "--seed", str(seed))
        total, checks = total + more[0], checks + more[1]
    run.note(f"{total} calls, {checks} checks")
    check(total >= MILLION, f"only {total} calls")


def finds(defect, by):
    def test(run):
        ended = fuzz(run, "--cpus", "1", "--calls", "20000", "--defect", defect)
        check_equal(ended.returncode, 1, f"exit status with the defect {defect}")
        found = re.search(r"^FOUND with seed \d+: (.*)$", ended.stdout, re.M)
        check(found, f"nothing found: {ended.stdout[-300:]!r}")
        check(re.search(by, ended.stdout, re.M), f"found by something else alone: {found[1]}")
        check("call " in ended.stdout, "the last calls are not shown")
    return test


# Who must find it; the other may, before or after: a list without its tail also keeps an env from being reaped.
SHADOW, BOOKS = r"^model\d\| FAIL .*, seed 1, call \d+", r"^aegis\| fuzz: invariant broken after \d+ calls"
DEFECTS = {"uncounted": SHADOW, "unzeroed": SHADOW, "widening": SHADOW, "mislinked": BOOKS}

TESTS = [Test("fuzz: one CPU repeats", repeats)] + \
        [Test(f"fuzz: finds the defect {name}", finds(name, by)) for name, by in DEFECTS.items()] + \
        [Test("fuzz: a million calls", million)]
