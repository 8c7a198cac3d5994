# SPDX-License-Identifier: MIT
"""A network of our own: a namespace with a TAP that a machine can sit on, and the host's end of it. The
namespace has no name and belongs to this process: it is gone when the process is, however that ends."""
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
TAP = "tap0"
HOST, PREFIX = "10.0.2.2", 24  # the gateway that the manifests name


class Skip(Exception):
    """The test cannot say anything here; why is its text."""


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

    def __init__(self, addresses=(f"{HOST}/{PREFIX}",)):
        if why_not():
            raise Skip(why_not())
        self._outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if LIBC.unshare(CLONE_NEWNET) != 0:
                raise Skip(f"no network namespace: {os.strerror(ctypes.get_errno())}")
            self._set_up(addresses)
        except BaseException:
            self.close()
            raise

    def _set_up(self, addresses):
        command("ip", "link", "set", "lo", "up")
        made = command("ip", "tuntap", "add", "dev", TAP, "mode", "tap", may_fail=True)
        if made.returncode != 0:
            raise Skip(f"no TAP: {made.stderr.strip()}")
        for address in addresses:
            command("ip", "address", "add", address, "dev", TAP)
        command("ip", "link", "set", TAP, "up")

    def close(self):
        """Back to where the thread was; the namespace ends with the last process in it."""
        if self._outside is None:
            return
        LIBC.setns(self._outside, CLONE_NEWNET)
        os.close(self._outside)
        self._outside = None

    def impair(self, *how):
        """What `tc qdisc ... netem` does to packets from the host to the guest; nothing without arguments."""
        command("tc", "qdisc", "del", "dev", TAP, "root", may_fail=True)
        if not how:
            return
        made = command("tc", "qdisc", "add", "dev", TAP, "root", "netem", *how, may_fail=True)
        if made.returncode != 0:
            raise Skip(f"no netem: {made.stderr.strip()}")


def command(*words, may_fail=False):
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    if ended.returncode != 0 and not may_fail:
        raise AssertionError(f"{' '.join(words)}: {ended.stderr.strip()}")
    return ended
