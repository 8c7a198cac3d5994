# SPDX-License-Identifier: MIT
"""Instructions that compute: arithmetic, comparisons, casts. Whatever LLVM calls undefined or poison is an
obligation (LLVM Language Reference, "Binary Operations", "Bitwise Binary Operations", "Conversion Operations")."""
import z3

from .terms import FALSE, Unsupported, as_bit, conj, is_number, neg, number, same

ARITHMETIC = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "udiv": z3.UDiv, "sdiv": lambda a, b: a / b, "urem": z3.URem, "srem": z3.SRem,
    "shl": lambda a, b: a << b, "lshr": z3.LShR, "ashr": lambda a, b: a >> b,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
}

# LLVMIntPredicate counts from 32.
COMPARISONS = [same, lambda a, b: neg(same(a, b)), z3.UGT, z3.UGE, z3.ULT, z3.ULE, lambda a, b: a > b,
               lambda a, b: a >= b, lambda a, b: a < b, lambda a, b: a <= b]

_NO_UNSIGNED_WRAP = {
    "add": lambda a, b: z3.BVAddNoOverflow(a, b, False), "sub": lambda a, b: z3.BVSubNoUnderflow(a, b, False),
    "mul": lambda a, b: z3.BVMulNoOverflow(a, b, False), "shl": lambda a, b: z3.LShR(a << b, b) == a,
}
_NO_SIGNED_WRAP = {
    "add": lambda a, b: conj(z3.BVAddNoOverflow(a, b, True), z3.BVAddNoUnderflow(a, b)),
    "sub": lambda a, b: conj(z3.BVSubNoOverflow(a, b), z3.BVSubNoUnderflow(a, b, True)),
    "mul": lambda a, b: conj(z3.BVMulNoOverflow(a, b, True), z3.BVMulNoUnderflow(a, b)),
    "shl": lambda a, b: (a << b) >> b == a,
}
_EXACT = {
    "lshr": lambda a, b: z3.LShR(a, b) << b == a, "ashr": lambda a, b: (a >> b) << b == a,
    "udiv": lambda a, b: z3.URem(a, b) == 0, "sdiv": lambda a, b: z3.SRem(a, b) == 0,
}


SHIFTS = ("shl", "lshr", "ashr")


def shifts_too_far(amount):
    """Then the result is poison: it may be computed, but not used."""
    width = amount.size()
    return z3.BoolVal(amount.as_long() >= width) if is_number(amount) else z3.UGE(amount, width)


def arithmetic(llvm, instruction, opcode, a, b, need):
    width = a.size()
    if opcode in ("udiv", "urem", "sdiv", "srem"):
        need(neg(same(b, number(0, width))), "no division by zero")
    if opcode in ("sdiv", "srem"):
        need(neg(conj(a == 1 << (width - 1), b == -1)), "no overflow in a division")
    if opcode in _NO_UNSIGNED_WRAP:
        if llvm.GetNUW(instruction):
            need(_NO_UNSIGNED_WRAP[opcode](a, b), f"no unsigned overflow in {opcode}")
        if llvm.GetNSW(instruction):
            need(_NO_SIGNED_WRAP[opcode](a, b), f"no signed overflow in {opcode}")
    if opcode in _EXACT and llvm.GetExact(instruction):
        need(_EXACT[opcode](a, b), f"{opcode} is exact")
    if opcode == "or" and llvm.GetIsDisjoint(instruction):
        need(a & b == 0, "operands of or are disjoint")
    return z3.simplify(ARITHMETIC[opcode](a, b))


def compare(llvm, instruction, a, b):
    predicate = llvm.GetICmpPredicate(instruction) - 32
    return z3.simplify(as_bit(COMPARISONS[predicate](a, b)))


def compare_pointers(llvm, instruction, a, b):
    """Equality of pointers to different regions, or with null."""
    predicate = llvm.GetICmpPredicate(instruction) - 32
    if predicate > 1:
        raise Unsupported("order of pointers")
    equal = FALSE
    for condition, left in a.choices:
        for other, right in b.choices:
            if left.region is None and right.region is None:
                equal = z3.Or(equal, conj(condition, other))
            elif left.region is not None and left.region == right.region:
                raise Unsupported("comparison of pointers into one region")
    return z3.simplify(as_bit(equal if predicate == 0 else neg(equal)))


def cast(llvm, instruction, opcode, a, width, need):
    have = a.size()
    if opcode == "trunc":
        result = z3.Extract(width - 1, 0, a)
        if llvm.GetNUW(instruction):
            need(z3.ZeroExt(have - width, result) == a, "trunc keeps the unsigned value")
        if llvm.GetNSW(instruction):
            need(z3.SignExt(have - width, result) == a, "trunc keeps the signed value")
        return z3.simplify(result)
    if opcode == "sext":
        return z3.simplify(z3.SignExt(width - have, a))
    if llvm.GetNNeg(instruction):
        need(a >= 0, "zext of a value that is not negative")
    return z3.simplify(z3.ZeroExt(width - have, a))
