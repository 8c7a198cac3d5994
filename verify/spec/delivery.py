# SPDX-License-Identifier: MIT
"""Who gets a packet, and what may be sent: only what every predicate of a chain accepts. Predicates are run shape by shape,
once for all filters that differ only in keys (kernel/core/shape.hpp); what is shown is about the filters' own chains."""
from prover.check import Buffer, Entry, summary_entry
from prover.contract import Loop, Summary
from prover.solve import LINKS

from .state import *

SHAPE_BITS, FILTER_BITS = index_width(K.kMaxShapes), index_width(K.kMaxFilters)
BINDING_BITS, KEY_BITS = index_width(K.kMaxBindings), index_width(K.kMaxFilterKeys)
# Any depth in a chain, any key of the predicate there: what is shown of them is shown of all.
DEPTH, KEY = z3.BitVec("some_depth", 16), z3.BitVec("some_key", KEY_BITS)


def _function(name, *widths):
    return z3.Function(name, *[z3.BitVecSort(w) for w in widths])


# Of the packet in question, by the bytes that are there and its length: whether a shape's program passes it, and the keys
# that it collects. That filter_execute says so is trusted (docs/proof.md).
PASSES = z3.Function("passes", z3.BitVecSort(SHAPE_BITS), z3.BitVecSort(32), z3.BitVecSort(32), z3.BoolSort())
COLLECTED = _function("collected", SHAPE_BITS, KEY_BITS, 32, 32, 32)
# The one at depth DEPTH on the way from a filter, or a shape, up to the whole card.
FILTER_AT, SHAPE_AT = _function("filter_at", FILTER_BITS, FILTER_BITS), _function("shape_at", SHAPE_BITS, SHAPE_BITS)


# ---- tables
def shape_used(view, s):
    return disj(view.shapes.depth(s) != 0, view.shapes.parent(s) == K.kNoShape)


def filter_used(view, f):
    return disj(view.filters.depth(f) != 0, view.filters.owner(f) == K.kKernelEnv)


def _is_shape(view, number_):
    return conj(z3.ULT(number_, K.kMaxShapes), shape_used(view, resize(number_, SHAPE_BITS)))


def _is_filter(view, number_):
    return conj(z3.ULT(number_, K.kMaxFilters), filter_used(view, resize(number_, FILTER_BITS)))


def _is_binding(view, number_):
    return conj(z3.ULT(number_, K.kMaxBindings), view.bindings.owner(resize(number_, BINDING_BITS)) != K.kNoEnv)


def _shape_stands(view, s):
    shapes, up = view.shapes, resize(view.shapes.parent(s), SHAPE_BITS)
    return implies(shape_used(view, s), conj(
        z3.ULE(shapes.depth(s), K.kMaxFilterDepth), z3.ULE(shapes.key_count(s), K.kMaxFilterKeys),
        implies(shapes.depth(s) != 0, conj(_is_shape(view, shapes.parent(s)), shapes.depth(up) + 1 == shapes.depth(s),
                                           shapes.device(up) == shapes.device(s)))))


def _filter_stands(view, f):
    filters, shapes = view.filters, view.shapes
    s, up = resize(filters.shape(f), SHAPE_BITS), resize(filters.parent(f), FILTER_BITS)
    return implies(filter_used(view, f), conj(
        _is_shape(view, filters.shape(f)), shapes.depth(s) == filters.depth(f), shapes.device(s) == filters.device(f),
        implies(filters.depth(f) != 0, conj(_is_filter(view, filters.parent(f)), filters.depth(up) + 1 == filters.depth(f),
                                            filters.shape(up) == shapes.parent(s)))))


def _binding_stands(view, b):
    return implies(view.bindings.owner(b) != K.kNoEnv, conj(
        _is_filter(view, view.bindings.filter(b)),
        view.binding_private.shape(b) == resize(view.filters.shape(resize(view.bindings.filter(b), FILTER_BITS)), 32)))


def _to_binding(view, link):
    return disj(link == K.kNone, _is_binding(view, link))


def _next_binding(view, b):
    return implies(view.bindings.owner(b) != K.kNoEnv, _to_binding(view, view.binding_private.next(b)))


