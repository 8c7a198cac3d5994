# SPDX-License-Identifier: MIT
"""Compiled filters: the machine code of each instruction does what the interpreter does with it, from any state, and
goes on where the interpreter goes on. The bytes that bpf_emit writes are run by the model of x86-64 (verify/x86)."""
import z3

from prover.check import prepare
from prover.execute import Activation
from prover.memory import Pointer
from prover.module import Array, Int
from prover.study import Question, Study
from prover.view import View
from x86.machine import Based, Machine

from .filters import CODES, operands_fit
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
        self.k, self.jt, self.jf, behind = insn.k(), insn.jt(), insn.jf(), context.fresh("behind", 32)
        self.guard = conj(*[neg(same(d, number(0, d.size()))) if far else same(d, number(0, d.size()))
                            for d, far in zip(self.distances(), distances)])
        context.assumptions += [self.guard, operands_fit(number(code, 16), self.jt, self.jf, self.k, behind),
                                z3.ULT(behind, K.kMaxFilterInsns)]

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


def cases():
    """(name, code, which distances are not 0)."""
    for name, code in CODES.items():
        if code & K.kClass != K.kJmp:
            yield name, code, ()
        elif code == K.kJmp | K.kJa:
            yield from ((f"{name}{' on' if far else ''}", code, (far,)) for far in (False, True))
        else:
            yield from ((f"{name}, jt {'>' if t else '='} 0, jf {'>' if f else '='} 0", code, (t, f))
                        for t in (False, True) for f in (False, True) if not (f and code in (K.kBpfKeyStore, K.kBpfKeyCheck)))


def questions(module, specification):
    for case in cases():
        yield Case(module, specification, *case).question()


ENTRIES = [Study("bpf_emit", questions)]
