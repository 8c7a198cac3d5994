#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A bad wire between the machine's TAP and another one that the host speaks through: both ways it loses, doubles,
reorders, damages and delays Ethernet frames, as `tc netem` does where the kernel has it. What a sender leaves to its
card, checksums and the cutting into segments, is done first, so that each segment has a fate of its own.
Usage: bad_wire.py TAP HOST [KEY=NUMBER...]; keys in percent: loss, duplicate, reorder, corrupt; delay in ms;
seed (1), of what happens to which packet."""
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
SOL_PACKET, PACKET_VNET_HDR, SO_RCVBUFFORCE = 263, 15, 33
ROOM = 1 << 26  # bytes that may wait for us: what is lost is to be lost on purpose
VNET_HEADER = struct.Struct("=BBHHHH")  # flags, gso_type, hdr_len, gso_size, csum_start, csum_offset
NEEDS_SUM, GSO_TCP4 = 1, 1
ETHERNET, IP_TOTAL, IP_ID, IP_SUM = 14, 16, 18, 24  # where, in a frame of IPv4
TCP_SEQUENCE, TCP_FLAGS, TCP_SUM, FIN_AND_PSH = 4, 13, 16, 9
REORDERED = 0.02  # seconds that a packet is held back, so that others overtake it


def open_tap(name):
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return handle


def checksum(data):
    """Of the Internet: sums of 16 bits are remainders by 65,535."""
    rest = int.from_bytes(data if len(data) % 2 == 0 else data + b"\0", "big") % 0xFFFF
    return 0xFFFF ^ (rest or 0xFFFF)


def put16(frame, at, value):
    struct.pack_into(">H", frame, at, value & 0xFFFF)


def summed(frame, start, offset):
    """The checksum that the card was left with: what stands in its place is the pseudo-header's."""
    frame = bytearray(frame)
    put16(frame, start + offset, checksum(bytes(frame[start:])))
    return bytes(frame)


def segments(frame, start, size):
    """TCP on IPv4, cut into `size` bytes each. `start`: of the TCP header."""
    head = start + (frame[start + 12] >> 4) * 4
    addresses, (first,) = frame[start - 8:start], struct.unpack_from(">I", frame, start + TCP_SEQUENCE)
    (number,) = struct.unpack_from(">H", frame, IP_ID)
    for count, at in enumerate(range(head, len(frame), size)):
        one = bytearray(frame[:head] + frame[at:at + size])
        put16(one, IP_TOTAL, len(one) - ETHERNET)
        put16(one, IP_ID, number + count)
        put16(one, IP_SUM, 0)
        put16(one, IP_SUM, checksum(bytes(one[ETHERNET:start])))
        struct.pack_into(">I", one, start + TCP_SEQUENCE, (first + at - head) & 0xFFFFFFFF)
        if at + size < len(frame):
            one[start + TCP_FLAGS] &= ~FIN_AND_PSH
        put16(one, start + TCP_SUM, 0)
        pseudo = addresses + struct.pack(">HH", 6, len(one) - start)
        put16(one, start + TCP_SUM, checksum(pseudo + bytes(one[start:])))
        yield bytes(one)


def finished(data):
    """The frames that a card makes of what it is given, with a virtio header in front."""
    flags, gso, _, size, start, offset = VNET_HEADER.unpack_from(data)
    frame = data[VNET_HEADER.size:]
    if gso & 0x7F == GSO_TCP4:
        return list(segments(frame, start, size))
    return [summed(frame, start, offset) if flags & NEEDS_SUM else frame]


class Wire:
    def __init__(self, tap, host, how):
        self.how = how
        self.random = random.Random(int(how.get("seed", 1)))
        self.machine = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.machine.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.machine.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
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
        try:
            data, (_, _, kind, *_) = self.machine.recvfrom(1 << 17)
        except OSError:
            return  # the end went down
        if kind == PACKET_OUTGOING:
            return
        for frame in finished(data):
            self.take(frame, lambda one: os.write(self.host, one))

    def read_host(self):
        self.take(os.read(self.host, 65536), lambda one: self.machine.send(bytes(VNET_HEADER.size) + one))

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