def _in_group(view, link, device):
    return disj(link == K.kNone, conj(_is_shape(view, link), view.shapes.device(resize(link, SHAPE_BITS)) == device))


def _next_group(view, s):
    return implies(shape_used(view, s), _in_group(view, view.shapes.next_group(s), view.shapes.device(s)))


# What filter_derive, binding_open and the like see to, and nothing else changes: assumed of the state at the beginning.
TABLES = [
    ("shapes/1", _shape_stands), ("filters/1", _filter_stands), ("bindings/1", _binding_stands),
    ("binding_private/1", _next_binding), ("demux_buckets/1", lambda v, b: _to_binding(v, v.demux_buckets(b))),
    ("shapes/1", _next_group), ("demux_groups/1", lambda v, d: _in_group(v, v.demux_groups(d), resize(d, 16))),
]
_FIELDS = ("shapes.depth", "shapes.parent", "shapes.key_count", "shapes.device", "shapes.next_group", "filters.depth",
           "filters.parent", "filters.owner", "filters.shape", "filters.device", "filters.keys", "bindings.owner",
           "bindings.filter", "binding_private.shape", "binding_private.next", "demux_buckets", "demux_groups")


def _same_tables(call):
    """Of a call on the way: what the tables were assumed to be they still are."""
    first = call.context.wholes[0][1]
    return z3.BoolVal(all(call.old.cells(name) is first.cells(name) for name in _FIELDS))


def _tables(call):
    for key, condition in TABLES:
        call.context.assume_all(z3.BoolVal(True), key, lambda *i, c=condition: c(call.old, *i))
    return _chains(call)


# ---- what it is that accepts
def _length(packet):
    return packet.captured(), packet.wire_length()


def _passed(view, shape, length):
    """The program of that shape passes the packet."""
    return PASSES(resize(shape, SHAPE_BITS), *length)


def _has_keys(view, f, length):
    """Its key KEY, if it has so many, is the one that its shape's program collects."""
    s = resize(view.filters.shape(f), SHAPE_BITS)
    return implies(z3.ULT(resize(KEY, 8), view.shapes.key_count(s)),
                   view.filters.keys(f, KEY) == COLLECTED(s, KEY, *length))


def _inside(depth):
    return conj(z3.UGE(DEPTH, 1), z3.ULE(DEPTH, depth))


def chain_accepts(view, filter_, length):
    """Every predicate from the filter up to the card accepts the packet."""
    f = resize(filter_, FILTER_BITS)
    at = FILTER_AT(f)
    return implies(_inside(view.filters.depth(f)), conj(_passed(view, view.filters.shape(at), length),
                                                        _has_keys(view, at, length)))


def _chains(call):
    """What FILTER_AT and SHAPE_AT mean: by induction over the depth, which the invariants say goes down by one."""
    view, always = call.old, z3.BoolVal(True)

    def up(depth, at, parent, bits):
        return lambda i: conj(implies(depth(i) == DEPTH, at(i) == i),
                              implies(z3.UGT(depth(i), DEPTH), at(i) == at(resize(parent(i), bits))))

    call.context.assume_all(always, "filters/1", up(view.filters.depth, FILTER_AT, view.filters.parent, FILTER_BITS))
    call.context.assume_all(always, "shapes/1", up(view.shapes.depth, SHAPE_AT, view.shapes.parent, SHAPE_BITS))
    return []


def _the_packet(call, name):
    """Whether an argument describes the packet that all of this is about: it is the caller's own description of it, or
    leads to its bytes."""
    described = f"{call.objects[name][0]}"
    if described == "arg_packet":
        return z3.BoolVal(True)
    pointer = call.context.memory.pointers.get(f"{described}.bytes")
    choices = [place for condition, place in pointer.choices if not z3.is_false(condition)] if pointer else []
    return z3.BoolVal(bool(choices) and all((p.region, p.offset, p.scaled) == ("arg_packet", 0, ()) for p in choices))


# ---- the program of one shape: outside the core, by machine code
def _executes(call):
    shape, length = resize(call.arg0, SHAPE_BITS), _length(call.before("arg1"))
    return [("a shape's program passes the packet or does not", (call.result != 0) == PASSES(shape, *length)),
            ("and collects its keys", implies(call.result != 0, call.after("arg2").keys(KEY) == COLLECTED(shape, KEY, *length)))]


