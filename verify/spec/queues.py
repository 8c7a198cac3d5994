# SPDX-License-Identifier: MIT
"""Disk commands: which of them reach a device, whose frames they read and write, and that these are pinned exactly as
long as the command is in flight. Begun commands are kept in words of the queue's own frames (kernel/core/queue.hpp)."""
from prover.check import Buffer, Entry, summary_entry
from prover.composition import Composition
from prover.contract import Loop, Summary
from prover.solve import BITS

from .extents import an_extent_covers
from .state import *

DiskOp = K.DiskOp
COMMAND = {"command": Buffer("abi::DiskCommand")}
WORDS = K.kFlightWords
# Any frame, any buffer of the command, any word of memory, any capability: what is shown of them is shown of all.
FRAME, BUFFER = z3.BitVec("some_frame", FRAME_BITS), z3.BitVec("some_buffer", 5)
PAGE, WORD, CAP = z3.BitVec("some_page", FRAME_BITS), z3.BitVec("some_word", 9), z3.BitVec("some_cap", CAP_BITS)
# How many of the first n buffers have FRAME pinned for them.
PINS = z3.Function("pins_of_some_frame", z3.BitVecSort(32), z3.BitVecSort(32))

# Whether so many blocks of so many bytes fit into so many frames. check_size is proved with what that means; everybody
# else's proofs are spared the product.
FITS = z3.Function("fits", *[z3.BitVecSort(32)] * 3, z3.BoolSort())


# ---- what a command may do
def is_data(view, frame):
    type_ = view.frames.type(frame_index(frame))
    return conj(frame_exists(view, frame), one_of(type_, FrameType.Data, FrameType.Large, FrameType.Part))


def _lendable(view, env, frame):
    """A frame that devices may read and write for its owner."""
    return conj(is_data(view, frame), view.frames.leaving(frame_index(frame)) == 0)


def _held(view, env, slot, frame, right):
    """A live Frames capability of env in that slot covers the frame, with the right."""
    cap, caps = cap_index(env, slot), view.caps
    return conj(z3.ULT(slot, K.kCapsPerEnv), live_cap(view, cap, env, CapType.Frames), within(right, caps.rights(cap)),
                covers(caps.start(cap), caps.count(cap), frame, number(1, 1)),
                z3.UGE(caps.stamp(cap), view.frames.stamp(frame_index(frame))))


def _may_be_buffer(view, env, command, i):
    """A device writes memory when it reads the disk."""
    frame, slot = command.frames(i), command.buffer_cap()
    right = z3.If(command.op() == DiskOp.Read, number(K.kWrite, 8), number(K.kRead, 8))
    owned = view.frames.owner(frame_index(frame)) == env
    return conj(_lendable(view, env, frame), z3.If(slot == K.kNone, owned, _held(view, env, slot, frame, right)))


def _covered(view, env, command, device):
    """By a live extent of env, and apart from the device's own blocks."""
    slot, op, block = command.extent(), command.op(), command.block()
    d, blocks = view.devices, resize(command.blocks(), 64)
    first, end = d.private_first(device), d.private_end(device)
    apart = disj(z3.UGE(block, end), conj(z3.ULT(block, first), z3.ULE(blocks, first - block)))
    return conj(z3.ULT(slot, K.kCapsPerEnv), disj(op == DiskOp.Flush, apart),
                an_extent_covers(view, cap_index(env, slot), env, op, block, blocks, device))


# ---- where it is kept
def queue_index(number_):
    return resize(number_, index_width(K.kMaxQueues))


def _device(view, queue):
    return resize(view.queues.device(queue), index_width(K.kMaxDevices))


def place_of(view, queue, id_):
    """The frame and the first word that a command id has."""
    page = view.queues.frames(queue_index(queue), resize(2 + z3.LShR(id_, 4), 3))
    return frame_index(page), resize((id_ & 15) * WORDS, 9)


def recorded(view, queue, id_, i):
    """Buffer i of the command in flight under that id."""
    page, at = place_of(view, queue, id_)
    listed = z3.Extract(K.kPageShift + 31, K.kPageShift, view.physmem(page, at + resize(i, 9) - 1))
    return choose(i == 0, resize(view.physmem(page, at + WORDS - 1), 32), listed)


