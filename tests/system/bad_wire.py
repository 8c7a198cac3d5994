#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A bad wire between the machine's TAP and another one that the host speaks through: both ways it loses, doubles,
reorders, damages and delays Ethernet frames, as `tc netem` does where the kernel has it.
Usage: bad_wire.py TAP HOST [KEY=NUMBER...]; keys in percent: loss, duplicate, reorder, corrupt; delay in ms."""
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
ETH_P_ALL, PACKET_OUTGOING = 3, 4
REORDERED = 0.02  # seconds that a packet is held back, so that others overtake it


def open_tap(name):
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return handle


class Wire:
    def __init__(self, tap, host, how):
        self.how = how
        self.random = random.Random(1)
        self.machine = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.machine.bind((tap, ETH_P_ALL))
        self.host = open_tap(host)
        self.waiting = []  # (when, number, how it goes out, frame)
        self.number = 0

    def happens(self, what):
        return self.random.random() * 100 < self.how.get(what, 0)

    def take(self, frame, send):
        """One frame that came at one end, on its way to the other."""
        if self.happens("loss"):
            return
        for _ in range(2 if self.happens("duplicate") else 1):
            if self.happens("corrupt"):
                bit = self.random.randrange(len(frame) * 8)
                frame = bytearray(frame)
                frame[bit // 8] ^= 1 << bit % 8
            late = self.how.get("delay", 0) / 1000 + (REORDERED if self.happens("reorder") else 0)
            self.number += 1
            heapq.heappush(self.waiting, (time.monotonic() + late, self.number, send, bytes(frame)))

    def read_machine(self):
        frame, (_, _, kind, *_) = self.machine.recvfrom(65536)
        if kind != PACKET_OUTGOING:
            self.take(frame, lambda data: os.write(self.host, data))

    def read_host(self):
        self.take(os.read(self.host, 65536), self.machine.send)

    def send_due(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, send, frame = heapq.heappop(self.waiting)
            try:
                send(frame)
            except OSError:
                pass  # an end is not up, or full: lost

    def run(self):
        while True:
            patience = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else 1
            ready = select.select([self.machine, self.host], [], [], patience)[0]
            if self.machine in ready:
                self.read_machine()
            if self.host in ready:
                self.read_host()
            self.send_due()


def main():
    tap, host, *words = sys.argv[1:]
    wire = Wire(tap, host, {key: float(value) for key, _, value in (word.partition("=") for word in words)})
    print("ready", flush=True)
    wire.run()


if __name__ == "__main__":
    main()
