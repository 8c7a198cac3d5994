# SPDX-License-Identifier: MIT
"""Packet filters: what the verifier accepts, the interpreter can run: it ends, and reads only the packet and its own
machine."""
from prover.check import Buffer, Entry
from prover.contract import Loop

from .state import *

PROGRAM = Buffer("abi::BpfInsn", "length")


def _is(code, *bits):
    """The instruction's code has one of these values under the mask of its class."""
    return disj(*[code & K.kClass == b for b in bits])


def harmless(view, index, length):
    """Instruction `index` of a program of `length` touches no word but its machine's sixteen, and goes on inside
    the program."""
    code, k = view.arg_code.code(index), view.arg_code.k(index)
    behind = length - index - 1
    uses_memory = disj(_is(code, K.kSt, K.kStx), conj(_is(code, K.kLd, K.kLdx), code & K.kMode == K.kMem))
    is_jump = _is(code, K.kJmp)
    always = code & K.kOperation == K.kJa
    jt, jf = resize(view.arg_code.jt(index), 32), resize(view.arg_code.jf(index), 32)
    operation = code & K.kOperation
    compares = disj(*[operation == o for o in (K.kJeq, K.kJgt, K.kJge, K.kJset)])
    keys = conj(one_of(operation, K.kKeyStore, K.kKeyCheck), z3.ULT(k, K.kMaxFilterKeys))
    return conj(implies(uses_memory, z3.ULT(k, K.kBpfMemory)), implies(is_jump, disj(always, compares, keys)),
                implies(conj(is_jump, always), z3.ULT(k, behind)),
                implies(conj(is_jump, neg(always)), conj(z3.ULT(jt, behind), z3.ULT(jf, behind))))


def _ends(view, length):
    return conj(z3.UGE(length, 1), z3.ULE(length, K.kMaxFilterInsns),
                view.arg_code.code(length - 1) & K.kClass == K.kRet)


def verified(call):
    index = call.fresh("instruction", 32)
    return [("an accepted program ends with a return and has 1 to 64 instructions",
             implies(ok(call.result), _ends(call.old, call.length))),
            ("every instruction of an accepted program is harmless",
             implies(conj(ok(call.result), z3.ULT(index, call.length)), harmless(call.old, index, call.length)))]


def is_verified(call):
    call.context.assume_all(z3.BoolVal(True), "arg_code/1",
                            lambda i: implies(z3.ULT(i, call.length), harmless(call.old, i, call.length)))
    return [_ends(call.old, call.length)]


def _checked_so_far(scope, index):
    return implies(z3.ULT(index, scope.pc), harmless(scope.now, index, scope.length))


LOOPS = {
    ("bpf_verify", 0): Loop(variant=lambda s: s.length - s.pc, invariant=lambda s: z3.ULE(s.pc, s.length),
                            forall=[("arg_code/1", _checked_so_far)]),
    # That pc is below the length whenever the loop begins also says that a program never runs off its end.
    ("bpf_execute", 0): Loop(variant=lambda s: s.length - s.pc, invariant=lambda s: z3.ULT(s.pc, s.length)),
}
ENTRIES = [
    Entry("bpf_verify", verified, buffers={"code": PROGRAM}, assumes=False),
    Entry("bpf_run", None, is_verified, {"code": PROGRAM, "packet": Buffer(8, "captured")}, assumes=False,
          succeeds=lambda call: call.result != 0),
]