def flight_of(view, queue, id_):
    page, at = place_of(view, queue, id_)
    return view.physmem(page, at + WORDS - 1)


def flight_count(flight):
    return z3.Extract(37, 32, flight)


def _queues_are_lent(call):
    """What queue_open sees to: an open queue's frames exist, and so do its owner and its device."""
    queues = call.old.queues
    call.context.assume_all(z3.BoolVal(True), "queues/1", lambda q: implies(queues.owner(q) != K.kNoEnv, conj(
        z3.ULT(queues.owner(q), K.kMaxEnvs), z3.ULT(queues.device(q), K.kMaxDevices),
        *[frame_exists(call.old, queues.frames(q, n)) for n in range(K.kDiskQueueFrames)])))
    return []


def _pinned_for(view, frame):
    """Pins of a part of a 2 MiB page are counted in its first frame."""
    f = frame_index(frame)
    return choose(view.frames.type(f) == FrameType.Part, f & ~(K.kLargeFrames - 1), f)


def _count_pins(call, key, buffer):
    """What PINS means."""
    call.context.assume_all(z3.BoolVal(True), key, lambda i: PINS(resize(i, 32) + 1) == PINS(resize(i, 32)) + choose(
        _pinned_for(call.old, buffer(i)) == FRAME, number(1, 32), number(0, 32)))
    return [PINS(number(0, 32)) == 0]


# ---- begin
def begin_requires(call):
    command = call.before("command")
    return [z3.ULT(call.env, K.kMaxEnvs), *_queues_are_lent(call), *_count_pins(call, "arg_command/1", command.frames)]


def begun(call):
    old, new, done, command = call.old, call.new, ok(call.result), call.before("command")
    queue, id_, count = queue_index(call.queue), command.id(), command.frame_count()
    page, at = place_of(old, queue, id_)
    own = conj(PAGE == page, z3.UGE(WORD, at), z3.ULT(WORD - at, WORDS))
    return [
        ("a disk command is begun only if an extent of that environment covers all of its blocks", implies(done, conj(
            z3.ULT(call.queue, K.kMaxQueues), old.queues.owner(queue) == call.env,
            _covered(old, call.env, command, _device(old, queue))))),
        ("a disk command is begun only if its buffers are the environment's, owned or held with the right that it needs",
         implies(conj(done, z3.ULT(resize(BUFFER, 32), count)), _may_be_buffer(old, call.env, command, BUFFER))),
        ("the buffers have room for all of the blocks",
         implies(done, FITS(command.blocks(), old.devices.block_size(_device(old, queue)), count))),
        ("each buffer is pinned once", implies(done, new.frames.pins(FRAME) - old.frames.pins(FRAME) ==
                                               resize(PINS(count), old.cells("frames.pins").width))),
        ("what is in flight is noted: each buffer under the command's number",
         implies(done, conj(flight_of(old, queue, id_) == 0, flight_of(new, queue, id_) != 0,
                            resize(flight_count(flight_of(new, queue, id_)), 32) == count,
                            implies(z3.ULT(resize(BUFFER, 32), count),
                                    recorded(new, queue, id_, BUFFER) == command.frames(BUFFER))))),
        ("only the words of that command are written", implies(neg(own), new.physmem(PAGE, WORD) == old.physmem(PAGE, WORD))),
    ]


def _looking(scope):
    """A round of either loop over the buffers, of the owner's or of who holds them, and what it has found of BUFFER."""
    command, held = scope.now.arg_command, "index" in scope.variables
    condition = _is_held if held else _is_owned
    named = _names_cap(scope.now, scope.env, command, scope.index) if held else z3.BoolVal(True)
    return conj(z3.ULE(scope.i, command.frame_count()), named,
                implies(z3.ULT(resize(BUFFER, 32), scope.i), condition(scope.now, scope.env, command)))


def _exists(scope, i):
    """For all of them, so that all can be pinned."""
    return implies(z3.ULT(resize(i, 32), scope.i), is_data(scope.now, scope.now.arg_command.frames(i)))


