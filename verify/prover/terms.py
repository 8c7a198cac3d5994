# SPDX-License-Identifier: MIT
"""Z3 terms with light folding: most conditions of straight code are constants, and folding them here keeps
what the solvers see small. Every value of a program is a bit vector; an `i1` is one bit wide."""
import z3

TRUE = z3.BoolVal(True)
FALSE = z3.BoolVal(False)


class Unsupported(Exception):
    """Something the prover does not model. Whatever raises it is not proved."""


def is_number(term):
    return z3.is_bv_value(term)


def number(value, width):
    return z3.BitVecVal(value, width)


def conj(*terms):
    terms = [t for t in terms if not z3.is_true(t)]
    if any(z3.is_false(t) for t in terms):
        return FALSE
    if not terms:
        return TRUE
    return terms[0] if len(terms) == 1 else z3.And(*terms)


def disj(*terms):
    terms = [t for t in terms if not z3.is_false(t)]
    if any(z3.is_true(t) for t in terms):
        return TRUE
    if not terms:
        return FALSE
    return terms[0] if len(terms) == 1 else z3.Or(*terms)


def neg(term):
    if z3.is_true(term):
        return FALSE
    if z3.is_false(term):
        return TRUE
    return z3.Not(term)


def implies(condition, conclusion):
    return disj(neg(condition), conclusion)


def same(a, b):
    if a.eq(b):
        return TRUE
    if is_number(a) and is_number(b):
        return z3.BoolVal(a.as_long() == b.as_long())
    return a == b


def choose(condition, a, b):
    """`condition ? a : b` for bit vectors."""
    if z3.is_true(condition) or a.eq(b):
        return a
    return b if z3.is_false(condition) else z3.If(condition, a, b)


def as_bit(condition):
    """A condition as an `i1`."""
    return choose(condition, number(1, 1), number(0, 1))


def is_set(bit):
    """An `i1` as a condition."""
    return z3.simplify(same(bit, number(1, 1)))


def resize(term, width):
    """Zero-extended or cut to `width` bits."""
    have = term.size()
    if have == width:
        return term
    return z3.simplify(z3.ZeroExt(width - have, term) if have < width else z3.Extract(width - 1, 0, term))


def below(term, bound):
    """Unsigned `term < bound`, where the bound may need more bits than the term has."""
    if isinstance(bound, int):
        if bound >= 1 << term.size():
            return TRUE
        bound = number(bound, term.size())
    width = max(term.size(), bound.size())
    return z3.simplify(z3.ULT(resize(term, width), resize(bound, width)))


def index_width(count):
    """Bits of an index into a table of `count` entries."""
    return max(1, (count - 1).bit_length())
