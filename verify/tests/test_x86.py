#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The model of x86-64 beside this processor: random instructions one by one, and the pieces that the filter compiler
makes, with the interpreter as a third. And bytes that the model must refuse."""
import ctypes
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import z3

from native import FLAGS, REGISTERS, RETURNED, STUB, Native
from prover.terms import TRUE, Unsupported, number
from spec.compiled import cases
from spec.state import K
from x86.machine import Based, Machine

BUILD = pathlib.Path(os.environ.get("EXO_BUILD_DIR", HERE.parents[1] / "build"))
CORNERS = (0, 1, 2, 15, 16, 31, 32, 33, 63, 64, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff)
RDI, R8 = 7, 8
PACKET, WORDS = 48, 104  # bytes behind rdi and r8


class Buffer:
    """Concrete memory behind a register, for the model; `address`: the same bytes for the processor."""

    def __init__(self, content):
        self.model = bytearray(content)
        self._native = ctypes.create_string_buffer(content, len(content))
        self.address = ctypes.addressof(self._native)

    @property
    def native(self):
        return self._native.raw

    def load(self, _, offset, size):
        at = z3.simplify(offset).as_long()
        return number(int.from_bytes(self.model[at:at + size], "little"), size * 8)

    def store(self, _, offset, value):
        at, size = z3.simplify(offset).as_long(), value.size() // 8
        self.model[at:at + size] = z3.simplify(value).as_long().to_bytes(size, "little")


class Comparison(unittest.TestCase):
    """What both kinds of tests need."""

    @classmethod
    def setUpClass(cls):
        cls.native, cls.chooser = Native(), random.Random(11)

    def word(self, bits=64):
        low = self.chooser.choice([self.chooser.choice(CORNERS), self.chooser.getrandbits(32)])
        return low | (self.chooser.getrandbits(32) << 32 if bits == 64 and self.chooser.random() < 0.5 else 0)

    def compare(self, code, exits, values, packet, words):
        """Runs the code both ways. Returns the exit and the registers."""
        behind = {RDI: Buffer(packet), R8: Buffer(words)}
        terms = {n: Based(behind[n], number(0, 64)) if n in behind else number(values[n], 64) for n in REGISTERS}
        machine = Machine(terms, self.need)
        ways = [e for e in machine.run([number(b, 8) for b in code]) if z3.is_true(z3.simplify(e.condition))]
        self.assertEqual(len(ways), 1, code.hex())
        target = RETURNED if ways[0].target is None else z3.simplify(ways[0].target).as_long()
        left, registers, flags = self.native.run(code, exits, {n: behind[n].address if n in behind else values[n]
                                                               for n in REGISTERS})
        self.assertEqual(target, left, code.hex())
        for n in REGISTERS:
            if n not in behind:
                self.assertEqual(z3.simplify(ways[0].registers[n]).as_long(), registers[n], (code.hex(), n, values))
        for name, bit in FLAGS.items():
            if machine.flags[name] is not None:
                self.assertEqual(z3.is_true(z3.simplify(machine.flags[name])), flags & bit != 0, (code.hex(), name, values))
        for buffer in behind.values():
            self.assertEqual(bytes(buffer.model), buffer.native, code.hex())
        return left, registers, behind

    def need(self, guard, condition, what):
        self.assertTrue(z3.is_true(z3.simplify(z3.Implies(guard, condition))), what)

    def registers(self):
        return {n: self.word() for n in REGISTERS}

    def any_bytes(self, count):
        return bytes(self.chooser.getrandbits(8) for _ in range(count))


class InstructionTest(Comparison):
    def constant(self):
        return self.word(32).to_bytes(4, "little")

    def modrm(self, reg, memory):
        """REX bits R and B, and the bytes of ModRM, SIB and displacement. In memory, behind rdi or r8."""
        if not memory:
            rm = self.chooser.choice([0, 1, 2, 6, 9, 10])
            return reg >> 3 << 2 | rm >> 3, bytes([0xc0 | (reg & 7) << 3 | rm & 7])
        base, mod = self.chooser.choice([RDI, R8]), self.chooser.choice([0, 1, 2])
        at = self.chooser.randrange(PACKET - 8)
        shown = {0: b"", 1: bytes([at]), 2: at.to_bytes(4, "little")}[mod]
        return reg >> 3 << 2 | base >> 3, bytes([mod << 6 | (reg & 7) << 3 | base & 7]) + shown

    def encode(self, opcode, reg, memory=False, width=32, constant=b"", rex=0):
        bits, place = self.modrm(reg, memory)
        prefix = (b"\x66" if width == 16 else b"") + (bytes([0x40 | rex | bits]) if rex or bits or self.chooser.random() < 0.2
                                                       else b"")
        return prefix + opcode + place + constant

    def instruction(self, kind):
        """One of those that the model knows."""
        reg, memory = self.chooser.choice([0, 1, 2, 6, 9, 10]), self.chooser.random() < 0.4
        rex = self.chooser.choice([0, 0, 8])
        if isinstance(kind, int):  # of add, or, sbb, and, sub, xor, cmp; the carry that sbb needs comes first
            code = self.encode(bytes([kind << 3 | self.chooser.choice([1, 3])]), reg, memory, rex=rex)
            return b"\x39\xc8" + code if kind == 3 else code  # cmp eax, ecx
        makers = {
            "eax": lambda: bytes([self.chooser.choice([0x05, 0x0d, 0x25, 0x2d, 0x35, 0x3d, 0xa9])]) + self.constant(),
            "mov": lambda: self.encode(self.chooser.choice([b"\x89", b"\x8b"]), reg, memory, rex=rex),
            "test": lambda: self.encode(b"\x85", reg, memory, rex=rex),
            "imul": lambda: self.encode(b"\x0f\xaf", reg, memory, rex=rex),
            "imul3": lambda: self.encode(b"\x69", reg, memory, rex=rex, constant=self.constant()),
            "mov imm": lambda: bytes([0xb8 | self.chooser.randrange(3)]) + self.constant(),
            "mov r10d": lambda: b"\x41\xba" + self.constant(),
            "group 81": lambda: self.encode(b"\x81", self.chooser.choice([0, 1, 4, 5, 6, 7]), memory, rex=rex,
                                            constant=self.constant()),
            "group 83": lambda: self.encode(b"\x83", self.chooser.choice([0, 1, 4, 5, 6, 7]), memory, rex=rex,
                                            constant=self.any_bytes(1)),
            "shift": lambda: self.encode(b"\xc1", self.chooser.choice([0, 4, 5]), memory, rex=rex,
                                         constant=self.any_bytes(1)),
            "shift cl": lambda: self.encode(b"\xd3", self.chooser.choice([0, 4, 5]), memory, rex=rex),
            "rol 16": lambda: self.encode(b"\xc1", 0, memory, 16, constant=self.any_bytes(1)),
            "neg": lambda: self.encode(b"\xf7", 3, memory, rex=rex),
            "div": lambda: b"\x31\xd2\x83\xc9\x01\xf7\xf1",  # xor edx, edx; or ecx, 1; div ecx
            "movzx": lambda: self.encode(self.chooser.choice([b"\x0f\xb6", b"\x0f\xb7"]), reg, True, rex=rex),
            "bswap": lambda: b"\x0f" + bytes([0xc8 | self.chooser.choice([0, 1, 2, 6])]),
            "lea": lambda: b"\x4c\x8d\x52" + self.any_bytes(1),           # lea r10, [rdx + n]
            "index": lambda: b"\x83\xe2\x0f\x8b\x04\x17",                 # and edx, 15; mov eax, [rdi + rdx]
            "scaled": lambda: b"\x83\xe2\x03\x0f\xb6\x44\x97\x01",        # and edx, 3; movzx eax, byte [rdi + 4 rdx + 1]
        }
        return makers[kind]()

    KINDS = (0, 1, 3, 4, 5, 6, 7, "eax", "mov", "test", "imul", "imul3", "mov imm", "mov r10d", "group 81", "group 83", "shift",
             "shift cl", "rol 16", "neg", "div", "movzx", "bswap", "lea", "index", "scaled")

    def test_instructions(self):
        for kind in self.KINDS:
            for _ in range(60):
                code = self.instruction(kind)
                self.compare(code, [len(code)], self.registers(), self.any_bytes(PACKET), self.any_bytes(WORDS))

    def test_jumps(self):
        """cmp eax, ecx; then every condition, here and far; and a jump without one."""
        conditions = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15]
        for condition in conditions:
            for _ in range(30):
                code = b"\x39\xc8\x0f" + bytes([0x80 | condition]) + (64).to_bytes(4, "little")
                values = self.registers()
                if self.chooser.random() < 0.3:
                    values[1] = values[0]
                self.compare(code, [len(code), len(code) + 64], values, bytes(PACKET), bytes(WORDS))
        self.compare(b"\xe9" + (40).to_bytes(4, "little"), [5, 45], self.registers(), bytes(PACKET), bytes(WORDS))
        self.compare(b"\xc3", [1], self.registers(), bytes(PACKET), bytes(WORDS))

    def test_what_is_not_known_is_refused(self):
        for code in ("0f0b", "90", "cc", "0f05", "e800000000", "50", "ffe0", "8b05000000", "0fb6c0", "11c8", "f7f1", "89fb",
                     "89c7", "0f8a00000000", "e9000000", "c390", "3d01"):
            with self.assertRaises(Unsupported, msg=code):
                behind = {RDI: Buffer(bytes(PACKET)), R8: Buffer(bytes(WORDS))}
                terms = {n: z3.BitVec(f"r{n}", 64) for n in range(16)} | {n: Based(b, number(0, 64)) for n, b in behind.items()}
                Machine(terms, lambda *_: None).run([number(b, 8) for b in bytes.fromhex(code)])
        with self.assertRaises(Unsupported):
            Machine({}, lambda *_: None).run([z3.BitVec("opcode", 8)])


class Insn(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class Piece(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint32), ("bytes", ctypes.c_uint8 * K.kMaxPiece)]


class Packet(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("captured", ctypes.c_uint32), ("wire_length", ctypes.c_uint32)]


class CompilerTest(Comparison):
    """bpf_emit and bpf_step as they are linked into the kernel, the model, and the processor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with tempfile.TemporaryDirectory() as folder:
            library = pathlib.Path(folder) / "filters.so"
            modules = [BUILD / f"kernel/core/{name}.bc" for name in ("bpf_compile", "bpf_step")]
            linked = pathlib.Path(folder) / "linked.bc"
            subprocess.run(["llvm-link-19", *modules, "-o", linked], check=True)
            guard = pathlib.Path(folder) / "guard.c"  # the kernel's flags ask for a stack guard of its own
            guard.write_text("unsigned long __stack_chk_guard;\n")
            subprocess.run(["clang-19", "-O2", "-fPIC", "-fvisibility=hidden", "-shared", "-w", "-Wl,-Bsymbolic", guard, linked,
                            "-o", library], check=True)
            cls.library = ctypes.CDLL(str(library))
        cls.emit = getattr(cls.library, "_ZN4core8bpf_emitERKN3abi7BpfInsnERKNS_11CodeTargetsERNS_9CodePieceE")
        cls.step = getattr(cls.library, "_ZN4core8bpf_stepERKN3abi7BpfInsnERKNS_9BpfPacketERNS_10BpfMachineE")
        cls.step.restype = ctypes.c_uint32

    def operand(self, name, code):
        """A k that the verifier accepts."""
        if "M[k]" in name:
            return self.chooser.randrange(K.kBpfMemory)
        if "key" in name:
            return self.chooser.randrange(K.kMaxFilterKeys)
        if code in (K.kAlu | K.kLsh, K.kAlu | K.kRsh):
            return self.chooser.randrange(32)
        near = self.chooser.choice([self.chooser.randrange(PACKET + 4), self.word(32)])
        if name.startswith("ld ") and name.endswith(" [k]"):
            return near & 0x7fffffff
        return near or 1

    def test_compiled_instructions(self):
        for name, code, distances in cases():
            for _ in range(25):
                self.one_piece(name, code, distances)

    def one_piece(self, name, code, distances):
        far = [self.chooser.randrange(1, 60) if d else 0 for d in distances]
        jump = code & K.kClass == K.kJmp
        jt, jf = (far if len(far) == 2 else (0, 0)) if jump else (self.chooser.randrange(256), self.chooser.randrange(256))
        k = far[0] if len(far) == 1 else self.operand(name, code)
        insn, piece = Insn(code, jt, jf, k), Piece()
        targets = (ctypes.c_uint32 * 3)(64, 64 + STUB, 64 + 2 * STUB)
        self.emit(ctypes.byref(insn), targets, ctypes.byref(piece))
        self.assertLessEqual(piece.length, K.kMaxPiece)
        values, packet, words = self.registers(), self.any_bytes(PACKET), bytearray(self.any_bytes(WORDS))
        values[6] = captured = self.chooser.randrange(PACKET + 1)
        if self.chooser.random() < 0.5:
            values[1] = self.chooser.randrange(PACKET)
        if self.chooser.random() < 0.3 and "key" not in name:
            values[0] = self.chooser.choice([k, values[1] & 0xffffffff])
        words[:8] = (values[0] & 0xffffffff).to_bytes(4, "little") + (values[1] & 0xffffffff).to_bytes(4, "little")
        exits = [piece.length, *targets]
        left, registers, behind = self.compare(bytes(piece.bytes[:piece.length]), exits, values, packet, bytes(words))
        self.beside_interpreter(insn, (left, registers, behind[R8].native), packet[:captured], bytes(words), values[9])

    def beside_interpreter(self, insn, made, packet, words, wire_length):
        left, registers, native = made
        bytes_ = ctypes.create_string_buffer(packet, max(1, len(packet)))
        machine = ctypes.create_string_buffer(words, WORDS)
        view = Packet(ctypes.addressof(bytes_), len(packet), wire_length & 0xffffffff)
        skip = self.step(ctypes.byref(insn), ctypes.byref(view), machine)
        a, x = (int.from_bytes(machine.raw[n:n + 4], "little") for n in (0, 4))
        self.assertEqual(machine.raw[8:], native[8:])
        if skip == K.kBpfDone:
            self.assertIn(left, (RETURNED, 64 + 2 * STUB))
            self.assertEqual(registers[0] & 0xffffffff if left == RETURNED else 0, a)
            return
        self.assertEqual((registers[0] & 0xffffffff, registers[1] & 0xffffffff), (a, x))
        if left == 64:
            self.assertEqual(skip, insn.k if insn.code == K.kJmp | K.kJa else insn.jt)
        elif left == 64 + STUB:
            self.assertEqual(skip, insn.jf)
        else:
            self.assertEqual(skip, 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