EXECUTE = Summary(
    lambda call: [_is_shape(call.old, call.arg0), call.old.shapes.depth(resize(call.arg0, SHAPE_BITS)) != 0,
                  _the_packet(call, "arg1")],
    _executes, pointers={"arg1": "core::BpfPacket", "arg2": "core::BpfMachine"},
    writes=lambda call: call.fields("arg2") | set(_MADE))
_MADE = ("shapes.compiled", "shapes.code_first", "shapes.code_units", "code_owner")  # when it makes machine code


# ---- the program of each shape of a chain, for all filters of that shape
def _collected(view, shape, found, length):
    """Of a shape whose chain has passed, and what was found."""
    s = resize(shape, SHAPE_BITS)
    at = SHAPE_AT(s)
    return implies(_inside(view.shapes.depth(s)), _collected_at(view, at, found, length))


def _collected_at(view, at, found, length):
    return conj(_passed(view, at, length), implies(z3.ULT(resize(KEY, 8), view.shapes.key_count(at)),
                                                   found(resize(DEPTH, 4), KEY) == COLLECTED(at, KEY, *length)))


def _chain_round(scope):
    view, top = scope.now, resize(scope.arguments["shape"], SHAPE_BITS)
    here, depth = resize(scope.shape, SHAPE_BITS), view.shapes.depth
    at, length = SHAPE_AT(top), _length(scope.now.arg_packet)
    return conj(_is_shape(view, scope.shape), resize(depth(here), 32) + scope.i == resize(depth(top), 32),
                z3.ULE(scope.i, K.kMaxFilterDepth),
                implies(z3.UGE(depth(here), DEPTH), SHAPE_AT(here) == at),
                implies(conj(z3.ULT(depth(here), DEPTH), z3.ULE(DEPTH, depth(top))),
                        _collected_at(view, at, view.arg_found.keys, length)))


def _keys_copied(scope):
    machine, found = scope.local("machine.i").keys, scope.now.arg_found.keys
    s = resize(scope.shape, SHAPE_BITS)
    depth = resize(scope.now.shapes.depth(s), 4)
    here = z3.If(z3.ULT(resize(KEY, 32), scope.i), machine(KEY), scope.entered.arg_found.keys(depth, KEY))
    return conj(z3.ULE(scope.i, K.kMaxFilterKeys), found(depth, KEY) == here,
                implies(resize(DEPTH, 4) != depth,
                        found(resize(DEPTH, 4), KEY) == scope.entered.arg_found.keys(resize(DEPTH, 4), KEY)))


CHAIN = Summary(
    lambda call: [_same_tables(call), _is_shape(call.old, call.shape), _the_packet(call, "packet")],
    lambda call: [("a chain of shapes passes only what each of them passes, and their keys are found", implies(
        call.result == 1, _collected(call.old, call.shape, call.after("found").keys, _length(call.before("packet")))))],
    pointers={"packet": "core::BpfPacket", "found": "core::ChainKeys"},
    writes=lambda call: call.fields("found") | set(_MADE))


# ---- keys
def _keys_found(view, filter_, found):
    """The keys of every filter of the chain are those found, and its shape is the one that ran."""
    f = resize(filter_, FILTER_BITS)
    return implies(_inside(view.filters.depth(f)), _keys_found_at(view, f, found))


def _keys_found_at(view, f, found):
    at, shape = FILTER_AT(f), SHAPE_AT(resize(view.filters.shape(f), SHAPE_BITS))
    return conj(resize(view.filters.shape(at), SHAPE_BITS) == shape,
                implies(z3.ULT(resize(KEY, 8), view.shapes.key_count(shape)),
                        view.filters.keys(at, KEY) == found(resize(DEPTH, 4), KEY)))


