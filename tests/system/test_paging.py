# SPDX-License-Identifier: MIT
"""examples/paging: three programs whose data are twice the machine's memory. One holds on to what it was lent and loses
exactly that; the two others never notice, and their replacement policies cost what theory says."""
import re
import time

from harness import Boot, Test, check, check_equal
from http_client import get_json
from machine import Machine

ROUND = (r"^{}\| round (\d+): (\d+) pages, (\d+) faults, (\d+) reads, (\d+) writes, frames (\d+)\.\.(\d+), \d+ ms, "
         r"(\d+) words wrong")
LIMIT = 400  # seconds
PROGRAMS = ("stubborn", "lru", "cyclic")


def rounds(console, name):
    return [[int(number) for number in match.groups()] for match in console.matches(ROUND.format(name))]


def steady(all_rounds):
    """Those behind the first in which the number of frames did not change, and did not suffice."""
    return [r for r in all_rounds[1:] if r[5] == r[6] and r[5] < r[1]]


def shared_memory(run):
    machine = Machine(run.place, Boot("paging"))
    try:
        console = machine.console
        machine.await_start()
        check_page(watch(machine))
        for name in PROGRAMS:
            console.await_line(rf"^root\| {name} ended: exit code 0$", 1)
            check(all(r[7] == 0 for r in rounds(console, name)), f"{name} found wrong words")
        check_loss(console)
        check_policies(rounds(console, "lru"), rounds(console, "cyclic"))
    except Exception:
        for line in machine.last_lines(40):
            run.note(line)
        raise
    finally:
        machine.stop()


def watch(machine):
    """What the status page says until the three have ended: (frames of each, demand on each) again and again."""
    seen, end = [], time.monotonic() + LIMIT
    while len(machine.console.matches(rf"^root\| ({'|'.join(PROGRAMS)}) ended")) < len(PROGRAMS):
        check(time.monotonic() < end, f"the three have not ended in {LIMIT} s")
        envs = get_json(machine.ports["status"], "/status.json")["environments"]
        seen.append({env["name"]: (env["frames"], env["demand"]) for env in envs if env["state"] != "dead"})
        time.sleep(0.2)
    return seen


def check_page(seen):
    """It shows frames that leave one and come to the others, and the demand in between."""
    check(any(envs.get("stubborn", (0, None))[1] for envs in seen), "no demand on stubborn was shown")
    most = max(range(len(seen)), key=lambda i: seen[i].get("stubborn", (0,))[0])
    later = [envs for envs in seen[most:] if "stubborn" in envs and "lru" in envs]
    check(bool(later), "stubborn and lru were never shown together")
    check(seen[most]["stubborn"][0] - later[-1]["stubborn"][0] > 1000, "no frames were seen to leave stubborn")
    check(later[-1]["lru"][0] > 1000, f"lru was seen with {later[-1]['lru'][0]} frames at most")


def check_loss(console):
    """The stubborn one loses what root says that it took, and no page more."""
    taken = sum(int(match[1]) for match in console.matches(r"^root\| stubborn lost (\d+) frames"))
    said = int(console.await_line(r"^stubborn\| the kernel says that it took (\d+)", 1)[1])
    lost = [int(match[1]) for match in console.matches(r"^stubborn\| lost (\d+) of")]
    check(taken > 1000, f"stubborn lost only {taken} frames")
    check_equal(lost[-1], said, "pages that stubborn misses, and frames that the kernel says it took")
    # Frames of the loan that it had not touched are part of the quota that went, but nobody's loss.
    check(said <= taken, f"the kernel took {said} frames, {taken} were demanded")


def check_policies(lru, cyclic):
    check(steady(lru) and steady(cyclic), "no round with a constant number of frames")
    for _, pages, faults, *_ in steady(lru):
        check_equal(faults, pages, "faults of LRU in a cyclic scan: every page")
    for _, pages, faults, _, _, frames, *_ in steady(cyclic):
        theory = pages * (pages - frames) / (pages - 1)
        check(abs(faults - theory) <= 2, f"{faults} faults of the cyclic policy, theory says {theory:.1f}")


TESTS = [Test("paging: twice the memory, three policies", shared_memory)]