def _is_owned(view, env, command):
    frame = command.frames(BUFFER)
    return conj(_lendable(view, env, frame), view.frames.owner(frame_index(frame)) == env)


def _is_held(view, env, command):
    return conj(command.buffer_cap() != K.kNone, _may_be_buffer(view, env, command, BUFFER))


def _pinned_so_far(scope):
    now, entered, command = scope.now, scope.entered, scope.now.arg_command
    queue, id_ = queue_index(scope.queue), command.id()
    page, at = place_of(entered, queue, id_)
    listed = conj(PAGE == page, z3.UGE(WORD, at), z3.ULT(WORD - at, WORDS - 1))
    width = entered.cells("frames.pins").width
    return conj(
        z3.ULE(scope.i, command.frame_count()),
        now.frames.pins(FRAME) == entered.frames.pins(FRAME) + resize(PINS(scope.i), width),
        implies(neg(listed), now.physmem(PAGE, WORD) == entered.physmem(PAGE, WORD)),
        implies(conj(BUFFER != 0, z3.ULT(resize(BUFFER, 32), scope.i)),
                recorded(now, queue, id_, BUFFER) == command.frames(BUFFER)))


# ---- the end
def end_requires(call):
    old, queue, id_ = call.old, queue_index(call.queue), call.id
    flight = flight_of(old, queue, id_)
    buffer = lambda i: recorded(old, queue, id_, i)
    call.context.assume_all(z3.BoolVal(True), "buffer", lambda i: implies(
        z3.ULT(resize(i, 32), resize(flight_count(flight), 32)), frame_exists(old, buffer(i))))
    return [*_queues_are_lent(call), *_count_pins(call, "buffer", buffer), z3.ULE(flight_count(flight), K.kDiskMaxFrames)]


def ended(call):
    old, new, queue, id_ = call.old, call.new, queue_index(call.queue), call.id
    done = ok(call.result) if call.result is not None else z3.BoolVal(True)
    flight, (page, at) = flight_of(old, queue, id_), place_of(old, queue, id_)
    width = old.cells("frames.pins").width
    return [
        ("each buffer of a command that has ended is unpinned once", implies(done, old.frames.pins(FRAME) -
         new.frames.pins(FRAME) == resize(PINS(resize(flight_count(flight), 32)), width))),
        ("a command that has ended is in flight no more", implies(done, flight_of(new, queue, id_) == 0)),
        ("the list of a command that has ended is zero", implies(
            conj(done, BUFFER != 0, z3.ULT(resize(BUFFER, 6), flight_count(flight))),
            new.physmem(page, at + resize(BUFFER, 9) - 1) == 0)),
    ]


def completed(call):
    return [*ended(call), ("only a command in flight can end", implies(ok(call.result), conj(
        z3.ULT(call.queue, K.kMaxQueues), z3.ULT(call.id, K.kDiskDepth), call.old.queues.owner(queue_index(call.queue)) != K.kNoEnv,
        flight_of(call.old, queue_index(call.queue), call.id) != 0)))]


def _unpinned_so_far(scope):
    width = scope.entered.cells("frames.pins").width
    flight = flight_of(scope.entered, queue_index(scope.queue), scope.id)
    scope.touch("buffer", (resize(scope.i, 5),))
    return conj(z3.ULE(scope.i, resize(flight_count(flight), 32)),
                scope.now.frames.pins(FRAME) == scope.entered.frames.pins(FRAME) - resize(PINS(scope.i), width))


def _taken_off(scope, p, s):
    """The words of the list are cleared as they are unpinned."""
    entered = scope.entered
    page, at = place_of(entered, queue_index(scope.queue), scope.id)
    gone = conj(p == page, z3.UGE(s, at), z3.ULT(s - at, WORDS - 1), z3.ULT(resize(s - at, 32) + 1, scope.i))
    return scope.now.physmem(p, s) == choose(gone, number(0, 64), entered.physmem(p, s))


def can_close(call):
    queue = queue_index(call.queue)
    return [("a queue can be closed only by its owner and with no command in flight", implies(ok(call.result), conj(
        z3.ULT(call.queue, K.kMaxQueues), call.old.queues.owner(queue) == call.env, call.old.queues.in_flight(queue) == 0)))]


