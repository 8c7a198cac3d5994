# SPDX-License-Identifier: MIT
"""Proofs that are about more than one call of one function: questions in contexts of their own."""
import time
from dataclasses import dataclass
from typing import Callable

import z3

from .goals import DUTIES, PART_SECONDS, WHOLE_SECONDS
from .solve import BITS, FAILED, PROVED, Answer, assumptions_of, decide, impossible
from .terms import TRUE, conj


@dataclass
class Study:
    """`questions(module, specification)` yields Questions. Their goals' names begin alike; a defect may name that.
    `covers`: functions whose contracts its goals show."""
    name: str
    questions: Callable
    covers: tuple = ()


@dataclass
class Question:
    """`case`: what all its goals are about. `show`: what to say of a counterexample, name to term."""
    case: str
    context: object
    goals: list  # of (name, condition)
    show: dict


def answer_study(module, specification, study, only=None):
    """The answers, and (goal, line) pairs about those that fail. With `only`, up to the first that does."""
    answers, details = [], []
    for question in study.questions(module, specification):
        for answer in _answers(question, only):
            answers.append(answer)
            if answer.model is not None:
                details += [(answer.name, line) for line in _about(question, answer)]
            if only and answer.verdict == FAILED:
                return answers, details
    return answers, details


def _about(question, answer):
    """The counterexample, and the obligations that it breaks."""
    value = lambda term: answer.model.eval(term, model_completion=True)
    yield "counterexample: " + ", ".join(f"{name}={value(term)}" for name, term in question.show.items())
    for duty in question.context.obligations if answer.name.startswith(DUTIES) else []:
        if z3.is_false(value(duty.formula)):
            yield f"{duty.place}: {duty.what}"


def _answers(question, only):
    """Everything about a case at once; one by one where that fails."""
    started, context = time.monotonic(), question.context
    goals = [(DUTIES, conj(*[duty.formula for duty in context.obligations])), *question.goals]
    goals = [(f"{name}: {question.case}", goal) for name, goal in goals if only is None or name.startswith(only)]
    if not goals:
        return
    assumptions = assumptions_of(context)
    if impossible(assumptions, TRUE):
        yield Answer(f"this case can happen (else all this says nothing): {question.case}", FAILED)
        return
    whole = decide(assumptions, question.case, conj(*[goal for _, goal in goals]), WHOLE_SECONDS, second_solver=False, tactics=BITS)
    if whole.verdict == PROVED:
        yield Answer(f"{question.case}: {len(goals)} goals", PROVED, seconds=time.monotonic() - started)
        return
    for name, goal in goals:
        yield decide(assumptions, name, goal, PART_SECONDS, tactics=BITS)
