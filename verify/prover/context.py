# SPDX-License-Identifier: MIT
"""One proof in the making: what is assumed, what has to be shown, and the memory in between."""
from dataclasses import dataclass

import z3

from .memory import Map, Memory
from .solve import WORDS
from .terms import conj, implies


@dataclass
class Obligation:
    what: str
    place: str
    formula: object


class Context:
    def __init__(self, module, bounds=None):
        """`bounds`: region to (index width, function that gives the bound) for tables without a fixed size."""
        self.module = module
        self.assumptions = []    # formulas
        self.quantified = []     # (key, condition over an index tuple, group): true for every index
        self.touched = {"": {(): ()}}  # key to the index tuples at which anything was read from the beginning's memory
        self.obligations = []
        self.loops, self.summaries = {}, {}
        self.tactics = WORDS     # how its goals are asked of Z3
        self.place = ""          # source line of the instruction that is being executed
        self.depth = 0
        self._count = 0
        self.memory = Memory(module.regions, bounds or {}, self.need, self.base)
        self.bounds = self.memory.bounds

    def fresh(self, name, width):
        self._count += 1
        return z3.BitVec(f"{name}!{self._count}", width)

    def tag(self):
        self._count += 1
        return f"h{self._count}"

    def touch(self, key, index):
        self.touched.setdefault(key, {})[tuple(i.get_id() for i in index)] = index

    def base(self, name, domain, width, tag):
        """A field with unknown contents. Reading it offers the index to what is quantified over its table."""
        if not domain:
            unknown = z3.BitVec(f"{name}@{tag}", width)
            return Map(name, (), width, lambda: unknown)
        function = z3.Function(f"{name}@{tag}", *[z3.BitVecSort(d) for d in domain], z3.BitVecSort(width))
        region = name.split(".")[0]

        def read(*index):
            for n in range(1, len(index) + 1):
                self.touch(f"{region}/{n}", index[:n])
            return function(*index)

        return Map(name, domain, width, read)

    def need(self, guard, condition, what):
        if not z3.is_true(condition) and not z3.is_false(guard):
            self.obligations.append(Obligation(what, self.place, implies(guard, condition)))

    def assume(self, guard, condition):
        self.assumptions.append(implies(guard, condition))

    def assume_all(self, guard, key, condition, group=None):
        """`condition` over every index tuple of `key`, a table's name and the number of its indices, or empty.
        `group`: who may leave it out, see solve.assumptions_of."""
        self.quantified.append((key, lambda *index: implies(guard, condition(*index)), group))

    def domain(self, key):
        """Widths of the indices of a key."""
        if not key:
            return ()
        region, count = key.split("/")
        for map_ in self.memory.state.values():
            if map_.name.split(".")[0] == region and len(map_.domain) >= int(count):
                return map_.domain[:int(count)]
        raise KeyError(key)

    def fresh_index(self, key):
        return tuple(self.fresh("any", w) for w in self.domain(key))

    def havoc(self, guard, names):
        """Unknown contents for these fields where `guard` holds."""
        tag = self.tag()
        for name in sorted(names):
            old = self.memory.state[name]
            unknown = self.base(name, old.domain, old.width, tag)
            self.memory.assign(name, old.updated(lambda *_, g=guard: g, lambda *i, u=unknown: u(*i)))

    def all_shown(self):
        return conj(*[o.formula for o in self.obligations])
