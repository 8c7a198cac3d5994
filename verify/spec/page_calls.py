# SPDX-License-Identifier: MIT
"""Calls that change page tables: single steps, each proved by itself, and batches, of which it is shown that they change tables
only by calling steps (a Composition), and that each such call meets what the step requires."""
from prover.check import Buffer, Entry
from prover.composition import Composition
from prover.contract import Loop, Summary

from .frames import caller_exists
from .pages import no_stale_identifier, protect_steps, set_steps
from .state import *


def _own_table(call):
    """What page_set_run has checked, and no step changes."""
    table = call.before("step").table()
    frame = frame_index(table)
    return [*caller_exists(call), frame_exists(call.old, table), call.old.frames.owner(frame) == call.env,
            call.old.frames.type(frame) == FrameType.Table1]


def _false_changes_nothing(call):
    p, s, f = call.fresh("table", FRAME_BITS), call.fresh("slot", 9), call.fresh("frame", FRAME_BITS)
    old, new = call.old, call.new
    return [("a step that is not done changes nothing", implies(call.result == 0, conj(
        old.physmem(p, s) == new.physmem(p, s), old.frames.maps(f) == new.frames.maps(f),
        old.frames.entries(f) == new.frames.entries(f))))]


def _rest_of_list(call):
    """`list` is a buffer of `count` steps, from its beginning, and `first` one of them."""
    (_, place), = call.list.choices
    whole = place.offset == 0 and not place.scaled
    _, count = call.context.bounds[place.region]
    return [*caller_exists(call), z3.BoolVal(whole), count() == resize(call.count, 64), z3.ULT(call.first, call.count)]


def _some_steps(call):
    return [*caller_exists(call), call.count != 0]


def _goes_on(scope):
    return z3.ULE(scope.done, scope.count)


def _steps_left(scope):
    return scope.count - scope.done


# Where batches are looked at, steps are seen by what they require and may write.
SUMMARIES = {
    "page_set": Summary(caller_exists, effects=True),
    "page_clear": Summary(caller_exists, effects=True),
    "page_protect": Summary(caller_exists, effects=True),
    "page_set_data": Summary(_own_table, effects=True, pointers={"step": "abi::PageUpdate"}),
    "page_set_run": Summary(_rest_of_list, effects=True, ensures=lambda call: [
        ("a run ends within the list", conj(z3.ULE(call.first, call.result), z3.ULE(call.result, call.count)))]),
}
LOOPS = {
    ("page_set_run", 0): Loop(_steps_left, lambda s: conj(z3.ULE(s.first, s.done), _goes_on(s))),
    ("update_rest", 0): Loop(_steps_left, _goes_on),
}
_LIST = {"list": Buffer("abi::PageUpdate", "count")}
ENTRIES = [
    Entry("page_set", None, caller_exists, steps=set_steps, second=True),
    Entry("page_clear", no_stale_identifier, caller_exists),
    Entry("page_protect", no_stale_identifier, caller_exists, steps=protect_steps, second=True),
    Entry("page_set_data", _false_changes_nothing, _own_table, {"step": Buffer("abi::PageUpdate")},
          succeeds=lambda call: call.result != 0),
    Composition("page runs", ("page_set_run",), ("page_set_data",)),
    Entry("page_set_run", SUMMARIES["page_set_run"].ensures, _rest_of_list, _LIST, keeps=False, assumes=False),
    Composition("page steps", ("page_update", "page_update_all"), ("page_set_run", "page_set", "page_clear", "page_protect")),
    Entry("page_update_all", None, _some_steps, {**_LIST, "batch": Buffer(32, 2)}, keeps=False, assumes=False, partial=True),
]
