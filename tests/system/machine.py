# SPDX-License-Identifier: MIT
"""A machine under test: `exo run` as a child of ours, its console lines as they come, and its end.
It dies with us, and everything it leaves is in a folder of ours."""
import re
import signal
import socket
import subprocess
import threading
import time

from network import TAP, Network, die_with_parent

START_LIMIT = 60  # seconds from `exo run` until all environments answer, with two CPUs of the host


def free_ports(count):
    """Ports of the loopback that nobody listens on; all held open until all are known."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Console:
    """The lines that a process prints, collected by a thread."""

    def __init__(self, command, place):
        self.lines = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", env=place.environment,
                                        cwd=place.temporary, preexec_fn=die_with_parent, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def await_line(self, pattern, timeout, start=0):
        """The match of the first line from `start` on; fails after `timeout` seconds, or when no more can come."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for line in self.lines[start:]:
                    found = re.search(pattern, line)
                    if found:
                        return found
                start = len(self.lines)
                left = deadline - time.monotonic()
                if not self._reader.is_alive():
                    raise AssertionError(f"the console ended without a line like /{pattern}/")
                if left <= 0:
                    raise AssertionError(f"no console line like /{pattern}/ in {timeout} s")
                self._changed.wait(min(left, 0.5))

    def matches(self, pattern):
        return [found for found in (re.search(pattern, line) for line in list(self.lines)) if found]

    def await_end(self, timeout):
        """Exit status of the process, with all its lines read."""
        status = self.process.wait(timeout)
        self._reader.join(10)
        return status

    def stop(self):
        """As Ctrl-C does; harder if that does not help. Answers the exit status."""
        for number, patience in ((signal.SIGINT, 15), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                return self.await_end(patience)
            except subprocess.TimeoutExpired:
                continue
        raise AssertionError("a process does not end, not even by SIGKILL")


class Machine:
    def __init__(self, place, boot):
        self.boot = boot
        self.ports = {}  # of environments that serve: a port of the loopback, or (address, port) on a TAP
        self.network = Network(boot.wire, boot.mtu) if boot.tap else None  # while the machine runs this thread is in it
        servers = {} if "--nic" in boot.options else place.servers(boot.image)
        if boot.tap:
            self.ports = servers
            publish = ["--tap", TAP]
        else:
            self.ports = dict(zip(servers, free_ports(len(servers))))
            publish = [word for env, port in self.ports.items() for word in ("-p", f"{port}:{env}")]
        self.console = Console([place.exo, "run", place.image(boot.image), "--machine", boot.board, "--cpus",
                                str(boot.cpus), "--name", "under-test", *publish, *boot.options], place)
        self._started = False

    def await_start(self):
        """Until every environment that serves has answered."""
        if not self._started:
            for env in self.ports:
                self.console.await_line(rf"^exo\| {env} answers at ", START_LIMIT)
            self._started = True

    @property
    def port(self):
        return self.ports["web"]

    def is_running(self):
        return self.console.process.poll() is None

    def check_health(self):
        panics = self.console.matches(r"^aegis\| panic:.*")
        assert not panics, panics[0].group()
        assert self.is_running(), f"the machine ended with status {self.console.process.returncode} during the test"

    def last_lines(self, count):
        time.sleep(0.3)  # what the guest says about a failure may still be on its way
        return self.console.lines[-count:]

    def stop(self):
        try:
            return self.console.stop()
        finally:
            if self.network is not None:
                self.network.close()


def bare_machine(place, image, board="q35", cpus=2, devices=("-nic", "none")):
    """QEMU without `exo` in front, which would refuse a damaged image or another kernel."""
    return Console(["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor",
                    "none", "-machine", board, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(cpus), "-m", "128M",
                    "-kernel", image, "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
                    *devices], place)
