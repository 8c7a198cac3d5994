# SPDX-License-Identifier: MIT
"""Which goals are asked of the solvers in what order, and with how much: whole or in parts, with few assumptions or
with all."""
import time

from .solve import BITS, FAILED, LINKS, PLAIN, PROVED, UNKNOWN, Answer, assumptions_of, decide, decide_second, impossible
from .terms import conj, parts, sharpened

DUTIES = "no undefined behaviour, in bounds, loops end"
ARITHMETIC = "sums and differences"  # among a goal's groups: the second solver is better at it, and is asked first
WHOLE_SECONDS, PART_SECONDS = 10, 60  # for a goal as a whole, and for the parts of one that is too hard so


def answer_all(context, steps, goals, success):
    everything = assumptions_of(context)
    if impossible(everything, success):
        return [Answer("a call can succeed (else all this says nothing)", FAILED)]
    answers, helpful = [], {name for name, *_ in steps}
    for name, condition, groups, about in _duties(context) + [(*step, None) for step in steps] + goals:
        if groups is None:
            answers.append(_show_duty(context, everything, name, condition))
            continue
        with context.touching(about):
            wanted = assumptions_of(context) if about else everything
            answers.append(_staged(context, wanted, name, condition, groups, about is not None))
        if (about or name in helpful) and answers[-1].verdict == PROVED:
            context.assumptions.append(condition)
            everything.append(condition)
    return answers


def answer_only(context, goals, only):
    answers = []
    for name, goal, _, about in _duties(context) + goals:
        if name.startswith(only):
            with context.touching(about):
                answers.append(_luckily(assumptions_of(context), name, goal, context.tactics))
    return answers


def _luckily(everything, name, goal, tactics):
    """A counterexample is found soon or hardly ever: several short searches, each begun elsewhere, before a long one."""
    for seed in range(1, 7):
        answer = decide(everything, name, goal, WHOLE_SECONDS, second_solver=False, tactics=tactics, seed=seed)
        if answer.verdict != UNKNOWN:
            return answer
    return decide(everything, name, goal, tactics=tactics)


def _duties(context):
    """Obligations: what the language forbids as one goal, what a loop's contract says by the name of its loop; invariants on
    the way each by itself."""
    found, single = {DUTIES: []}, []
    for duty in context.obligations:
        if duty.groups is not None:
            single.append((duty.what, duty.formula, duty.groups, duty.about))
            continue
        name = duty.what.rsplit(" over ")[0].rsplit(" on entry")[0].rsplit(" kept")[0]
        found.setdefault(name if name.startswith("loop invariant") else DUTIES, []).append(duty.formula)
    return [(name, conj(*formulas), None, None) for name, formulas in found.items()] + single


def _show_duty(context, everything, name, goal):
    """At once, or each by itself."""
    started = time.monotonic()
    answer = decide(everything, name, goal, WHOLE_SECONDS, second_solver=False, tactics=context.tactics)
    if answer.verdict == UNKNOWN:
        answer = _in_parts(everything, everything, name, goal, BITS)
    answer.seconds = time.monotonic() - started
    return answer


def _staged(context, everything, name, goal, groups, about=False):
    """First as a whole, with the few assumptions that should do, then with all; then in parts. Only with
    all assumptions a failure is one. `about`: it is about one index, at which little is assumed."""
    started, few = time.monotonic(), assumptions_of(context, groups)
    if about:
        answer = decide_second(few, name, goal, WHOLE_SECONDS, PLAIN)
        if answer.verdict != PROVED:
            answer = _in_parts(few, everything, name, goal, context.tactics, plain=True)
        answer.seconds = time.monotonic() - started
        return answer
    answer = Answer(name, UNKNOWN)
    if ARITHMETIC in groups:
        answer = decide_second(few, name, goal, WHOLE_SECONDS)
    if answer.verdict != PROVED:
        patience = 3 if context.tactics == LINKS else 1  # it rather takes long than fails
        answer = decide(few, name, goal, patience * WHOLE_SECONDS, second_solver=False, tactics=context.tactics)
    if answer.verdict != PROVED:
        answer = decide(everything, name, goal, 2 * WHOLE_SECONDS, second_solver=False, tactics=context.tactics)
    if answer.verdict == UNKNOWN:
        answer = _in_parts(few, everything, name, goal, context.tactics)
    answer.seconds = time.monotonic() - started
    return answer


def _in_parts(few, everything, name, goal, tactics, plain=False):
    """Smaller goals are easier; the first that is not proved is the answer. `tactics`: of the first attempt; `plain`: the
    second solver makes it."""
    answer = Answer(name, PROVED)
    for part in parts(goal):
        answer = decide_second(few, name, part, WHOLE_SECONDS, PLAIN) if plain else Answer(name, UNKNOWN)
        if answer.verdict == PROVED:
            continue
        part = sharpened(part)
        answer = decide(few, name, part, WHOLE_SECONDS, second_solver=False, tactics=tactics)
        if answer.verdict != PROVED:
            answer = decide(everything, name, part, PART_SECONDS)
        if answer.verdict != PROVED:
            break
    return answer
