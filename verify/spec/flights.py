# SPDX-License-Identifier: MIT
"""Commands in flight as the tables count them. A command is in flight if the last of its words, which lie in a page of its queue
(kernel/core/queue.hpp), is not zero; what stands on a capability, and what a queue has in flight, are counted with them. Only
functions that begin or end commands write such words, so only their proofs count them."""
from dataclasses import replace

from prover.check import Entry, Invariant, Trigger
from prover.contract import Loop
from prover.counting import Count
from prover.solve import LINKS

from .extents import page_by_extent
from .frames import env_exists
from .large import BLOCK
from .queues import LOOPS as QUEUE_LOOPS
from .queues import (COMMAND, WORDS, begin_requires, end_requires, flight_count, flight_of, is_data, place_of,
                     queue_index, recorded)
from .state import *

FLIGHTS, QUEUE_BITS = "flight words", index_width(K.kMaxQueues)
# What queue_open and queue_close alone change: which frames hold words of an open queue, and of which.
HOLDS_WORDS = z3.Function("holds_words", z3.BitVecSort(FRAME_BITS), z3.BoolSort())
QUEUE_OF = z3.Function("queue_of", z3.BitVecSort(FRAME_BITS), z3.BitVecSort(QUEUE_BITS))
FIRST_PAGE = 2  # of those in QueueEntry::frames


# ---- what is counted
def _in_flight(view, p, s):
    return conj(HOLDS_WORDS(p), z3.Extract(4, 0, s) == WORDS - 1, view.physmem(p, s) != 0)


def _with_buffer_cap(view, p, s):
    return conj(_in_flight(view, p, s), z3.Extract(56, 56, view.physmem(p, s)) == 1)


def _cap(first):
    """The capability in seven bits of the last word, of the environment that the page belongs to."""
    return lambda view, p, s: cap_index(view.frames.owner(p), z3.Extract(first + 6, first, view.physmem(p, s)))


_USES = {"fields": ("physmem", "frames.owner"), "limit": MOST_USES, "trigger": FLIGHTS}
_COUNTS = [
    Count("count_in_flight", "physmem/2", _in_flight, lambda v, p, s: QUEUE_OF(p), QUEUE_BITS, ("physmem",), limit=MOST_USES,
          trigger=FLIGHTS),
    Count("count_uses", "physmem/2", _in_flight, _cap(40), CAP_BITS, **_USES),
    Count("count_uses", "physmem/2", _with_buffer_cap, _cap(48), CAP_BITS, **_USES),
]


def _in_flight_is_exact(view, q):
    return implies(view.queues.owner(q) != K.kNoEnv, view.queues.in_flight(q) == view.count_in_flight(q))


_EXACT = Invariant("what a queue has in flight is counted exactly", "queues/1", _in_flight_is_exact, "in flight", (FLIGHTS,))


def with_flights(specification):
    """Where commands begin and end, these are to be counted as well."""
    return replace(specification, triggers=[*specification.triggers, Trigger(FLIGHTS, "physmem/2", "physmem")],
                   counts=_COUNTS + specification.counts, loops={**specification.loops, **_LOOPS})


def _with_queues(specification):
    """With what a queue has in flight, too, by who writes it."""
    more = with_flights(specification)
    return replace(more, invariants=[*more.invariants, _EXACT])


# ---- the loops over a command's buffers
def _nothing_else(place, buffer):
    """So far only pins of data and words of the command's list were written, none of which counts. `place`: of the command;
    `buffer`: which comes next."""
    def pins(scope, f):
        now, before = scope.now, scope.entered
        pinned = one_of(before.frames.type(f), FrameType.Data, FrameType.Large)
        return conj(now.count_maps(f) == before.count_maps(f), now.count_entries(f) == before.count_entries(f),
                    disj(pinned, now.frames.pins(f) == before.frames.pins(f)))

    def words(scope, p, s):
        page, at = place(scope)
        listed = conj(p == page, z3.UGE(s, at), z3.ULT(s - at, WORDS - 1))
        return disj(listed, scope.now.physmem(p, s) == scope.entered.physmem(p, s))

    def next_one(scope):
        scope.touch(BLOCK, (frame_index(buffer(scope)),))
        return z3.BoolVal(True)

    return Loop(variant=None, invariant=next_one, forall=[
        ("frames/1", pins), ("physmem/2", words),
        ("count_uses/1", lambda s, c: s.now.count_uses(c) == s.entered.count_uses(c)),
        ("count_in_flight/1", lambda s, q: s.now.count_in_flight(q) == s.entered.count_in_flight(q))])


