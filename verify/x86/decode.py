# SPDX-License-Identifier: MIT
"""Bytes to instructions: prefixes 66 and REX, opcode, ModRM, SIB, displacement, constant (Intel SDM Vol. 2, 2.1, 2.2,
appendix A)."""
from dataclasses import dataclass

import z3

from prover.terms import Unsupported, is_number, number

ALU = ("add", "or", "adc", "sbb", "and", "sub", "xor", "cmp")
SHIFTS = {0: "rol", 4: "shl", 5: "shr"}
UNARY = {3: "neg", 6: "div"}
CONDITIONS = ("o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g")


@dataclass(frozen=True)
class Register:
    number: int


@dataclass(frozen=True)
class Address:
    """base + index * scale + displacement; base and index are numbers of registers, index may be None."""
    base: int
    index: object
    scale: int
    displacement: object  # 64 bits


@dataclass(frozen=True)
class Instruction:
    name: str
    width: int       # of the operands in bits
    operands: tuple  # the destination first: Register, Address, or a term of `width` bits
    end: int         # where the next one starts


class Bytes:
    """Reads instructions from a list of 8-bit terms."""

    def __init__(self, terms):
        self.terms, self.at = [z3.simplify(t) for t in terms], 0

    def plain(self):
        """The next byte, which decides what the instruction is."""
        (term,) = self._take(1)
        if not is_number(term):
            raise Unsupported(f"the byte at {self.at - 1} of an instruction is not known")
        return term.as_long()

    def value(self, count):
        """The next `count` bytes, lowest first, as one term."""
        taken = self._take(count)
        return z3.simplify(taken[0] if count == 1 else z3.Concat(*reversed(taken)))

    def _take(self, count):
        if self.at + count > len(self.terms):
            raise Unsupported("an instruction goes on behind the end of the bytes")
        self.at += count
        return self.terms[self.at - count:self.at]


class Prefixes:
    def __init__(self, code):
        byte = code.plain()
        self.short = byte == 0x66
        if self.short:
            byte = code.plain()
        self.rex = 0
        if byte & 0xf0 == 0x40:
            self.rex, byte = byte, code.plain()
        self.opcode = byte

    @property
    def width(self):
        return 64 if self.rex & 8 else 16 if self.short else 32

    def high(self, bit):
        return 8 if self.rex & bit else 0


def decode(code):
    """The next instruction of a `Bytes`."""
    p = Prefixes(code)
    if p.opcode == 0x0f:
        name, width, operands = _two_bytes(code, p)
    else:
        name, width, operands = _one_byte(code, p)
    return Instruction(name, width, operands, code.at)


def _one_byte(code, p):
    op, width = p.opcode, p.width
    if op < 0x40 and op & 7 in (1, 3):
        return ALU[op >> 3], width, _both(code, p, op & 7 == 3)
    if op < 0x40 and op & 7 == 5:
        return ALU[op >> 3], width, (Register(0), _constant(code, p))
    if op in (0x89, 0x8b):
        return "mov", width, _both(code, p, op == 0x8b)
    if op == 0x85:
        return "test", width, _both(code, p, False)
    if op == 0xa9:
        return "test", width, (Register(0), _constant(code, p))
    if op == 0x69:
        return "imul", width, (*_both(code, p, True), _constant(code, p))
    if op == 0x8d:
        return "lea", width, _both(code, p, True)
    if op & 0xf8 == 0xb8 and width == 32:
        return "mov", width, (Register(op & 7 | p.high(1)), code.value(4))
    if op in (0x81, 0x83, 0xc1, 0xd3, 0xf7):
        return _group(code, p)
    if op == 0xe9 and width == 32:
        return "jmp", 32, (code.value(4),)
    if op == 0xc3 and not p.short and not p.rex:
        return "ret", 64, ()
    raise Unsupported(f"unknown opcode {op:#x}")


def _group(code, p):
    """The reg field of ModRM says which."""
    op, width = p.opcode, p.width
    which, place = _modrm(code, p)
    which &= 7
    if op == 0x81:
        return ALU[which], width, (place, _constant(code, p))
    if op == 0x83:
        return ALU[which], width, (place, z3.simplify(z3.SignExt(width - 8, code.value(1))))
    if op == 0xc1 and which in SHIFTS:
        return SHIFTS[which], width, (place, z3.simplify(z3.ZeroExt(width - 8, code.value(1))))
    if op == 0xd3 and which in SHIFTS:
        return SHIFTS[which], width, (place, Register(1))
    if op == 0xf7 and which in UNARY:
        return UNARY[which], width, (place,)
    raise Unsupported(f"unknown opcode {op:#x} /{which}")


def _two_bytes(code, p):
    op = code.plain()
    if op & 0xf0 == 0x80 and not p.short:
        return f"j{CONDITIONS[op & 15]}", 32, (code.value(4),)
    if op in (0xb6, 0xb7):
        to, from_ = _both(code, p, True)
        if isinstance(from_, Register):
            raise Unsupported("movzx of a register")
        return f"movzx{8 if op == 0xb6 else 16}", p.width, (to, from_)
    if op == 0xaf:
        return "imul", p.width, _both(code, p, True)
    if op & 0xf8 == 0xc8 and p.width != 16:
        return "bswap", p.width, (Register(op & 7 | p.high(1)),)
    raise Unsupported(f"unknown opcode 0f {op:#x}")


def _constant(code, p):
    """A constant of four bytes, sign-extended where operands are wider; of two with a 66 prefix."""
    if p.width == 16:
        return code.value(2)
    return z3.simplify(z3.SignExt(p.width - 32, code.value(4)))


def _both(code, p, to_register):
    """The two operands that ModRM names."""
    register, place = _modrm(code, p)
    return (Register(register), place) if to_register else (place, Register(register))


def _modrm(code, p):
    """The reg field with its REX bit, and the operand that mod and rm name."""
    byte = code.plain()
    mod, register, rm = byte >> 6, byte >> 3 & 7 | p.high(4), byte & 7
    if mod == 3:
        return register, Register(rm | p.high(1))
    index, scale = None, 1
    if rm == 4:
        sib = code.plain()
        rm, scale = sib & 7, 1 << (sib >> 6)
        index = sib >> 3 & 7 | p.high(2)
        index = None if index == 4 else index
    if mod == 0 and rm == 5:
        raise Unsupported("an address without a base, or relative to the next instruction")
    displacement = number(0, 64)
    if mod == 1:
        displacement = z3.simplify(z3.SignExt(56, code.value(1)))
    elif mod == 2:
        displacement = z3.simplify(z3.SignExt(32, code.value(4)))
    return register, Address(rm | p.high(1), index, scale, displacement)
