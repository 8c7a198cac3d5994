# SPDX-License-Identifier: MIT
"""One proof in the making: what is assumed, what has to be shown, and the memory in between."""
from contextlib import contextmanager
from dataclasses import dataclass

import z3

from .effects import Effects
from .memory import Map, Memory
from .solve import WORDS
from .terms import implies


@dataclass
class Obligation:
    """To be shown from what was assumed before it: what comes after may rest on it."""
    what: str
    place: str
    formula: object
    moment: tuple
    groups: tuple = None  # assumptions to try it with first; None: it is one of many small ones
    about: tuple = None   # a trigger and the index that it is about: what is wanted there is assumed for it alone; once
                          # shown, it is assumed for those that follow


class Context:
    def __init__(self, module, bounds=None):
        """`bounds`: region to (index width, function that gives the bound) for tables without a fixed size."""
        self.module = module
        self.assumptions = []    # formulas
        self.quantified = []     # (key, condition over an index tuple, group): true for every index
        self.invariants = []     # of the specification: check.Invariant
        self.counts = []         # of the specification: counting.Count
        self.instances = {}      # of what is quantified, see solve.assumptions_of
        self.wholes = []         # (guard, view): where the guard holds, all invariants are known to hold of the view
        self.touched = {"": {(): ()}}  # key to the index tuples at which anything was read from the beginning's memory
        self.obligations = []
        self.triggers = {}       # of the specification, see check.Trigger: name to itself
        self.loops, self.summaries = {}, {}
        self._effects, self._touches = None, []
        self.tactics = WORDS     # how its goals are asked of Z3
        self.second = False      # they are asked of the second solver first
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
        self._touches.append((key, index))

    def instance(self, mark, condition, index):
        """Of what is quantified: evaluated once; what it touches it touches each time."""
        if mark not in self.instances:
            outer, self._touches = self._touches, []
            formula = condition(*index)
            self.instances[mark] = formula, index, self._touches  # the index is kept: its id is the key
            self._touches = outer
        else:
            for touch in self.instances[mark][2]:
                self.touch(*touch)
        return self.instances[mark][0]

    @contextmanager
    def same_touches(self):
        """What is touched meanwhile is forgotten."""
        touched, self.touched = self.touched, {key: dict(known) for key, known in self.touched.items()}
        yield
        self.touched = touched

    def base(self, name, domain, width, tag):
        """A field with unknown contents. Reading it offers the index to what is quantified over its table."""
        if not domain:
            unknown = z3.BitVec(f"{name}@{tag}", width)
            return Map(name, (), width, lambda: unknown)
        function = z3.Function(f"{name}@{tag}", *[z3.BitVecSort(d) for d in domain], z3.BitVecSort(width))
        words = name.split(".")
        prefixes = [".".join(words[:n]) for n in range(1, len(words) + 1)]

        def read(*index):
            for n in range(1, len(index) + 1):
                for prefix in prefixes:
                    self.touch(f"{prefix}/{n}", index[:n])
            return function(*index)

        return Map(name, domain, width, read)

    @property
    def moment(self):
        """How much is assumed now."""
        return len(self.assumptions), len(self.quantified)

    def need(self, guard, condition, what, groups=None, about=None):
        if not z3.is_true(condition) and not z3.is_false(guard):
            self.obligations.append(Obligation(what, self.place, implies(guard, condition), self.moment, groups, about))

    def assume(self, guard, condition):
        self.assumptions.append(implies(guard, condition))

    def assume_all(self, guard, key, condition, group=None):
        """`condition` over every index tuple of `key`, a table's or field's name and the number of its indices, or
        empty. `group`: who may leave it out, see solve.assumptions_of."""
        self.quantified.append((key, lambda *index: implies(guard, condition(*index)), group))

    def domain(self, key):
        """Widths of the indices of a key."""
        if not key:
            return ()
        if key in self.triggers:
            return self.domain(self.triggers[key].key)
        region, count = key.split("/")
        for map_ in self.memory.state.values():
            if f"{map_.name}.".startswith(f"{region}.") and len(map_.domain) >= int(count):
                return map_.domain[:int(count)]
        raise KeyError(key)

    def fresh_index(self, key):
        return tuple(self.fresh("any", w) for w in self.domain(key))

    def about(self, key, index):
        """What an Obligation is about."""
        return (key, index) if key in self.triggers else None

    @contextmanager
    def touching(self, about):
        """Meanwhile, what is wanted at that index is assumed."""
        if about is None:
            yield
            return
        known, mark = self.touched.setdefault(about[0], {}), tuple(i.get_id() for i in about[1])
        there = mark in known
        known[mark] = about[1]
        yield
        if not there:
            del known[mark]

    def any_index(self, key, shared):
        """A fresh index; with a trigger, the same for all invariants that want it: each that is shown helps with the next."""
        if key not in self.triggers:
            return self.fresh_index(key)
        if key not in shared:
            shared[key] = self.fresh_index(key)
        return shared[key]

    def effects(self, function):
        """What it may write, with the counts that depend on that."""
        self._effects = self._effects or Effects(self.module)
        fields = self._effects.written(function)
        return fields | {count.name for count in self.counts if fields.intersection(count.fields)}

    def named(self, patterns):
        """The fields of these names; `table.*` stands for all of a table's."""
        whole = tuple(p[:-1] for p in patterns if p.endswith(".*"))
        return {n for n in self.memory.state if n in patterns or whole and n.startswith(whole)}

    def havoc(self, guard, names):
        """Unknown contents for these fields where `guard` holds."""
        tag = self.tag()
        for name in sorted(names):
            old = self.memory.state[name]
            unknown = self.base(name, old.domain, old.width, tag)
            self.memory.assign(name, old.updated(lambda *_, g=guard: g, lambda *i, u=unknown: u(*i)))

    def _among(self, groups):
        return [i for i in self.invariants if groups is True or i.group in groups]

    def whole(self, guard):
        """The last view of which all invariants are known to hold wherever `guard` does."""
        return next(view for where, view in reversed(self.wholes) if self.memory.known(guard).implies(where))

    def show_invariants(self, guard, known, view, what, groups=True):
        """The invariants of the specification hold of `view`, all or those of some groups: obligations, but for what says
        the same of `known`, of which they hold."""
        shared = {}
        for invariant in self._among(groups):
            index = self.any_index(invariant.key, shared)
            condition = invariant.condition(view, *index)
            if not condition.eq(invariant.condition(known, *index)):
                self.need(guard, condition, f"invariant {what}: {invariant.name}", (invariant.group, *invariant.needs),
                          self.about(invariant.key, index))

    def assume_invariants(self, guard, view, groups=True):
        """After something that keeps them."""
        if groups is True:
            self.wholes.append((guard, view))
        for invariant in self._among(groups):
            self.assume_all(guard, invariant.key, lambda *i, c=invariant.condition: c(view, *i), invariant.group)
        self.assume_counts(guard, view)

    def assume_counts(self, guard, view, prefix=""):
        """What is true of counts in any state. `prefix` of their groups' names."""
        for count in self.counts:
            group = prefix + count.name
            self.assume_all(guard, count.trigger or count.key, lambda *i, c=count: c.lemma(view, *i), group)
            if not count.trigger:
                self.assume_all(guard, f"{count.name}/1", lambda i, c=count: c.bound(view, i), group)
