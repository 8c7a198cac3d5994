# SPDX-License-Identifier: MIT
"""Which goals are asked of the solvers in what order, and with how much: whole or in parts, with few assumptions or
with all."""
import time
from dataclasses import dataclass

from .solve import BITS, FAILED, LINKS, PLAIN, PROVED, UNKNOWN, Answer, assumptions_of, decide, decide_second, impossible, instances_of
from .terms import TRUE, conj, parts, sharpened

DUTIES = "no undefined behaviour, in bounds, loops end"
ARITHMETIC = "sums and differences"  # among a goal's groups: the second solver is better at it, and is asked first
WHOLE_SECONDS, PART_SECONDS = 10, 60  # for a goal as a whole, and for the parts of one that is too hard so
# Seconds and seeds for a counterexample to a defect: it is found soon or hardly ever.
SEARCHES = (*[(WHOLE_SECONDS, seed) for seed in range(1, 7)], (30, 0))


@dataclass
class Goal:
    """`groups`: of assumptions to try it with first, None for many small ones at once; `about`: see context.Obligation;
    `moment`: it may rest on what was assumed then, all of it if None; `helps`: once shown, those that follow may assume it."""
    name: str
    condition: object
    groups: tuple = ()
    about: tuple = None
    moment: tuple = None
    helps: bool = False


def answer_all(context, steps, goals, success):
    instances = instances_of(context)
    if impossible(context.assumptions + [f for _, f in instances], success):
        return [Answer("a call can succeed (else all this says nothing)", FAILED)]
    answers, helpful = {DUTIES: Answer(DUTIES, PROVED)}, []
    for number, goal in enumerate(_duties(context) + steps + goals):
        with context.same_touches(), context.touching(goal.about):
            answer = _answer(context, instances, goal, [h.condition for h in helpful])
        if (goal.about or goal.helps) and answer.verdict == PROVED:
            helpful.append(goal)
        _note(answers, goal.name if goal.groups is None else (goal.name, number), answer)
    return list(answers.values())


def _note(answers, key, answer):
    """Duties of one name are one answer: the first that is not proved."""
    before = answers.setdefault(key, answer)
    if before is not answer:
        answer.seconds += before.seconds
        if before.verdict == PROVED:
            answers[key] = answer


def _answer(context, instances, goal, shown):
    """`instances`: of all that is ever assumed. `shown`: what has been shown of goals before it, each from no more than it may
    assume itself."""
    formulas, quantified = goal.moment or context.moment
    everything = context.assumptions[:formulas] + shown + [f for n, f in instances if n < quantified]
    if goal.groups is None:
        return _show_duty(context, everything, goal.name, goal.condition)
    few = assumptions_of(context, goal.groups, goal.moment) + shown
    return _staged(context, few, everything + few if goal.about else everything, goal)


def answer_only(context, goals, only, search=0):
    """Of the goals whose names begin with `only`: the first counterexample found, or those that stay undecided. `search`: the
    number of the search that is made first."""
    undecided = []
    for goal in _duties(context) + goals:
        if goal.name.startswith(only):
            with context.same_touches(), context.touching(goal.about):
                undecided.append((assumptions_of(context, None, goal.moment), goal))
    for seconds, seed in SEARCHES[search:] + SEARCHES[:search]:
        searched, undecided = undecided, []
        for everything, goal in searched:
            answer = decide(everything, goal.name, goal.condition, seconds, False, context.tactics, seed)
            if answer.verdict == FAILED:
                return [answer]
            if answer.verdict == UNKNOWN:
                undecided.append((everything, goal))
    return [decide(everything, goal.name, goal.condition, tactics=context.tactics) for everything, goal in undecided]


def _duties(context):
    """Obligations in their order: what the language forbids as one goal for each moment, what a loop's contract says by the name
    of its loop, what a callee requires by its name; invariants on the way each by itself."""
    found, goals = {}, []
    for duty in context.obligations:
        if duty.groups is not None:
            goals.append(Goal(duty.what, duty.formula, duty.groups, duty.about, duty.moment))
            continue
        name = duty.what.rsplit(" over ")[0].rsplit(" on entry")[0].rsplit(" kept")[0]
        name = name if name.startswith("loop invariant") or name.endswith(" requires") else DUTIES
        if (name, duty.moment) not in found:
            found[name, duty.moment] = Goal(name, TRUE, None, None, duty.moment)
            goals.append(found[name, duty.moment])
        found[name, duty.moment].condition = conj(found[name, duty.moment].condition, duty.formula)
    return goals


def _patience(context):
    """LINKS rather takes long than fails."""
    return (3 if context.tactics == LINKS else 1) * WHOLE_SECONDS


def _show_duty(context, everything, name, goal):
    """At once, or each by itself."""
    started = time.monotonic()
    answer = decide(everything, name, goal, _patience(context), second_solver=False, tactics=context.tactics)
    if answer.verdict == UNKNOWN:
        answer = _in_parts(everything, everything, name, goal, BITS)
    answer.seconds = time.monotonic() - started
    return answer


def _staged(context, few, everything, goal):
    """First as a whole, with the few assumptions that should do, then with all; then in parts. Only with
    all assumptions a failure is one. What is about one index, where little is assumed, goes to the second solver first."""
    started, name, condition = time.monotonic(), goal.name, goal.condition
    if goal.about or context.second:
        answer = decide_second(few, name, condition, WHOLE_SECONDS, PLAIN)
        if answer.verdict != PROVED:
            answer = _in_parts(few, everything, name, condition, context.tactics, plain=True)
        answer.seconds = time.monotonic() - started
        return answer
    answer = Answer(name, UNKNOWN)
    if ARITHMETIC in goal.groups:
        answer = decide_second(few, name, condition, WHOLE_SECONDS)
    if answer.verdict != PROVED:
        answer = decide(few, name, condition, _patience(context), second_solver=False, tactics=context.tactics)
    if answer.verdict != PROVED:
        answer = decide(everything, name, condition, 2 * WHOLE_SECONDS, second_solver=False, tactics=context.tactics)
    if answer.verdict == UNKNOWN:
        answer = _in_parts(few, everything, name, condition, context.tactics)
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
