# SPDX-License-Identifier: MIT
"""Compiled filters: the machine code of each instruction does what the interpreter does with it, from any state, and
goes on where the interpreter goes on. The bytes that bpf_emit writes are run by the model of x86-64 (verify/x86)."""
import z3

from prover.check import Buffer, Entry, prepare
from prover.contract import Loop, Summary
from prover.execute import Activation
from prover.memory import Pointer
from prover.module import Array, Int
from prover.study import Question, Study
from prover.view import View
from x86.machine import Based, Machine

from .filters import CODES, KEY_CODES, PROGRAM, is_verified, one_verified, steps_on
from .state import *

EAX, ECX, EDX, RDI, RSI, R8, R9, R10 = 0, 1, 2, 7, 6, 8, 9, 10
SCRATCH = (EAX, ECX, EDX, R10)
MEMORY_AT, KEYS_AT = 8, 8 + 4 * K.kBpfMemory
MACHINE_END = KEYS_AT + 4 * K.kMaxFilterKeys


class Packet:
    """Behind rdi: the captured bytes, to be read only."""

    def __init__(self, context, view):
        self.context, self.bytes, self.captured = context, view.packet_bytes, view.arg_p.captured()

    def load(self, guard, offset, size):
        captured = resize(self.captured, 64)
        self.context.need(guard, conj(z3.ULE(offset, captured), z3.ULE(number(size, 64), captured - offset)),
                          "machine code reads the captured bytes only")
        cells = [self.bytes(z3.simplify(resize(offset, 32) + i)) for i in range(size)]
        return z3.simplify(cells[0] if size == 1 else z3.Concat(*reversed(cells)))

    def store(self, guard, *_):
        self.context.need(guard, z3.BoolVal(False), "machine code does not write the packet")