def _checked(call):
    command, done = call.before("command"), ok(call.result)
    return [("every buffer is the environment's, owned or held with the right that it needs",
             implies(conj(done, z3.ULT(resize(BUFFER, 32), command.frame_count())),
                     _may_be_buffer(call.old, call.env, command, BUFFER)))]


def _all_exist(call, i):
    command = call.before("command")
    return implies(conj(ok(call.result), z3.ULT(resize(i, 32), command.frame_count())), is_data(call.old, command.frames(i)))


def _names_cap(view, env, command, index):
    """What justifies the buffers is 0, or the capability named."""
    slot = command.buffer_cap()
    return disj(index == 0, conj(z3.ULT(slot, K.kCapsPerEnv), index == resize(env, 32) * K.kCapsPerEnv + slot,
                                 view.caps.type(cap_index(env, slot)) == CapType.Frames))


def _found_one(call):
    return [("what justifies the buffers is the capability named, if there is one",
             implies(ok(call.result), _names_cap(call.old, call.env, call.before("command"), call.result[0])))]


def _fits(call):
    command, q = call.before("command"), call.before("q")
    blocks, count = command.blocks(), command.frame_count()
    size = call.old.devices.block_size(resize(q.device(), index_width(K.kMaxDevices)))
    return [("the buffers have room for all of the blocks", implies(ok(call.result), conj(
        z3.ULE(count, K.kDiskMaxFrames), FITS(blocks, size, count))))]


def _what_fits_means(call):
    command, q = call.before("command"), call.before("q")
    blocks, count = command.blocks(), command.frame_count()
    size = call.old.devices.block_size(resize(q.device(), index_width(K.kMaxDevices)))
    room = resize(count, 64) << K.kPageShift
    return FITS(blocks, size, count) == z3.ULE(resize(blocks, 64) * resize(size, 64), room)


SIZE = Summary(requires=lambda call: [z3.ULT(call.before("q").device(), K.kMaxDevices)], ensures=_fits,
               pointers={"command": "abi::DiskCommand", "q": "abi::QueueEntry"})
SIZE_SHOWN = summary_entry("check_size", SIZE, buffers={**COMMAND, "q": Buffer("abi::QueueEntry")}, keeps=False,
                           assumes=False)
SIZE_SHOWN.requires = lambda call: [*SIZE.requires(call), _what_fits_means(call)]
BUFFERS = Summary(
    requires=lambda call: [z3.ULT(call.env, K.kMaxEnvs), z3.ULE(call.before("command").frame_count(), K.kDiskMaxFrames)],
    ensures=lambda call: _checked(call) + _found_one(call),
    forall=[("every buffer is data", "arg_command/1", _all_exist)], pointers={"command": "abi::DiskCommand"})
_LOOK = Loop(variant=lambda s: s.now.arg_command.frame_count() - s.i, invariant=_looking,
             forall=[("arg_command/1", _exists)])
SUMMARIES = {"check_size": SIZE, "check_buffers": BUFFERS}
LOOPS = {
    ("check_buffers", 0): _LOOK,
    ("check_buffers", 1): _LOOK,
    ("queue_begin", 0): Loop(variant=lambda s: s.now.arg_command.frame_count() - s.i, invariant=_pinned_so_far),
    ("queue_cancel", 0): Loop(variant=lambda s: number(K.kDiskMaxFrames, 32) - s.i, invariant=_unpinned_so_far,
                                forall=[("physmem/2", _taken_off)]),
}
ENTRIES = [
    Composition("disk batches", ("queue_begin_all",), ("queue_begin", "queue_begin_run")),
    SIZE_SHOWN,
    Entry("queue_can_close", can_close, lambda call: [z3.ULT(call.env, K.kMaxEnvs), *_queues_are_lent(call)]),
    summary_entry("check_buffers", BUFFERS, buffers=COMMAND, keeps=False, assumes=False, tactics=BITS),
    Entry("queue_begin", begun, begin_requires, COMMAND, keeps=False, assumes=False, tactics=BITS),
    Entry("queue_completed", completed, end_requires, keeps=False, assumes=False, tactics=BITS),
]
