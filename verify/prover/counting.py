# SPDX-License-Identifier: MIT
"""Counts of sets of table entries. A reference count is exact if it equals the number of entries that refer; that
number is a map which no code sees, and which every store to an entry adjusts by what the store changes."""
from dataclasses import dataclass
from typing import Callable

import z3

from .terms import choose, conj, implies, neg, number, same
from .view import View


@dataclass
class Count:
    """For each object: how many index tuples of `key` are `member`s and have `of` equal to it.
    `fields`: those that decide. Their indices are the first ones of `key`; a store to one with fewer indices
    than `key` has, or to many entries at once, must leave membership of all the others as it is: that is an obligation.
    `limit`: more there cannot be. Several with one name are parts of one count, over different tables."""
    name: str
    key: str
    member: Callable
    of: Callable
    domain: int
    fields: tuple
    limit: int
    width: int = 32
    trigger: str = ""  # a check.Trigger: that members are counted is said only where it is wanted

    def on_store(self, context, guard, field, index, after):
        if field not in self.fields:
            return
        state = context.memory.state
        before, later = View(dict(state)), View({**state, field: after})
        domain = context.domain(self.key)
        index = (*index, *[None] * (len(domain) - len(index)))
        if None in index:
            index = tuple(context.fresh("other", w) if i is None else i for i, w in zip(index, domain))
            self._unchanged(context, guard, before, later, index)
        else:
            self._adjust(context, guard, before, later, index)

    def _unchanged(self, context, guard, before, later, index):
        was, is_ = self.member(before, *index), self.member(later, *index)
        context.need(guard, conj(was == is_, implies(was, same(self.of(before, *index), self.of(later, *index)))),
                     f"a change of many entries at once leaves {self.name} as it is")

    def _adjust(self, context, guard, before, later, index):
        old = context.memory.state[self.name]
        was, is_ = conj(guard, self.member(before, *index)), conj(guard, self.member(later, *index))
        from_, to = self.of(before, *index), self.of(later, *index)
        one, zero = number(1, self.width), number(0, self.width)

        def read(*j):
            return (old(*j) - choose(conj(was, same(j[0], from_)), one, zero)
                    + choose(conj(is_, same(j[0], to)), one, zero))

        context.memory.assign(self.name, old.updated(lambda *_: z3.BoolVal(True), read))

    def bound(self, view, index):
        return z3.ULE(view.cells(self.name)(index), self.limit)

    def lemma(self, view, *index):
        """True of counts whatever the state is: a member is counted."""
        count = view.cells(self.name)(self.of(view, *index))
        member = self.member(view, *index)
        return conj(z3.ULE(count, self.limit), implies(member, z3.UGE(count, 1)),
                    implies(neg(member), z3.ULE(count, self.limit - 1)))
