# SPDX-License-Identifier: MIT
"""What status serves is the ledger: complete, adding up, and moving."""
from harness import Boot, Test, check, check_equal
from http_client import get, get_json
from ledger import env_named

ENVS = ("root", "web", "status", "intruder")


def ledger(machine):
    return get_json(machine.ports["status"], "/status.json")


def everyone_listed(_run, machine):
    found = [env["name"] for env in ledger(machine)["environments"]]
    check(set(found) >= set(ENVS), f"only {found}")


def frames_add_up(run, machine):
    status = ledger(machine)
    total, free = status["machine"]["frames_total"], status["machine"]["frames_free"]
    owned = sum(env["frames"] for env in status["environments"])
    run.note(f"{total} frames: {owned} owned, {free} free")
    check(owned + free <= total, "more frames owned and free than there are")
    check(owned + free >= total * 9 // 10, "a tenth of the frames is nobody's")
    for env in status["environments"]:
        check(env["frames"] <= env["frame_quota"], f"{env['name']} owns {env['frames']} of {env['frame_quota']} frames")


def owners_are_those_of_the_manifest(_run, machine):
    """web has its extent read-only and its filter; the intruder neither."""
    status = ledger(machine)
    web, intruder = env_named(status, "web"), env_named(status, "intruder")
    check_equal([extent["writable"] for extent in web["extents"]], [False], "whether web's extents are writable")
    check_equal((len(web["receive"]) > 0, len(web["send"]) > 0), (True, True), "web may receive and send")
    check_equal((intruder["extents"], intruder["receive"], intruder["send"]), ([], [], []), "what the intruder has")
    check_equal(sum(web["slices"]), 36, "web's slices")


def slices_have_one_owner(_run, machine):
    """What the CPUs' vectors say is what the environments' counts say."""
    status = ledger(machine)
    for env in status["environments"]:
        counted = [cpu["slices"].count(env["number"]) for cpu in status["cpus"]]
        check_equal(counted, env["slices"], f"slices of {env['name']} by CPU")


def counters_move(_run, machine):
    before = ledger(machine)
    for _ in range(50):
        check_equal(get(machine.port).status, 200, "web")
    after = ledger(machine)
    for counter in ("cpu_seconds", "system_calls"):
        old, new = (env_named(status, "web")[counter] for status in (before, after))
        check(new > old, f"web's {counter} stays at {old}")
    old, new = (sum(b["delivered"] for b in status["bindings"] if b["owner"] == "web") for status in (before, after))
    check(new >= old + 50, f"packets delivered to web: {old}, then {new}")
    check(after["uptime_seconds"] > before["uptime_seconds"], "the uptime stands still")


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
    ("lists everyone", everyone_listed), ("frames add up", frames_add_up),
    ("owners are the manifest's", owners_are_those_of_the_manifest), ("slices have one owner", slices_have_one_owner),
    ("counters move", counters_move), ("plain page", page), ("content types", types))]
