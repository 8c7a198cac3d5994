# SPDX-License-Identifier: MIT
"""What status serves is the ledger: complete, adding up, and moving."""
from harness import Boot, Test, check, check_equal
from http_client import get, get_json
from ledger import env_named

ENVS = ("root", "web", "status", "intruder")


def ledger(machine):
    return get_json(machine.ports["status"], "/status.json")


def everyone_listed(_run, machine):
    found = [env["name"] for env in ledger(machine)["envs"]]
    check(set(found) >= set(ENVS), f"only {found}")


def frames_add_up(run, machine):
    status = ledger(machine)
    frames = status["frames"]
    owned = sum(env["frames"] for env in status["envs"])
    run.note(f"{frames['total']} frames: {owned} owned, {frames['free']} free")
    check(owned + frames["free"] <= frames["total"], "more frames owned and free than there are")
    check(owned + frames["free"] >= frames["total"] * 9 // 10, "a tenth of the frames is nobody's")
    for env in status["envs"]:
        check(env["frames"] <= env["quota"], f"{env['name']} owns {env['frames']} of {env['quota']} frames")


def counters_move(_run, machine):
    before = env_named(ledger(machine), "web")
    for _ in range(5):
        check_equal(get(machine.port).status, 200, "web")
    after = env_named(ledger(machine), "web")
    check(after["syscalls"] > before["syscalls"], f"web's system calls stay at {before['syscalls']}")
    check(after["run_cycles"] > before["run_cycles"], f"web's cycles stay at {before['run_cycles']}")


def page(_run, machine):
    response = get(machine.ports["status"])
    check_equal(response.status, 200, "status")
    check(response.headers.get("content-type", "").startswith("text/html"), "not HTML")
    for name in ENVS:
        check(name.encode() in response.body, f"{name} is not on the page")


def types(_run, machine):
    found = get(machine.ports["status"], "/status.json").headers.get("content-type", "")
    check(found.startswith("application/json"), f"content type {found!r}")
    check_equal(get(machine.ports["status"], "/gone").status, 404, "an unknown path")


TESTS = [Test(f"status {name}", function, Boot()) for name, function in (
    ("lists everyone", everyone_listed), ("frames add up", frames_add_up), ("counters move", counters_move),
    ("plain page", page), ("content types", types))]