def _match_round(scope):
    view, top = scope.now, resize(scope.arguments["filter"], FILTER_BITS)
    here, filters = resize(scope.filter, FILTER_BITS), scope.now.filters
    return conj(_is_filter(view, scope.filter), resize(filters.depth(here), 32) + scope.i == resize(filters.depth(top), 32),
                z3.ULE(scope.i, K.kMaxFilterDepth),
                implies(z3.UGE(filters.depth(here), DEPTH), conj(
                    FILTER_AT(here) == FILTER_AT(top), SHAPE_AT(resize(filters.shape(here), SHAPE_BITS)) ==
                    SHAPE_AT(resize(filters.shape(top), SHAPE_BITS)))),
                implies(conj(z3.ULT(filters.depth(here), DEPTH), z3.ULE(DEPTH, filters.depth(top))),
                        _keys_found_at(view, top, view.arg_found.keys)))


def _keys_so_far(scope):
    f, found = resize(scope.filter, FILTER_BITS), scope.now.arg_found.keys
    depth = resize(scope.now.filters.depth(f), 4)
    return conj(z3.ULE(scope.i, K.kMaxFilterKeys), implies(z3.ULT(resize(KEY, 32), scope.i),
                                                           scope.now.filters.keys(f, KEY) == found(depth, KEY)))


MATCH = Summary(
    lambda call: [_same_tables(call), _is_filter(call.old, call.filter)],
    lambda call: [("the keys of a filter's chain match only if each of them was found",
                   implies(call.result == 1, _keys_found(call.old, call.filter, call.before("found").keys)))],
    pointers={"found": "core::ChainKeys"})


# ---- bindings
def _filter_of(view, binding):
    return view.bindings.filter(resize(binding, BINDING_BITS))


def _is_match(view, binding, shape, found):
    b = resize(binding, BINDING_BITS)
    return conj(_is_binding(view, binding), view.binding_private.shape(b) == shape,
                _keys_found(view, _filter_of(view, binding), found))


def _match_ensures(call):
    return [("a member of a bucket matches only by shape and keys", disj(
        call.result == K.kNone, conj(call.at != K.kNone, _is_match(
            call.old, call.result, call.shape, call.before("found").keys))))]


MATCHING = Summary(lambda call: [_same_tables(call), _to_binding(call.old, call.at)], _match_ensures,
                   pointers={"found": "core::ChainKeys"})


def accepted(view, binding, device, length):
    """A binding of that card whose whole chain accepts the packet."""
    f = resize(_filter_of(view, binding), FILTER_BITS)
    return conj(_is_binding(view, binding), view.filters.device(f) == resize(device, 16), chain_accepts(view, f, length))


def _delivered(call, device):
    length = (call.length, call.length)
    return [("a packet is delivered only to a binding of its card whose whole chain accepts it",
             disj(call.result == K.kNone, accepted(call.old, call.result, device, length)))]


def _groups_so_far(scope):
    length = (scope.length, scope.length)
    return conj(z3.ULE(scope.i, K.kMaxShapes), _in_group(scope.now, scope.group, resize(scope.device, 16)),
                disj(scope.best == K.kNone, accepted(scope.now, scope.best, scope.device, length)))


def first_requires(call):
    return [z3.ULT(call.device, K.kMaxDevices), *_tables(call)]


# ---- all of them, one a call
DEVICE = z3.BitVec("some_device", 16)  # the walk's


def _walking(view, walk, length):
    """What a walk knows between two calls: its group has been run, and this is what was found."""
    group, next_ = walk.group(), walk.candidate()
    return conj(_in_group(view, group, DEVICE), _to_binding(view, next_), disj(next_ == K.kNone, conj(
        group != K.kNone, _collected(view, group, walk.found.keys, length))))


def _walks(call):
    return ("a walk has found what the programs of its group collect",
            implies(call.device == DEVICE if "device" in call.arguments else z3.BoolVal(True),
                    _walking(call.old, call.new.arg_walk, (call.length, call.length))))


def _next_given(call):
    return [*_delivered(call, DEVICE), _walks(call)]


def next_requires(call):
    return [_walking(call.old, call.old.arg_walk, (call.length, call.length)), *_tables(call)]


def _walk_round(scope):
    return conj(z3.ULE(scope.i, K.kMaxShapes + 1), _walking(scope.now, scope.now.arg_walk, (scope.length, scope.length)))


