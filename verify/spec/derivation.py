# SPDX-License-Identifier: MIT
"""Derivation trees: what neighbours in them are to each other, and that a revocation removes exactly the descendants.

Who descends from the revoked entry is a ghost predicate of the state before, known only by what it says of an entry and its
parent: an entry descends if its parent is the revoked one, or descends. As every parent is alive and one less deep, that
says of each entry whether it does. When nobody's parent is the revoked entry any more, it has no descendants: the topmost
entry of a chain that leads to it would be one."""
from prover.check import Entry, Invariant, Trigger
from prover.contract import Loop, Summary
from prover.counting import Count

from .frames import env_exists
from .state import *

TREE = "tree"  # what is said of neighbours is wanted only where links change
TRIGGERS = [Trigger(TREE, "caps/1", "caps.type")]
CHILDREN = Count("count_children", "caps/1", lambda v, c: conj(_used(v, c), v.caps.parent(c) != K.kNone),
                 lambda v, c: resize(v.caps.parent(c), CAP_BITS), CAP_BITS, ("caps.type", "caps.parent"), limit=K.kMaxCaps,
                 trigger=TREE)
COUNTS = [CHILDREN]
GROUPS = ("parents", "narrower", "siblings", "children")
ALL = (*GROUPS, "count_children", "new count_children")


def _used(view, c):
    return view.caps.type(c) != CapType.Null


def is_entry(view, link):
    """The link leads to an entry in use."""
    return conj(z3.ULT(link, K.kMaxCaps), _used(view, resize(link, CAP_BITS)))


def _parents(view, c):
    caps, parent = view.caps, view.caps.parent(c)
    p = resize(parent, CAP_BITS)
    return implies(_used(view, c), z3.If(parent == K.kNone, caps.depth(c) == 0, conj(
        is_entry(view, parent), caps.depth(c) == caps.depth(p) + 1, z3.ULE(caps.depth(c), K.kMaxDepth))))


def _narrower(view, c):
    caps, parent = view.caps, view.caps.parent(c)
    p, type_ = resize(parent, CAP_BITS), view.caps.type(c)
    filters = one_of(type_, CapType.Receive, CapType.Send)
    ranged = one_of(type_, CapType.Frames, CapType.Extent, CapType.Slices)
    return implies(conj(_used(view, c), parent != K.kNone), conj(
        caps.type(p) == type_, disj(filters, caps.object(p) == caps.object(c)), within(caps.rights(c), caps.rights(p)),
        implies(ranged, covers(caps.start(p), caps.count(p), caps.start(c), caps.count(c)))))


def _siblings(view, c):
    caps, none = view.caps, K.kNone
    parent, first, after, before = caps.parent(c), caps.first_child(c), caps.next_sibling(c), caps.prev_sibling(c)
    p, f, n, b = (resize(link, CAP_BITS) for link in (parent, first, after, before))
    me = resize(c, 32)
    return implies(_used(view, c), conj(
        implies(parent == none, conj(after == none, before == none)),
        implies(after != none, conj(is_entry(view, after), caps.parent(n) == parent, caps.prev_sibling(n) == me)),
        implies(before != none, conj(is_entry(view, before), caps.parent(b) == parent, caps.next_sibling(b) == me)),
        implies(conj(parent != none, before == none), caps.first_child(p) == me),
        implies(first != none, conj(is_entry(view, first), caps.parent(f) == me, caps.prev_sibling(f) == none))))


def _children(view, c):
    return conj(view.caps.children(c) == view.count_children(c), implies(neg(_used(view, c)), view.caps.children(c) == 0))


_NEAR = ("parents", "siblings", "children", "count_children", "new count_children")
INVARIANTS = [
    Invariant("a capability's parent is there, and one less deep", TREE, _parents, "parents", _NEAR),
    Invariant("a capability is no wider than its parent", TREE, _narrower, "narrower", _NEAR),
    Invariant("siblings and first children agree about who is whose neighbour", TREE, _siblings, "siblings", _NEAR),
    Invariant("the children of a capability are counted exactly", TREE, _children, "children", _NEAR),
]


# ---- removing
DESCENDS = z3.Function("descends", z3.BitVecSort(CAP_BITS), z3.BoolSort())


def _defined(view, root):
    def at(c):
        parent = view.caps.parent(c)
        below_ = disj(parent == resize(root, 32), DESCENDS(resize(parent, CAP_BITS)))
        return DESCENDS(c) == conj(_used(view, c), parent != K.kNone, below_)
    return at


