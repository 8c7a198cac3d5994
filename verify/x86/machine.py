# SPDX-License-Identifier: MIT
"""What instructions do (Intel SDM Vol. 2). The bytes are run from their first to their end; every jump leaves them. A
register holds 64 bits, or an address in a space of its own (`Based`), with which one can only address memory."""
from dataclasses import dataclass

import z3

from prover.terms import FALSE, TRUE, Unsupported, choose, conj, is_number, neg, number, resize, same

from .decode import Address, Bytes, Register, decode


@dataclass(frozen=True)
class Based:
    """An address: `offset` (64 bits) in the memory that `space` accesses."""
    space: object
    offset: object


@dataclass
class Exit:
    """A way out of the bytes: under a condition, to an offset from their beginning (None: a return), with the
    registers as they are then and what `observe` said of memory."""
    condition: object
    target: object
    registers: dict
    memory: object


class Machine:
    """`registers`: number to 64-bit term or Based. A space has load(guard, offset, bytes) and store(guard, offset,
    term). `need(guard, condition, what)` takes what must hold for the processor not to fault."""

    def __init__(self, registers, need, observe=lambda: None):
        self.registers, self.need, self.observe = dict(registers), need, observe
        self.guard, self.exits, self.ended = TRUE, [], False
        self.flags = dict.fromkeys(("c", "z", "s", "o"))  # None: undefined, or not modelled

    def run(self, terms):
        """Runs all of the bytes. The exits exclude one another, and one of them is taken."""
        code = Bytes(terms)
        while code.at < len(code.terms):
            if self.ended:
                raise Unsupported("bytes behind a jump or a return")
            self._step(decode(code))
        if not self.ended:
            self._leave(self.guard, number(len(code.terms), 32))
        return self.exits

    def _leave(self, condition, target):
        self.exits.append(Exit(condition, target, dict(self.registers), self.observe()))

    def _step(self, i):
        name = i.name
        if name == "ret":
            self._leave(self.guard, None)
            self.ended = True
        elif name == "jmp":
            self._leave(self.guard, z3.simplify(i.operands[0] + i.end))
            self.ended = True
        elif name.startswith("j"):
            condition = self._condition(name[1:])
            self._leave(conj(self.guard, condition), z3.simplify(i.operands[0] + i.end))
            self.guard = conj(self.guard, neg(condition))
        else:
            getattr(self, f"_{name}", self._compute)(i)

    # ---- operands
    def _read(self, operand, width):
        if isinstance(operand, Register):
            value = self.registers[operand.number]
            if isinstance(value, Based):
                raise Unsupported("arithmetic with an address")
            return resize(value, width)
        if isinstance(operand, Address):
            at = self._address(operand)
            if not isinstance(at, Based):
                raise Unsupported("access to an address that was computed")
            return at.space.load(self.guard, at.offset, width // 8)
        return operand

    def _write(self, operand, value):
        """32 bits clear the upper half of a register, 16 keep the rest (Vol. 1, 3.4.1.1)."""
        if isinstance(operand, Register):
            if value.size() == 16:
                old = self._read(operand, 64)
                value = z3.Concat(z3.Extract(63, 16, old), value)
            if isinstance(self.registers[operand.number], Based):
                raise Unsupported("an address is overwritten")
            self.registers[operand.number] = z3.simplify(resize(value, 64))
            return
        at = self._address(operand)
        if not isinstance(at, Based):
            raise Unsupported("access to an address that was computed")
        at.space.store(self.guard, at.offset, value)

    def _address(self, a):
        base, offset = self.registers[a.base], a.displacement
        if a.index is not None:
            offset = offset + self._read(Register(a.index), 64) * a.scale
        if isinstance(base, Based):
            return Based(base.space, z3.simplify(base.offset + offset))
        return z3.simplify(base + offset)

    def _condition(self, name):
        """Vol. 1, appendix B."""
        if name.startswith("n") and name != "n":
            return neg(self._condition(name[1:]))
        opposite = {"ae": "b", "a": "be", "ge": "l", "g": "le"}
        if name in opposite:
            return neg(self._condition(opposite[name]))
        c, z, s, o = (self.flags[f] for f in "czso")
        needed = {"b": (c,), "e": (z,), "be": (c, z), "s": (s,), "o": (o,), "l": (s, o), "le": (s, o, z)}.get(name)
        if needed is None or None in needed:
            raise Unsupported(f"a jump on {name} where the flags are not known")
        if name == "be":
            return z3.simplify(z3.Or(c, z))
        if name in ("l", "le"):
            less = z3.Xor(s, o)
            return z3.simplify(less if name == "l" else z3.Or(less, z))
        return needed[0]

    # ---- flags
    def _set_flags(self, result, carry, overflow):
        self.flags = {"c": carry, "z": z3.simplify(same(result, number(0, result.size()))),
                      "s": z3.simplify(result < 0), "o": overflow}

    def _forget_flags(self):
        self.flags = dict.fromkeys(self.flags)

    # ---- what they do
    def _compute(self, i):
        """add, or, and, sub, xor, cmp, test."""
        to, from_ = i.operands
        if i.name == "xor" and isinstance(from_, Register) and to == from_:  # whatever it was
            a = b = number(0, i.width)
        else:
            a, b = self._read(to, i.width), self._read(from_, i.width)
        result, carry, overflow = _arithmetic(i.name, a, b)
        if i.name not in ("cmp", "test"):
            self._write(to, z3.simplify(result))
        self._set_flags(z3.simplify(result), z3.simplify(carry), z3.simplify(overflow))

    def _mov(self, i):
        to, from_ = i.operands
        self._write(to, self._read(from_, i.width))

    def _movzx8(self, i):
        self._write(i.operands[0], resize(self._read(i.operands[1], 8), i.width))

    def _movzx16(self, i):
        self._write(i.operands[0], resize(self._read(i.operands[1], 16), i.width))

    def _lea(self, i):
        at = self._address(i.operands[1])
        if isinstance(at, Based):
            raise Unsupported("an address is copied")
        self._write(i.operands[0], resize(at, i.width))

    def _bswap(self, i):
        value = self._read(i.operands[0], i.width)
        self._write(i.operands[0], z3.Concat(*[z3.Extract(k + 7, k, value) for k in range(0, i.width, 8)]))

    def _imul(self, i):
        *_, a, b = i.operands
        self._write(i.operands[0], self._read(a, i.width) * self._read(b, i.width))
        self._forget_flags()

    def _neg(self, i):
        value = self._read(i.operands[0], i.width)
        self._write(i.operands[0], -value)
        self._forget_flags()

    def _sbb(self, i):
        """a - b - carry."""
        if self.flags["c"] is None:
            raise Unsupported("sbb where the carry is not known")
        to, from_ = i.operands
        borrow = choose(self.flags["c"], number(1, i.width), number(0, i.width))
        difference = number(0, i.width) if isinstance(from_, Register) and to == from_ else self._read(to, i.width) - self._read(from_, i.width)
        self._write(to, z3.simplify(difference - borrow))
        self._forget_flags()

    def _shift(self, i, shifted):
        """The processor takes the count modulo 32, or 64."""
        to, count = i.operands
        count = self._read(count, i.width) & (63 if i.width == 64 else 31)
        self._write(to, shifted(self._read(to, i.width), z3.simplify(count)))
        self._forget_flags()

    def _shl(self, i):
        self._shift(i, lambda value, count: value << count)

    def _shr(self, i):
        self._shift(i, z3.LShR)

    def _rol(self, i):
        self._shift(i, z3.RotateLeft)

    def _div(self, i):
        """edx:eax by the operand; here only where edx is 0, so that the quotient fits."""
        high, divisor = self._read(Register(2), i.width), self._read(i.operands[0], i.width)
        if not is_number(high) or high.as_long() != 0:
            raise Unsupported("div where edx is not 0")
        self.need(self.guard, neg(same(divisor, number(0, i.width))), "no division by zero in machine code")
        value = self._read(Register(0), i.width)
        self._write(Register(0), z3.UDiv(value, divisor))
        self._write(Register(2), z3.URem(value, divisor))
        self._forget_flags()

    def _adc(self, i):
        raise Unsupported("adc")


def _arithmetic(name, a, b):
    """The result, and whether it carries and overflows."""
    if name == "add":
        return a + b, z3.Not(z3.BVAddNoOverflow(a, b, False)), z3.Not(
            z3.And(z3.BVAddNoOverflow(a, b, True), z3.BVAddNoUnderflow(a, b)))
    if name in ("sub", "cmp"):
        return a - b, z3.ULT(a, b), z3.Not(z3.And(z3.BVSubNoOverflow(a, b), z3.BVSubNoUnderflow(a, b, True)))
    if name in ("and", "test"):
        return a & b, FALSE, FALSE
    if name == "or":
        return a | b, FALSE, FALSE
    if name == "xor":
        return a ^ b, FALSE, FALSE
    raise Unsupported(name)
