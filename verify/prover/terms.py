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
    return term.arg(0) if z3.is_not(term) else z3.Not(term)


def implies(condition, conclusion):
    return disj(neg(condition), conclusion)


def is_choice(term):
    return z3.is_app_of(term, z3.Z3_OP_ITE)


def same(a, b):
    """Equality. A choice compared with a constant becomes what decides the choice."""
    if a.eq(b):
        return TRUE
    if is_number(a) and is_number(b):
        return z3.BoolVal(a.as_long() == b.as_long())
    if is_number(a):
        a, b = b, a
    if is_number(b) and is_choice(a) and any(is_number(x) or is_choice(x) for x in a.children()[1:]):
        condition, yes, no = a.children()
        return disj(conj(condition, same(yes, b)), conj(neg(condition), same(no, b)))
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


STEPS_PER_SECOND = 3_500_000  # of Z3's own count, measured
SLOWEST = 10                  # times slower than that may a loaded machine be


def limit(solver, seconds):
    """What a solver may spend: counted in its steps, so that an answer does not depend on what else the machine does."""
    solver.set("rlimit", int(seconds * STEPS_PER_SECOND))
    solver.set("timeout", int(seconds * 1000 * SLOWEST))


class Known:
    """What a path condition says: decides choices that the path has decided already, by looking at its parts, else
    by asking a solver. That keeps indices small, and what is proved about them easy."""

    def __init__(self, guard):
        self._true, self._false, self._reduced, self._asked = {}, {}, {}, {}
        self._add(guard)
        self._solver = z3.SolverFor("QF_UFBV")
        limit(self._solver, 0.5)
        self._solver.add(guard)

    def _ask(self, condition):
        key = condition.get_id()
        if key not in self._asked:
            answer = None
            if self._solver.check(neg(condition)) == z3.unsat:
                answer = True
            elif self._solver.check(condition) == z3.unsat:
                answer = False
            self._asked[key] = (answer, condition)
        return self._asked[key][0]

    def implies(self, condition):
        """Whether the path says so; False also where it cannot be told."""
        return z3.is_true(condition) or self.decided(condition) is True or self._ask(condition) is True

    def _add(self, term):
        if z3.is_and(term):
            for child in term.children():
                self._add(child)
        self._true[term.get_id()] = term
        if z3.is_not(term):
            self._false[term.arg(0).get_id()] = term
            if z3.is_or(term.arg(0)):
                for child in term.arg(0).children():
                    self._add(neg(child))

    def decided(self, condition):
        """True, False, or None: the path does not say."""
        if condition.get_id() in self._true:
            return True
        if condition.get_id() in self._false:
            return False
        if z3.is_not(condition):
            inner = self.decided(condition.arg(0))
            return None if inner is None else not inner
        if z3.is_and(condition) or z3.is_or(condition):
            stop = z3.is_or(condition)  # one true child decides an or, one false child an and
            known = [self.decided(c) for c in condition.children()]
            if stop in known:
                return stop
            return None if None in known else not stop
        return None

    def reduce(self, term):
        """The same on this path, with fewer choices."""
        key = term.get_id()
        if key not in self._reduced:
            self._reduced[key] = (self._reduce(term), term)
        return self._reduced[key][0]

    def _reduce(self, term):
        if is_choice(term):
            decided = self.decided(term.arg(0))
            if decided is None:
                decided = self._ask(term.arg(0))
            if decided is not None:
                return self.reduce(term.arg(1) if decided else term.arg(2))
        if term.num_args() == 0:
            return term
        children = term.children()
        reduced = [self.reduce(c) for c in children]
        if all(x.eq(y) for x, y in zip(children, reduced)):
            return term
        return z3.substitute(term, *[(x, y) for x, y in zip(children, reduced) if not x.eq(y)])


def sharpened(goal):
    """The same goal, its last alternative with the choices decided that the failure of the others decides."""
    if not z3.is_or(goal):
        return goal
    *rest, last = goal.children()
    return disj(*rest, z3.simplify(Known(conj(*map(neg, rest))).reduce(last)))


def parts(goal):
    """Conditions that together say the same as `goal`: conjunctions are taken apart, also under implications."""
    if z3.is_and(goal):
        return [p for child in goal.children() for p in parts(child)]
    if is_choice(goal):
        condition, yes, no = goal.children()
        return [implies(condition, p) for p in parts(yes)] + [disj(condition, p) for p in parts(no)]
    if z3.is_or(goal):
        *rest, last = goal.children()
        return [disj(*rest, p) for p in parts(last)]
    return [goal]
