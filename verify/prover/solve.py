# SPDX-License-Identifier: MIT
"""From obligations to answers: what is quantified is instantiated at the indices that the code and the goals
touched, then Z3 decides, and cvc5 where Z3 gives up. Only `unsat` of the negation counts as proved."""
import os
import subprocess
import tempfile
from dataclasses import dataclass

import z3

from .terms import SLOWEST, limit, neg

PROVED, FAILED, UNKNOWN = "proved", "FAILED", "UNKNOWN"
LOGIC = "QF_UFBV"
# How Z3 goes about it. BITS: everything to bits at once, which is best for small goals full of arithmetic. LINKS: with everything
# relevant from the start, which is best where entries of many tables lead to each other.
WORDS = ("simplify", "propagate-values", "solve-eqs", "smt")
BITS = ("simplify", "propagate-values", "solve-eqs", "ackermannize_bv", "simplify", "max-bv-sharing", "bit-blast", "sat")
LINKS = ("simplify", "propagate-values", "smt")
# How cvc5 does: turning bit vectors into integers settles wide sums that bit-blasting does not. Else it is the better one with
# few assumptions about many entries of a table.
INTEGERS, PLAIN = ("--solve-bv-as-int=sum",), ()
CVC5_STEPS_PER_SECOND = 100_000


@dataclass
class Answer:
    name: str
    verdict: str
    model: object = None
    solver: str = "z3"
    seconds: float = 0.0


def instances_of(context, groups=None, moment=None, rounds=2):
    """(number of what is quantified, an instance of it) at the indices that were touched. Instances touch further indices: a
    second round. `groups`: only these, and what is in no group; `moment`: only what was assumed then (Context.moment)."""
    found, seen = [], set()
    quantified = context.quantified[:moment[1] if moment else None]
    chosen = [(n, q) for n, q in enumerate(quantified) if groups is None or q[2] is None or q[2] in groups]
    for _ in range(rounds):
        indices = {key: list(known.values()) for key, known in context.touched.items()}
        for number, (key, condition, _) in chosen:
            for index in indices.get(key, []):
                mark = (number, tuple(i.get_id() for i in index))
                if mark not in seen:
                    seen.add(mark)
                    found.append((number, context.instance(mark, condition, index)))
    return [(n, f) for n, f in found if not z3.is_true(f)]


def assumptions_of(context, groups=None, moment=None):
    """What may be assumed, without quantifiers. Fewer assumptions make a proof faster, and never wrong."""
    return context.assumptions[:moment[0] if moment else None] + [f for _, f in instances_of(context, groups, moment)]


def decide(assumptions, name, goal, seconds=30, second_solver=True, tactics=WORDS, seed=0):
    """Whether the assumptions imply the goal."""
    solver = _solver(assumptions, seconds, tactics)
    if seed:
        solver.set("random_seed", seed)
    solver.add(neg(goal))
    verdict = solver.check()
    if verdict == z3.unsat:
        return Answer(name, PROVED)
    if verdict == z3.sat:
        return Answer(name, FAILED, solver.model())
    if not second_solver:
        return Answer(name, UNKNOWN)
    return Answer(name, _cvc5(solver, seconds), None, "cvc5")


def decide_second(assumptions, name, goal, seconds, options=INTEGERS):
    """The same, by the second solver alone."""
    solver = z3.Solver()
    solver.add(*assumptions, neg(goal))
    return Answer(name, _cvc5(solver, seconds, options), None, "cvc5")


def impossible(assumptions, condition, seconds=10):
    """Whether the assumptions contradict the condition: then they prove anything. A contradiction shows within
    seconds or not at all; to find a state that satisfies everything takes much longer."""
    solver = _solver(assumptions, seconds)
    solver.add(condition)
    return solver.check() == z3.unsat


def _solver(assumptions, seconds, tactics=WORDS):
    solver = z3.Then(*[z3.With(t, relevancy=0) if t == "smt" and tactics == LINKS else t for t in tactics]).solver()
    limit(solver, seconds)
    solver.add(*assumptions)
    return solver


def _cvc5(solver, seconds, options=INTEGERS):
    """The second solver, limited in steps as well."""
    with tempfile.NamedTemporaryFile("w", suffix=".smt2", delete=False) as file:
        file.write(f"(set-logic {LOGIC})\n" + solver.to_smt2())
    try:
        steps = f"--rlimit={seconds * CVC5_STEPS_PER_SECOND}"
        out = subprocess.run(["cvc5", *options, steps, file.name], capture_output=True, text=True,
                             timeout=seconds * SLOWEST, check=False).stdout.strip()
    except subprocess.TimeoutExpired:
        out = ""
    finally:
        os.unlink(file.name)
    return {"unsat": PROVED, "sat": FAILED}.get(out, UNKNOWN)
