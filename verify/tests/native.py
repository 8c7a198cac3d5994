# SPDX-License-Identifier: MIT
"""Runs a few bytes of machine code on this processor with given registers, and says how they left."""
import ctypes
import mmap

REGISTERS = (0, 1, 2, 6, 7, 8, 9, 10)  # rax, rcx, rdx, rsi, rdi, r8 to r10
FLAGS = {"c": 1 << 0, "z": 1 << 6, "s": 1 << 7, "o": 1 << 11}
RETURNED = 0x7fffffff
STUB = 17  # bytes of what lies at each way out
# In the state that rbx leads to, behind the registers.
_FLAGS_AT, _EXIT_AT, _STATE_WORDS = 96, 104, 16


class Native:
    """One page: a way in, the bytes under test, a stub at each place that they may jump to, a way out."""

    def __init__(self):
        self._page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._page))
        self._enter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
        self._state = (ctypes.c_uint64 * _STATE_WORDS)()

    def run(self, code, exits, registers):
        """`exits`: offsets from the beginning of `code`, STUB bytes apart. Returns the offset it went on at or
        RETURNED, the registers by number, the flags."""
        begin = 4 + 4 * len(REGISTERS) + 5 + 7 + 5
        leave = begin + max([len(code), *exits]) + STUB
        parts = {0: b"\x53\x48\x89\xfb" + _moves(0x8b)}  # push rbx; mov rbx, rdi; load registers
        call = len(parts[0])
        parts[call] = b"\xe8" + _relative(call + 5, begin) + _note(RETURNED)
        parts[begin - 5] = b"\xe9" + _relative(begin, leave)
        parts[begin] = bytes(code)
        for offset in exits:  # lea rsp, [rsp + 8]; note; jmp
            at = begin + offset
            parts[at] = b"\x48\x8d\x64\x24\x08" + _note(offset) + b"\xe9" + _relative(at + STUB, leave)
        # store registers; pushfq; pop rax; mov [rbx + flags], rax; pop rbx; ret
        parts[leave] = _moves(0x89) + b"\x9c\x58\x48\x89\x43" + bytes([_FLAGS_AT]) + b"\x5b\xc3"
        for at, part in parts.items():
            self._page[at:at + len(part)] = part
        for number in REGISTERS:
            self._state[number] = registers[number]
        self._enter(ctypes.addressof(self._state))
        return (self._state[_EXIT_AT // 8] & 0xffffffff, {n: self._state[n] for n in REGISTERS},
                self._state[_FLAGS_AT // 8])


def _relative(end, target):
    return (target - end & 0xffffffff).to_bytes(4, "little")


def _note(number):
    """mov dword [rbx + exit], number: changes no flag."""
    return b"\xc7\x43" + bytes([_EXIT_AT]) + number.to_bytes(4, "little")


def _moves(opcode):
    """mov of every register from or to the state."""
    return b"".join(bytes([0x4c if n >= 8 else 0x48, opcode, 0x43 | (n & 7) << 3, 8 * n]) for n in REGISTERS)
