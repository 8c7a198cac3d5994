# SPDX-License-Identifier: MIT
"""A network of our own: a namespace with a TAP that a machine can sit on, and the host's end of it. The
namespace has no name and belongs to this process: it is gone when the process is, however that ends."""
import ctypes
import os
import pathlib
import signal
import subprocess
import sys

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
TAP, HOST_END = "tap0", "host0"  # the machine's; the host's where a bad wire lies between them
HOST, PREFIX = "10.0.2.2", 24  # the gateway that the manifests name


class Skip(Exception):
    """The test cannot say anything here; why is its text."""


def die_with_parent():
    """In the child: SIGTERM when the runner ends, however it ends."""
    LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def why_not():
    """What this host lacks for it, or nothing."""
    if os.geteuid() != 0:
        return "making a network namespace needs root"
    if not os.path.exists("/dev/net/tun"):
        return "/dev/net/tun is missing"
    return ""


class Network:
    """While it is entered this thread is in the namespace, and so are the processes that it starts. Others
    that run already, and threads, stay where they were."""

    MAKE_END = ("ip", "tuntap", "add", "dev", TAP, "mode", "tap")

    def __init__(self, wire=(), mtu=1500):
        """`wire`: words for bad_wire.py, nothing for a good one; `mtu`: of the host's end."""
        if why_not():
            raise Skip(why_not())
        self._wire = None
        self.host_end = HOST_END if wire else TAP
        self._outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if LIBC.unshare(CLONE_NEWNET) != 0:
                raise Skip(f"no network namespace: {os.strerror(ctypes.get_errno())}")
            self._set_up(wire, mtu)
        except BaseException:
            self.close()
            raise

    def _set_up(self, wire, mtu):
        command("ip", "link", "set", "lo", "up")
        made = command(*self.MAKE_END, may_fail=True)
        if made.returncode != 0:
            raise Skip(f"{' '.join(self.MAKE_END)}: {made.stderr.strip()}")
        if wire:
            command("ip", "link", "set", TAP, "arp", "off", "up")  # nobody but the wire speaks there
            self._start_wire(wire)
        command("ip", "address", "add", f"{HOST}/{PREFIX}", "dev", self.host_end)
        command("ip", "link", "set", self.host_end, "mtu", str(mtu), "up")

    def _start_wire(self, how):
        program = pathlib.Path(__file__).with_name("bad_wire.py")
        self._wire = subprocess.Popen([sys.executable, str(program), TAP, HOST_END, *how], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        if self._wire.stdout.readline() != b"ready\n":
            raise AssertionError("the bad wire does not start")

    def close(self):
        """Back to where the thread was; the namespace ends with the last process in it."""
        if self._outside is None:
            return
        if self._wire is not None:
            self._wire.kill()
            self._wire.wait()
        LIBC.setns(self._outside, CLONE_NEWNET)
        os.close(self._outside)
        self._outside = None


def command(*words, may_fail=False):
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    if ended.returncode != 0 and not may_fail:
        raise AssertionError(f"{' '.join(words)}: {ended.stderr.strip()}")
    return ended