class FilterMachine:
    """Behind r8: the words of BpfMachine but A and X, which are in registers."""

    def __init__(self, context, view):
        self.context = context
        self.words = {"memory": view.cells("arg_m.memory"), "keys": view.cells("arg_m.keys")}

    def _index(self, guard, offset, size):
        self.context.need(guard, conj(z3.BoolVal(size == 4), z3.UGE(offset, MEMORY_AT), z3.ULT(offset, MACHINE_END),
                                      offset & 3 == 0), "machine code touches only its machine's words")
        word = z3.LShR(offset - MEMORY_AT, 2)
        return {"memory": z3.ULT(offset, KEYS_AT), "keys": z3.UGE(offset, KEYS_AT)}, {
            "memory": (resize(word, 4),), "keys": (resize(word - K.kBpfMemory, index_width(K.kMaxFilterKeys)),)}

    def load(self, guard, offset, size):
        where, index = self._index(guard, offset, size)
        return z3.simplify(choose(where["memory"], self.words["memory"](*index["memory"]), self.words["keys"](*index["keys"])))

    def store(self, guard, offset, value):
        where, index = self._index(guard, offset, value.size() // 8)
        for name, map_ in self.words.items():
            self.words[name] = map_.stored(conj(guard, where[name]), index[name], value)


class Case:
    """One opcode; for a jump, with each of its distances 0 or not, on which the bytes depend."""

    def __init__(self, module, specification, name, code, distances):
        self.context = context = prepare(module, specification, assume_invariants=False)
        self.name, self.code, self.is_jump = name, code, code & K.kClass == K.kJmp
        memory = context.memory
        memory.bounds["packet_bytes"] = (32, lambda: resize(self.captured, 64))
        for region, shape in (("arg_i", module.struct("abi::BpfInsn")), ("arg_t", module.struct("core::CodeTargets")),
                              ("arg_out", module.struct("core::CodePiece")), ("arg_p", module.struct("core::BpfPacket")),
                              ("arg_m", module.struct("core::BpfMachine")), ("packet_bytes", Array(None, Int(8)))):
            memory.regions[region] = shape
            memory.declare(region)
        memory.pointers["arg_p.bytes"] = Pointer.to("packet_bytes")
        self.old = View(dict(memory.state))
        self.captured = self.old.arg_p.captured()
        memory.state["arg_i.code"] = memory.state["arg_i.code"].stored(z3.BoolVal(True), (), number(code, 16))
        insn = self.old.arg_i
        self.k, self.jt, self.jf = insn.k(), insn.jt(), insn.jf()
        self.guard = conj(*[neg(same(d, number(0, d.size()))) if far else same(d, number(0, d.size()))
                            for d, far in zip(self.distances(), distances)])
        context.assumptions += [self.guard, one_verified(View(memory.state).arg_i)]

    def distances(self):
        if not self.is_jump:
            return []
        return [self.k] if self.code == K.kJmp | K.kJa else [self.jt, self.jf]

    def question(self):
        context = self.context
        code, length = self.emit()
        # Where each instruction begins, from this one's beginning; 0 behind it is the next.
        start = z3.Function("start", z3.BitVecSort(32), z3.BitVecSort(32))
        targets = [self.old.arg_t.taken(), self.old.arg_t.other()]
        context.assumptions += [start(number(0, 32)) == length]
        context.assumptions += [target == start(resize(d, 32)) for target, d in zip(targets, self.distances())]
        packet, words = Packet(context, self.old), FilterMachine(context, self.old)
        registers = {n: z3.BitVec(f"register{n}", 64) for n in range(16)}
        registers[EAX] = z3.Concat(z3.BitVec("above_eax", 32), self.old.arg_m.a())
        registers[ECX] = z3.Concat(z3.BitVec("above_ecx", 32), self.old.arg_m.x())
        registers[RSI] = resize(self.captured, 64)
        registers[R9] = z3.Concat(z3.BitVec("above_r9d", 32), self.old.arg_p.wire_length())
        registers[RDI], registers[R8] = Based(packet, number(0, 64)), Based(words, number(0, 64))
        machine = Machine(registers, context.need, lambda: dict(words.words))
        exits = machine.run(code)
        skip = Activation(context, "bpf_step").call(self.guard, [Pointer.to(f"arg_{n}") for n in "ipm"])
        goals = [("compiled code equals interpreted code", conj(*[self.same(e, skip, start) for e in exits])),
                 ("compiled code changes only eax, ecx, edx and r10", z3.BoolVal(all(
                     e.registers[n] is registers[n] for e in exits for n in registers if n not in SCRATCH)))]
        goals.append(("the code of an instruction fits its room and depends on nothing but the instruction and its targets",
                      z3.BoolVal(len(code) <= K.kMaxPiece and _unknowns(code) <= INPUTS)))
        goals.append(("an instruction goes on where it says",
                      steps_on(number(self.code, 16), self.jt, self.jf, self.k, skip)))
        view = View(context.memory.state)
        show = {"A": self.old.arg_m.a(), "X": self.old.arg_m.x(), "k": self.k, "jt": self.jt, "jf": self.jf,
                "captured": self.captured, "A then": view.arg_m.a(), "skip": skip}
        return Question(self.name, context, goals, show)

    def emit(self):
        """The bytes of the piece, whose number is known, and it."""
        context = self.context
        Activation(context, "bpf_emit").call(self.guard, [Pointer.to(f"arg_{n}") for n in ("i", "t", "out")])
        known, out = context.memory.known(self.guard), View(context.memory.state).arg_out
        length = z3.simplify(known.reduce(z3.simplify(out.length())))
        terms = [known.reduce(z3.simplify(out.bytes(i))) for i in range(length.as_long())]
        return terms, length

    def same(self, exit_, skip, start):
        """If this way out is taken, it is the interpreter's. A refusal's A is 0, which the code at its target sees to."""
        new, i, j = View(self.context.memory.state), self.context.fresh("word", 4), self.context.fresh("key", 3)
        i, j = resize(i, new.cells("arg_m.memory").domain[0]), resize(j, new.cells("arg_m.keys").domain[0])
        a, x = (resize(exit_.registers[n], 32) for n in (EAX, ECX))
        done, answer = skip == K.kBpfDone, new.arg_m.a()
        memory = conj(exit_.memory["memory"](i) == new.arg_m.memory(i), exit_.memory["keys"](j) == new.arg_m.keys(j))
        if exit_.target is None:
            here = conj(done, a == answer, memory)
        else:
            going_on = conj(exit_.target == start(skip), a == answer, x == new.arg_m.x(), memory)
            refusing = conj(exit_.target == self.old.arg_t.refusal(), answer == 0, memory)
            here = z3.If(done, refusing, going_on)
        return implies(exit_.condition, here)


INPUTS = {f"arg_{name}@0" for name in ("i.jt", "i.jf", "i.k", "t.taken", "t.other", "t.refusal")}


def _unknowns(terms):
    """The names of everything unknown in terms."""
    found, seen, todo = set(), set(), list(terms)
    while todo:
        term = todo.pop()
        if term.get_id() not in seen:
            seen.add(term.get_id())
            todo += term.children()
            if z3.is_app_of(term, z3.Z3_OP_UNINTERPRETED):
                found.add(term.decl().name())
    return found


def cases():
    """(name, code, which distances are not 0)."""
    for name, code in CODES.items():
        if code & K.kClass != K.kJmp:
            yield name, code, ()
        elif code == K.kJmp | K.kJa:
            yield from ((f"{name}{' on' if far else ''}", code, (far,)) for far in (False, True))
        else:
            yield from ((f"{name}, jt {'>' if t else '='} 0, jf {'>' if f else '='} 0", code, (t, f))
                        for t in (False, True) for f in (False, True) if not (f and code in KEY_CODES))


def questions(module, specification):
    for case in cases():
        yield Case(module, specification, *case).question()


# ---- whole programs: the pieces lie one behind another, and each gets its targets
# What bpf_emit makes of an instruction: functions of it (and of its targets), which is all that its contract says.
_INSN = [z3.BitVecSort(b) for b in (16, 8, 8, 32)]
_WORD = z3.BitVecSort(32)
LENGTH = z3.Function("emitted_length", *_INSN, _WORD)
BYTE = z3.Function("emitted_byte", *_INSN, _WORD, _WORD, _WORD, z3.BitVecSort(5), z3.BitVecSort(8))
# Where the code of an instruction starts, by adding up; of the instruction behind the last one, the refusal.
START = z3.Function("code_start", _WORD, _WORD)
# Any instruction of the program and any byte of its code: what is shown of them is shown of all.
ONE, ITS_BYTE = z3.BitVec("instruction", 32), z3.BitVec("byte", 5)
# Where that byte has to be, and what it has to be.
WHERE, WANTED = z3.BitVec("where", 32), z3.BitVec("wanted", 8)


def _emit_ensures(call):
    i, t, out = call.before("i"), call.before("t"), call.after("out")
    insn = (i.code(), i.jt(), i.jf(), i.k())
    return [("the code of an instruction fits its room", conj(out.length() == LENGTH(*insn), z3.ULE(out.length(), K.kMaxPiece))),
            ("the code of an instruction depends on nothing but the instruction and its targets",
             out.bytes(ITS_BYTE) == BYTE(*insn, t.taken(), t.other(), t.refusal(), ITS_BYTE))]


def _insn(view, pc):
    i = view.arg_code
    return i.code(pc), i.jt(pc), i.jf(pc), i.k(pc)


def _kinds(view):
    """Of instruction ONE: what it may be, and how far behind the next one it may go on."""
    code, jt, jf, k = _insn(view, ONE)
    always, jump = code == K.kJmp | K.kJa, code & K.kClass == K.kJmp
    return [(always, k, None), (conj(jump, neg(always)), resize(jt, 32), resize(jf, 32)), (neg(jump), None, None)]


def _the_byte_wanted(view, length):
    """WHERE and WANTED, by the distances to where the code starts that ONE may go on with."""
    inside, here, insn = resize(ITS_BYTE, 32), START(ONE), _insn(view, ONE)
    distance = lambda far: number(0, 32) if far is None else START(ONE + 1 + far) - here
    return conj(z3.ULT(ONE, length), z3.ULT(inside, LENGTH(*insn)), WHERE == here + inside, *[
        implies(kind, WANTED == BYTE(*insn, distance(taken), distance(other), START(length) - here, ITS_BYTE))
        for kind, taken, other in _kinds(view)])


def _one_is_there(out):
    return out(resize(WHERE, 12)) == WANTED


def _looked_at(view, length):
    """The instructions whose start the targets of ONE depend on."""
    _, jt, jf, k = _insn(view, ONE)
    return [ONE, ONE + 1 + resize(jt, 32), ONE + 1 + resize(jf, 32), ONE + 1 + k, length]


def _laid_out(scope):
    layout = scope.local("layout")
    return conj(z3.ULE(scope.pc, scope.length), scope.at == START(scope.pc), _bounded(scope.at, scope.pc), *[
        implies(z3.ULT(x, scope.pc), layout.start(resize(x, 7)) == START(x)) for x in _looked_at(scope.now, scope.length)],
        _behind_one(scope, _one_is_before(scope)))


def _behind_one(scope, condition):
    """The condition once ONE was looked at; apart for the moment after and for each kind, which are other proofs."""
    return conj(implies(z3.UGT(scope.pc, ONE + 1), condition), *[
        implies(conj(scope.pc == ONE + 1, kind), condition) for kind, _, _ in _kinds(scope.now)])


def _one_is_before(scope):
    """All of ONE's code lies before `at`."""
    return conj(z3.ULE(START(ONE), scope.at), z3.UGE(START(ONE), K.kCodePrologue),
                z3.ULE(LENGTH(*_insn(scope.now, ONE)), scope.at - START(ONE)), z3.ULT(WHERE, scope.at))


def _bounded(at, pc):
    return conj(z3.UGE(at, K.kCodePrologue), z3.ULE(at, K.kCodePrologue + K.kMaxPiece * pc))


def _prologue(out):
    return conj(*[out(i) == b for i, b in enumerate(PROLOGUE)])


def _put_so_far(scope):
    out = scope.now.cells("arg_out")
    return conj(z3.ULE(scope.pc, scope.length), scope.at == START(scope.pc), _bounded(scope.at, scope.pc), _prologue(out),
                _behind_one(scope, conj(_one_is_before(scope), _one_is_there(out))))


def _putting(scope, index):
    """The bytes from `at` on are the piece's, all others what they were."""
    at, wide, piece = scope.at, resize(index, 32), scope.local("piece")
    new = conj(z3.ULE(at, wide), z3.ULT(wide - at, scope.i))
    return scope.now.cells("arg_out")(index) == choose(new, piece.bytes(resize(wide - at, 5)),
                                                       scope.entered.cells("arg_out")(index))


PROLOGUE, REFUSAL = bytes((0x31, 0xc0, 0x31, 0xc9)), bytes((0x31, 0xc0, 0xc3))


def compiled(call):
    out = call.new.cells("arg_out")
    call.context.touch("arg_code/1", (ONE,))
    end = START(call.length)
    return [
        ("every instruction's code lies where the jumps to it lead, with the targets that it has",
         _one_is_there(out)),
        ("compiled code begins with A and X at 0", _prologue(out)),
        ("the refusal is behind the last instruction",
         conj(*[out(resize(end + i, 12)) == b for i, b in enumerate(REFUSAL)])),
        ("compiled code fits its room", conj(call.result == end + len(REFUSAL), z3.ULE(call.result, K.kMaxCode))),
        ("the bytes before and behind the instructions do what they should", z3.BoolVal(_both_ends_are_right())),
    ]


def _both_ends_are_right():
    """By the model of x86: the prologue clears A and X, the refusal returns 0."""
    registers = {n: z3.BitVec(f"register{n}", 64) for n in range(16)}
    first, last = (Machine(registers, lambda *_: None).run([number(b, 8) for b in code]) for code in (PROLOGUE, REFUSAL))
    zero = lambda exit_, n: z3.is_true(z3.simplify(exit_.registers[n] == 0))
    kept = all(e[0].registers[n] is registers[n] for e in (first, last) for n in registers if n not in (EAX, ECX))
    return (kept and len(first) == len(last) == 1 and zero(first[0], EAX) and zero(first[0], ECX) and
            first[0].target.as_long() == len(PROLOGUE) and last[0].target is None and zero(last[0], EAX))


def _program(call):
    context, old = call.context, call.old
    context.assume_all(z3.BoolVal(True), "arg_code/1", lambda pc: implies(
        z3.ULT(pc, call.length), START(pc + 1) == START(pc) + LENGTH(*_insn(old, pc))))
    return is_verified(call) + [START(number(0, 32)) == K.kCodePrologue, _the_byte_wanted(old, call.length)]


SUMMARIES = {
    "bpf_emit": Summary(lambda call: [one_verified(call.before("i"))], _emit_ensures, pointers={
        "i": "abi::BpfInsn", "t": "core::CodeTargets", "out": "core::CodePiece"}, writes=lambda call: call.fields("out")),
}
LOOPS = {
    ("bpf_compile", 0): Loop(variant=lambda s: s.length - s.pc, invariant=_laid_out),
    ("bpf_compile", 1): Loop(variant=lambda s: s.length - s.pc, invariant=_put_so_far),
    ("bpf_compile", 2): Loop(variant=lambda s: s.local("piece").length() - s.i,
                             invariant=lambda s: z3.ULE(s.i, s.local("piece").length()), forall=[("arg_out/1", _putting)]),
}
ENTRIES = [
    Study("bpf_emit", questions, ("bpf_emit", "bpf_step")),
    Entry("bpf_compile", compiled, _program, {"code": PROGRAM, "out": Buffer(8, K.kMaxCode)}, assumes=False,
          keeps=False, succeeds=lambda call: z3.BoolVal(True)),
]
