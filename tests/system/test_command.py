# SPDX-License-Identifier: MIT
"""The exo command around a machine: --detach, ps, logs, stop, Ctrl-C, --gdb; and that no QEMU is left."""
import os
import re
import signal
import socket
import time

from harness import Test, check, check_equal
from http_client import get
from machine import Console, free_ports


def rows(run, *options):
    """The lines of `exo ps`, without its head, as {name: line}."""
    shown = run.place.run_exo("ps", *options).stdout.splitlines()
    return {line.split()[0]: line for line in shown[1:]}


def qemu_of(run, name):
    """The machine's process, by what `exo ps` says and /proc confirms."""
    for word in rows(run).get(name, "").split():
        if word.isdigit() and "qemu" in command_of(int(word)):
            return int(word)
    raise AssertionError(f"exo ps tells no QEMU of {name}: {rows(run)}")


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def await_gone(pid, seconds=10):
    deadline = time.monotonic() + seconds
    while "qemu" in command_of(pid):
        check(time.monotonic() < deadline, f"QEMU {pid} is still there after {seconds} s")
        time.sleep(0.05)


def start_detached(run, name):
    web, status = free_ports(2)
    started = run.place.run_exo("run", run.place.image("web"), "--detach", "--name", name, "-p", f"{web}:web",
                                "-p", f"{status}:status", timeout=120)
    check_equal(started.returncode, 0, f"exit status of --detach ({started.stdout + started.stderr})")
    check_equal(started.stdout.splitlines()[0], name, "first line of --detach")
    check(f"exo| web answers at http://127.0.0.1:{web}/" in started.stdout, f"no address in {started.stdout!r}")
    return web


def detached(run):
    """From start to end as somebody at the keyboard does it."""
    port = start_detached(run, "one")
    try:
        check_equal(get(port).status, 200, "web")
        pid = qemu_of(run, "one")
        check(re.search(rf"up .*127\.0\.0\.1:{port}->web:80", rows(run)["one"]), rows(run)["one"])
        logs(run)
        again = run.place.run_exo("run", run.place.image("web"), "--name", "one")
        check_equal((again.returncode, "is running" in again.stderr), (2, True), f"a second machine one: {again.stderr}")
        taken = run.place.run_exo("run", run.place.image("web"), "--name", "two", "-p", f"{port}:web")
        check_equal((taken.returncode, "in use" in taken.stderr), (2, True), f"a taken port: {taken.stderr}")
        follower = Console([run.place.exo, "logs", "-f", "one"], run.place)
        follower.await_line(r"^web\| ", 5)
    finally:
        stopped = run.place.run_exo("stop", "one")
    check_equal((stopped.returncode, stopped.stdout), (0, "one\n"), "exo stop")
    check_equal(follower.await_end(5), 0, "exit status of exo logs -f after the machine's end")
    await_gone(pid, 1)
    check_equal(rows(run, "-a"), {}, "machines after stop")
    gone = run.place.run_exo("logs", "one")
    check_equal((gone.returncode, gone.stderr.startswith("no machine")), (2, True), f"logs of a stopped machine: {gone.stderr}")


def logs(run):
    everything = run.place.run_exo("logs", "one").stdout.splitlines()
    web = run.place.run_exo("logs", "one", "web").stdout.splitlines()
    check(web and all(line.startswith("web|") for line in web), f"logs one web: {web[:3]}")
    check({line.split("|")[0] for line in everything} >= {"root", "web", "status"}, "somebody is missing in the logs")
    check_equal(run.place.run_exo("logs", "web").stdout.splitlines()[:len(web)], web, "logs of the only machine's web")
    check_equal(run.place.run_exo("logs", "one", "nobody").returncode, 2, "exit status of logs of nobody")


def foreground(run):
    console = Console([run.place.exo, "run", run.place.image("web"), "--name", "fore", "-p", f"{free_ports(1)[0]}:web"],
                      run.place)
    console.await_line(r"^root\| ", 60)
    return console, qemu_of(run, "fore")


def interrupted(run):
    """Ctrl-C: SIGINT to all that stand in front, as a terminal sends it."""
    console, pid = foreground(run)
    os.killpg(console.process.pid, signal.SIGINT)
    check_equal(console.await_end(10), 0, "exit status")
    await_gone(pid, 1)
    check_equal(rows(run, "-a"), {}, "machines afterwards")


def killed(run):
    """exo that cannot clean up leaves no QEMU either, and no machine that counts as running."""
    console, pid = foreground(run)
    console.process.kill()
    console.await_end(10)
    await_gone(pid)
    check_equal(rows(run), {}, "machines that run")
    check_equal(run.place.run_exo("stop", "fore").returncode, 0, "exit status of stop of what is left")


def debugger(run):
    """--gdb: no instruction runs before a debugger says so, and there is a line to type."""
    console = Console([run.place.exo, "run", run.place.image("web"), "--name", "gdb", "--gdb"], run.place)
    try:
        path = console.await_line(r"gdb .*kernel\.elf.*'target remote (/\S+)'", 20)[1]
        with socket.socket(socket.AF_UNIX) as stub:
            stub.settimeout(10)
            deadline = time.monotonic() + 10
            while not os.path.exists(path) and time.monotonic() < deadline:
                time.sleep(0.05)
            stub.connect(path)
            stub.sendall(b"$?#3f")
            answer = b""
            while b"#" not in answer:
                answer += stub.recv(4096)
        check(answer.startswith(b"+$T"), f"the debugger stub answers {answer!r}")
        check(not console.matches(r"^aegis\| boot:"), "the machine ran before it was told to")
    finally:
        console.stop()


def helps(run):
    everything = run.place.run_exo("help")
    verbs = ("run", "build", "test", "ps", "logs", "stop")
    for verb in verbs:
        check(re.search(rf"^ *{verb}\b", everything.stdout, re.M), f"exo help does not know {verb}")
        check_equal(run.place.run_exo(verb, "--help").returncode, 0, f"exit status of exo {verb} --help")
    unknown = run.place.run_exo("fly")
    check_equal((unknown.returncode, len(unknown.stderr.splitlines())), (2, 1), f"exo fly: {unknown.stderr}")


TESTS = [Test(f"command {name}", function) for name, function in (
    ("help", helps), ("--detach, ps, logs, stop", detached), ("Ctrl-C leaves nothing", interrupted),
    ("killed leaves no QEMU", killed), ("--gdb waits", debugger))]