def revoker(root):
    """What the ghost predicate says, and that the entry is there. `root`: of the Call, the revoked entry."""
    def requires(call):
        index = root(call)
        call.context.assume_all(z3.BoolVal(True), TREE, _defined(call.old, index), "descends")
        call.context.touch(TREE, (resize(index, CAP_BITS),))
        return [z3.ULT(resize(index, 32), K.kMaxCaps)]
    return requires


IDENTITY = ("type", "object", "start", "count", "stamp", "rights", "parent", "depth")


def _same(before, after, c, fields=IDENTITY):
    return conj(*[getattr(before.caps, f)(c) == getattr(after.caps, f)(c) for f in fields])


def _removed_only(before, after, c, or_else=None):
    """An entry is as it was, or it descends and is empty now; a mark of death is set on descendants only."""
    goes = DESCENDS(c) if or_else is None else disj(DESCENDS(c), c == or_else)
    return conj(disj(_same(before, after, c), conj(goes, neg(_used(after, c)))),
                disj(before.caps.dying(c) == after.caps.dying(c), goes))


def revoked(root, removed=None, done=None):
    """The goals of a function that revokes `root`; `done`: when it says that it is through; `removed`: root goes, too."""
    def goals(call):
        (c,), index = call.context.fresh_index(TREE), resize(root(call), CAP_BITS)
        found = [("only descendants of a revoked capability are removed, and all others keep what they are",
                  _removed_only(call.old, call.new, c, index if removed else None), (*ALL, "descends"), (TREE, (c,)))]
        if done:
            found.append(("a revocation that says it is complete leaves no descendant",
                          implies(conj(done(call), _used(call.new, c)), call.new.caps.parent(c) != resize(root(call), 32)), ALL,
                          (TREE, (c,))))
        return found
    return goals


def dropped(call):
    c, index = call.fresh("entry", CAP_BITS), cap_index(call.env, call.slot)
    return [("a capability is dropped only by its holder, with no children and nothing that stands on it",
             implies(ok(call.result), conj(z3.ULT(call.slot, K.kCapsPerEnv), call.old.caps.children(index) == 0,
                                           call.old.caps.uses(index) == 0, neg(_used(call.new, index))))),
            ("dropping changes no other capability", implies(c != index, _same(call.old, call.new, c, (*IDENTITY, "uses"))))]


def _move(scope):
    """On the way down or up: at the revoked entry, or at a descendant."""
    at, c = scope.at, resize(scope.at, CAP_BITS)
    for index in (c, resize(scope.now.caps.first_child(c), CAP_BITS)):
        scope.touch(TREE, (index,))
    return conj(z3.ULE(scope.i, K.kRevokeMoves), z3.ULT(at, K.kMaxCaps), _used(scope.now, c),
                disj(at == scope.index, DESCENDS(c)))


def _marked(scope):
    """`sibling` is one of the entry's, and so has its parent."""
    s, entry = resize(scope.sibling, CAP_BITS), resize(scope.index, CAP_BITS)
    for index in (s, entry):
        scope.touch(TREE, (index,))
    return conj(z3.ULE(scope.i, 64), disj(scope.sibling == K.kNone, conj(
        is_entry(scope.entered, scope.sibling), scope.entered.caps.parent(s) == scope.entered.caps.parent(entry))))


def _only_siblings_marked(scope, c):
    caps, entry = scope.entered.caps, resize(scope.index, CAP_BITS)
    marked = conj(_used(scope.entered, c), caps.parent(c) == caps.parent(entry), scope.now.caps.dying(c) == 1)
    return disj(scope.now.caps.dying(c) == caps.dying(c), marked)


LOOPS = {
    ("cap_revoke_step", 0): Loop(lambda s: K.kRevokeMoves - s.i, _move, [
        (TREE, lambda s, c: _removed_only(s.entered, s.now, c))], keeps=GROUPS, needs=(*ALL, "descends")),
    ("mark_siblings", 0): Loop(lambda s: 64 - s.i, _marked, [(TREE, _only_siblings_marked)], needs=ALL),
}
# What a revocation calls, of which only what it may write is known here.
SUMMARIES = {name: Summary(effects=True) for name in ("notice_taken", "filter_unreference", "release_uses")}


def _index(call):
    return call.index


def existing(root):
    def requires(call):
        return revoker(root)(call) + [_used(call.old, resize(root(call), CAP_BITS))]
    return requires


def _dropper(call):
    call.context.touch(TREE, (cap_index(call.env, call.slot),))
    return [env_exists(call.old, call.env)]


ENTRIES = [
    Entry("cap_revoke_step", revoked(_index, done=lambda call: call.result == 1), existing(_index), keeps=GROUPS),
    Entry("cap_drop", dropped, _dropper, without=("held",)),
]