# ---- what is sent
def _accept_round(scope):
    view, top = scope.now, resize(scope.arguments["filter"], FILTER_BITS)
    here, depth, at = resize(scope.filter, FILTER_BITS), scope.now.filters.depth, FILTER_AT(top)
    length = scope.captured, scope.wire_length
    return conj(_is_filter(view, scope.filter), resize(depth(here), 32) + scope.i == resize(depth(top), 32),
                z3.ULE(scope.i, K.kMaxFilterDepth), implies(z3.UGE(depth(here), DEPTH), FILTER_AT(here) == at),
                implies(conj(z3.ULT(depth(here), DEPTH), z3.ULE(DEPTH, depth(top))),
                        conj(_passed(view, view.filters.shape(at), length), _has_keys(view, at, length))))


def _own_keys_so_far(scope):
    keys = scope.now.filters.keys(resize(scope.filter, FILTER_BITS), KEY)
    return conj(z3.ULE(scope.i, K.kMaxFilterKeys),
                implies(z3.ULT(resize(KEY, 32), scope.i), keys == scope.local("machine.i.i").keys(KEY)))


def _sent(call):
    return [("a packet may be sent only if the whole chain accepts it", implies(call.result == 1, chain_accepts(
        call.old, call.filter, (call.captured, call.wire_length))))]


def _shown(name, summary, **more):
    entry = summary_entry(name, summary, keeps=False, assumes=False, tactics=LINKS, **more)
    required = entry.requires
    entry.requires = lambda call: [*required(call), *_tables(call)]
    return entry


PACKET, FOUND = {"packet": Buffer("core::BpfPacket")}, {"found": Buffer("core::ChainKeys")}
SUMMARIES = {"filter_execute": EXECUTE, "shape_chain_run": CHAIN, "filter_keys_match": MATCH, "matching": MATCHING}
LOOPS = {
    ("shape_chain_run", 0): Loop(lambda s: K.kMaxFilterDepth - s.i, _chain_round),
    ("shape_chain_run", 1): Loop(lambda s: K.kMaxFilterKeys - s.i, _keys_copied),
    ("shape_chain_run", 2): Loop(lambda s: K.kMaxFilterKeys - s.i, lambda s: z3.ULE(s.i, K.kMaxFilterKeys)),
    ("filter_keys_match", 0): Loop(lambda s: K.kMaxFilterDepth - s.i, _match_round),
    ("filter_keys_match", 1): Loop(lambda s: K.kMaxFilterKeys - s.i, _keys_so_far),
    ("matching", 0): Loop(lambda s: K.kMaxBindings - s.i, lambda s: conj(
        z3.ULE(s.i, K.kMaxBindings), _to_binding(s.now, s.at), disj(s.arguments["at"] != K.kNone, s.at == K.kNone))),
    ("demux_next", 0): Loop(lambda s: K.kMaxShapes + 1 - s.i, _walk_round),
    ("filter_accepts", 0): Loop(lambda s: K.kMaxFilterDepth - s.i, _accept_round),
    ("filter_accepts", 1): Loop(lambda s: K.kMaxFilterKeys - s.i, _own_keys_so_far),
    ("demux_first", 0): Loop(lambda s: K.kMaxShapes - s.i, _groups_so_far),
}
ENTRIES = [
    _shown("shape_chain_run", CHAIN, buffers={**PACKET, **FOUND}),
    _shown("filter_keys_match", MATCH, buffers=FOUND),
    _shown("matching", MATCHING, buffers=FOUND),
    Entry("demux_first", lambda call: _delivered(call, call.device), first_requires, {"packet": Buffer(8, "length")},
          succeeds=lambda call: call.result != K.kNone, keeps=False, assumes=False, tactics=LINKS),
    Entry("demux_start", lambda call: [_walks(call)], first_requires,
          {"packet": Buffer(8, "length"), "walk": Buffer("core::DemuxWalk")}, keeps=False, assumes=False, tactics=LINKS),
    Entry("demux_next", _next_given, next_requires, {"packet": Buffer(8, "length"), "walk": Buffer("core::DemuxWalk")},
          succeeds=lambda call: call.result != K.kNone, keeps=False, assumes=False, tactics=LINKS),
    Entry("filter_accepts", _sent, lambda call: [_is_filter(call.old, call.filter), *_tables(call)],
          {"packet": Buffer(8, "captured")}, succeeds=lambda call: call.result == 1, keeps=False, assumes=False, tactics=LINKS),
]