_BEGIN = _nothing_else(lambda s: place_of(s.entered, queue_index(s.queue), s.now.arg_command.id()),
                       lambda s: s.now.arg_command.frames(resize(s.i, 5)))
_END = _nothing_else(lambda s: place_of(s.entered, queue_index(s.queue), s.id),
                     lambda s: recorded(s.entered, queue_index(s.queue), s.id, resize(s.i, 5)))


def _both(loop, more):
    """A loop of which more is said."""
    return replace(loop, invariant=lambda s: conj(loop.invariant(s), more.invariant(s)), forall=loop.forall + more.forall,
                   needs=("large", "frames"))


_LOOPS = {("queue_begin", 0): _both(QUEUE_LOOPS["queue_begin", 0], _BEGIN),
          ("queue_cancel", 0): _both(QUEUE_LOOPS["queue_cancel", 0], _END)}


# ---- a command of one page
def _queues_hold(call):
    """What queue_open sees to, for as long as a queue is open: the pages with its words are its own."""
    view = call.old

    def holds(q, k):
        page, owner = frame_index(view.queues.frames(q, k)), view.queues.owner(q)
        words = conj(HOLDS_WORDS(page), QUEUE_OF(page) == q, view.frames.owner(page) == owner,
                     view.frames.type(page) == FrameType.Kernel)
        return implies(conj(owner != K.kNoEnv, z3.UGE(k, FIRST_PAGE), z3.ULT(k, K.kDiskQueueFrames)), words)

    call.context.assume_all(z3.BoolVal(True), "queues.frames/2", holds)
    return []


def _touch_word(call, id_):
    """What is counted is wanted at the word that notes this command."""
    page, at = place_of(call.old, call.queue, id_)
    call.context.touch(FLIGHTS, (page, at + WORDS - 1))


def _begins_page(call):
    _touch_word(call, call.before("command").id())
    return [*page_by_extent(call), *_queues_hold(call)]


def _one_more(call):
    """What queue_begin_run books."""
    c, q, begun = call.fresh("cap", CAP_BITS), call.fresh("queue", QUEUE_BITS), resize(call.result, 32)
    old, new, none = call.old, call.new, number(0, 32)
    return [("what stands on the extent and is in flight is one command more, if one is begun", conj(
        new.count_uses(c) == old.count_uses(c) + choose(c == resize(call.extent, CAP_BITS), begun, none),
        new.count_in_flight(q) == old.count_in_flight(q) + choose(q == queue_index(call.queue), begun, none)))]


# ---- any command
def _whole_begins(call):
    _touch_word(call, call.before("command").id())
    return [env_exists(call.old, call.env), *begin_requires(call), *_queues_hold(call)]


def _whole_ends(call):
    queue = queue_index(call.queue)
    _touch_word(call, call.id)
    data = lambda i: implies(z3.ULT(resize(i, 32), resize(flight_count(flight_of(call.old, queue, call.id)), 32)),
                             is_data(call.old, recorded(call.old, queue, call.id, i)))
    call.context.assume_all(z3.BoolVal(True), "buffer", data)
    return [*end_requires(call), *_queues_hold(call)]


ENTRIES = [
    Entry("queue_begin_page", _one_more, _begins_page, COMMAND, title="queue_begin_page keeps the tables",
          without=("uses",), within=with_flights, succeeds=lambda call: call.result != 0),
    Entry("queue_begin", stays_within, _whole_begins, COMMAND, title="queue_begin keeps the tables", within=_with_queues,
          tactics=LINKS),
    Entry("queue_completed", None, _whole_ends, title="queue_completed keeps the tables", within=_with_queues, tactics=LINKS),
]
