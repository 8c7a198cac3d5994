# SPDX-License-Identifier: MIT
"""Packet filters: what the verifier accepts, the interpreter can run: it ends, and reads only the packet and its own
machine."""
from prover.check import Buffer, Entry
from prover.contract import Loop, Summary

from .state import *

PROGRAM = Buffer("abi::BpfInsn", "length")


def _codes():
    """Every opcode that a verified program may have, by what it does."""
    sizes = {"word": K.kWord, "half": K.kHalf, "byte": K.kByte}
    operations = {"add": K.kAdd, "sub": K.kSub, "mul": K.kMul, "div": K.kDiv, "or": K.kOr, "and": K.kAnd, "lsh": K.kLsh,
                  "rsh": K.kRsh, "mod": K.kMod, "xor": K.kXor}
    jumps = {"jeq": K.kJeq, "jgt": K.kJgt, "jge": K.kJge, "jset": K.kJset}
    found = {f"ld {size} [{where}]": K.kLd | bits | mode for size, bits in sizes.items()
             for where, mode in (("k", K.kAbs), ("X + k", K.kInd))}
    found |= {"ld k": K.kLd | K.kImm, "ld length": K.kLd | K.kLen, "ld M[k]": K.kLd | K.kMem, "ldx k": K.kLdx | K.kImm,
              "ldx length": K.kLdx | K.kLen, "ldx M[k]": K.kLdx | K.kMem, "ldx header length": K.kLdx | K.kByte | K.kMsh,
              "st M[k]": K.kSt, "stx M[k]": K.kStx, "neg": K.kAlu | K.kNeg, "ja": K.kJmp | K.kJa,
              "ret k": K.kRet, "ret A": K.kRet | K.kA, "tax": K.kMisc | K.kTax, "txa": K.kMisc | K.kTxa,
              "store key": K.kBpfKeyStore, "check key": K.kBpfKeyCheck}
    for class_, named in ((K.kAlu, operations), (K.kJmp, jumps)):
        for name, bits in named.items():
            found |= {f"{name} k": class_ | bits, f"{name} X": class_ | bits | K.kX}
    return found


CODES = _codes()
KEY_CODES = (K.kBpfKeyStore, K.kBpfKeyCheck)


def operands_fit(code, k, keys=True):
    """A known instruction that uses no word but its machine's, divides by no constant 0, and shifts by no constant that
    is too big. `keys`: it may be one of shapes."""
    return conj(
        one_of(code, *[c for c in CODES.values() if keys or c not in KEY_CODES]),
        implies(one_of(code, K.kSt, K.kStx, K.kLd | K.kMem, K.kLdx | K.kMem), z3.ULT(k, K.kBpfMemory)),
        implies(one_of(code, *[K.kLd | size | K.kAbs for size in (K.kWord, K.kHalf, K.kByte)]), z3.ULT(k, 1 << 31)),
        implies(one_of(code, K.kAlu | K.kDiv, K.kAlu | K.kMod), k != 0),
        implies(one_of(code, K.kAlu | K.kLsh, K.kAlu | K.kRsh), z3.ULT(k, 32)),
        implies(one_of(code, *KEY_CODES), z3.ULT(k, K.kMaxFilterKeys)))


def goes_on_inside(code, jt, jf, k, behind):
    """All the places where the instruction may go on are among the `behind` instructions that follow it."""
    jump, key = code & K.kClass == K.kJmp, one_of(code, *KEY_CODES)
    jt, jf = resize(jt, 32), resize(jf, 32)
    return conj(implies(code == K.kJmp | K.kJa, z3.ULT(k, behind)), implies(key, jf == 0),
                implies(conj(jump, code != K.kJmp | K.kJa), conj(z3.ULT(jt, behind), z3.ULT(jf, behind))))


def harmless(view, index, length, keys=True):
    """Instruction `index` of a program of `length`."""
    i = view.arg_code
    code, k = i.code(index), i.k(index)
    return conj(operands_fit(code, k, keys), goes_on_inside(code, i.jt(index), i.jf(index), k, length - index - 1))


def _ends(view, length):
    return conj(z3.UGE(length, 1), z3.ULE(length, K.kMaxFilterInsns),
                view.arg_code.code(length - 1) & K.kClass == K.kRet)


def verified(call, keys=False):
    index = call.fresh("instruction", 32)
    return [("an accepted program ends with a return and has 1 to 64 instructions",
             implies(ok(call.result), _ends(call.old, call.length))),
            ("every instruction of an accepted program is harmless",
             implies(conj(ok(call.result), z3.ULT(index, call.length)), harmless(call.old, index, call.length, keys)))]


def is_verified(call):
    call.context.assume_all(z3.BoolVal(True), "arg_code/1",
                            lambda i: implies(z3.ULT(i, call.length), harmless(call.old, i, call.length)))
    return [_ends(call.old, call.length)]


def _checked_so_far(keys):
    return lambda scope, index: implies(z3.ULT(index, scope.pc), harmless(scope.now, index, scope.length, keys))


def _verifying(keys):
    return Loop(variant=lambda s: s.length - s.pc, invariant=lambda s: z3.ULE(s.pc, s.length),
                forall=[("arg_code/1", _checked_so_far(keys))])


# ---- one step, for who runs many: compiled.py shows that it is so
def one_verified(i):
    """An instruction of some verified program."""
    return conj(operands_fit(i.code(), i.k()), goes_on_inside(i.code(), i.jt(), i.jf(), i.k(), K.kMaxFilterInsns - 1))


def steps_on(code, jt, jf, k, skip):
    """Where bpf_step may say to go on."""
    jt, jf, jump = resize(jt, 32), resize(jf, 32), code & K.kClass == K.kJmp
    return conj(implies(code & K.kClass == K.kRet, skip == K.kBpfDone), disj(
        skip == K.kBpfDone, conj(neg(jump), skip == 0), conj(code == K.kJmp | K.kJa, skip == k),
        conj(jump, code != K.kJmp | K.kJa, disj(skip == jt, conj(neg(one_of(code, *KEY_CODES)), skip == jf)))))


def _step_ensures(call):
    i = call.before("i")
    return [("an instruction goes on where it says", steps_on(i.code(), i.jt(), i.jf(), i.k(), call.result))]


SUMMARIES = {
    "bpf_step": Summary(lambda call: [one_verified(call.before("i"))], _step_ensures, pointers={"i": "abi::BpfInsn", "m": "core::BpfMachine"},
                        writes=lambda call: call.fields("m")),
}
LOOPS = {
    ("bpf_verify", 0): _verifying(False),
    ("bpf_verify_shape", 0): _verifying(True),
    # That pc is below the length whenever the loop begins also says that a program never runs off its end.
    ("bpf_execute", 0): Loop(variant=lambda s: s.length - s.pc, invariant=lambda s: z3.ULT(s.pc, s.length)),
}
ENTRIES = [
    Entry("bpf_verify", verified, buffers={"code": PROGRAM}, assumes=False),
    Entry("bpf_verify_shape", lambda call: verified(call, True), buffers={"code": PROGRAM}, assumes=False),
    Entry("bpf_run", None, is_verified, {"code": PROGRAM, "packet": Buffer(8, "captured")}, assumes=False,
          succeeds=lambda call: call.result != 0),
]
