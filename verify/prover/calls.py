# SPDX-License-Identifier: MIT
"""Calls of LLVM's own functions (LLVM Language Reference, "Intrinsic Functions")."""
import re

import z3

from .terms import FALSE, Unsupported, as_bit, choose, number, same

_IGNORED = ("llvm.lifetime.", "llvm.dbg.", "llvm.experimental.noalias")
_PICKS = re.compile(r"llvm\.(umin|umax|smin|smax|usub\.sat|uadd\.sat|fshl|fshr|bswap|abs)\.")
_OVERFLOW = re.compile(r"llvm\.([us])(add|sub|mul)\.with\.overflow\.")


def is_intrinsic(name):
    return name.startswith("llvm.")


def is_ignored(name):
    """Says something to the optimiser only."""
    return name.startswith(_IGNORED)


def intrinsic(context, guard, name, arguments):
    memory = context.memory
    if name.startswith("llvm.memset."):
        return memory.set_bytes(guard, arguments[0], arguments[1], arguments[2])
    if name.startswith(("llvm.memcpy.", "llvm.memmove.")):
        return memory.copy(guard, arguments[0], arguments[1], arguments[2])
    if name.startswith("llvm.assume"):
        return context.need(guard, same(arguments[0], number(1, 1)), "what llvm.assume says")
    if name.startswith(("llvm.trap", "llvm.ubsantrap")):
        return context.need(guard, FALSE, "a trap is never reached")
    found = _PICKS.match(name)
    if found:
        return z3.simplify(_pick(found[1], arguments))
    found = _OVERFLOW.match(name)
    if found:
        return _with_overflow(found[1] == "s", found[2], arguments[0], arguments[1])
    raise Unsupported(f"call of {name}")


def _pick(kind, arguments):
    a, b = (arguments + [None])[:2]
    width = a.size()
    if kind in ("fshl", "fshr"):
        shift = z3.URem(arguments[2], number(width, width))
        both, wide = z3.Concat(a, b), z3.ZeroExt(width, shift)
        if kind == "fshl":
            return z3.Extract(2 * width - 1, width, both << wide)
        return z3.Extract(width - 1, 0, z3.LShR(both, wide))
    if kind == "bswap":
        return z3.Concat(*[z3.Extract(i + 7, i, a) for i in range(0, width, 8)])
    if kind == "abs":
        return choose(a < 0, -a, a)
    if kind == "usub.sat":
        return choose(z3.ULT(a, b), number(0, width), a - b)
    if kind == "uadd.sat":
        return choose(z3.ULT(a + b, a), number(-1, width), a + b)
    first = {"umin": z3.ULT, "umax": z3.UGT, "smin": lambda x, y: x < y, "smax": lambda x, y: x > y}[kind]
    return choose(first(a, b), a, b)


def _with_overflow(signed, operation, a, b):
    width = a.size()
    extend = z3.SignExt if signed else z3.ZeroExt
    wide_a, wide_b = extend(width, a), extend(width, b)
    wide = {"add": wide_a + wide_b, "sub": wide_a - wide_b, "mul": wide_a * wide_b}[operation]
    result = z3.Extract(width - 1, 0, wide)
    return (z3.simplify(result), z3.simplify(as_bit(z3.Not(extend(width, result) == wide))))
