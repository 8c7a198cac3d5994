# SPDX-License-Identifier: MIT
"""Checks one function against a specification: executes it once, then asks the solvers for every goal."""
import time
import traceback
from dataclasses import dataclass, field
from typing import Callable

import z3

from . import llvm as L
from .composition import Composition, answer_composition
from .context import Context
from .execute import Activation
from .goals import DUTIES, Goal, answer_all, answer_only
from .memory import Map, Pointer
from .module import Array, Int
from .outcome import Outcomes, answer_outcomes
from .solve import PROVED, WORDS
from .study import Study, answer_study
from .terms import TRUE, Unsupported, conj, implies, neg, same
from .view import Call, View


@dataclass
class Buffer:
    """What a pointer argument points to: `count` entries (a number, the name of an argument, None for a single
    struct) of a struct by name, or of integers of so many bits."""
    element: object
    count: object = None


@dataclass
class Entry:
    """One function to prove. `requires`, `goals`: functions of the Call that give conditions, and (name,
    condition) pairs. `buffers`: argument name to Buffer. `keeps`: the state invariants are to hold afterwards,
    and what is true of every call; or the groups of the invariants that are. `succeeds`: when a call counts as a success;
    by default, when its Status is Ok. `partial`: an error may have changed state (a bounded step was done). `steps`: like
    goals; proved first, then assumed for the rest.
    `without`: groups of invariants that are not shown to be kept (docs/proof.md lists them). `tactics`: what Z3 is to
    try; BITS is good with loops over small arrays and with few assumptions. `second`: the second solver is asked first, which
    may be slower and decides more where ranges and many tables meet. `title`: of one more proof of the same function;
    `within`: what the specification is for this one, as a function of the one for all."""
    name: str
    goals: Callable = None
    requires: Callable = None
    buffers: dict = field(default_factory=dict)
    keeps: object = True
    assumes: bool = True
    succeeds: Callable = None
    partial: bool = False
    without: tuple = ()
    steps: Callable = None
    tactics: tuple = WORDS
    second: bool = False
    title: str = ""
    within: Callable = None


def summary_entry(name, summary, **more):
    """The proof of a summary: what it ensures, and that nothing else changes."""
    def goals(call):
        found = list(summary.ensures(call)) if summary.ensures else []
        found += [(text, condition(call, *call.context.fresh_index(key))) for text, key, condition in summary.forall]
        written = summary.written(call)
        odd = {n for n in _changed(call.context, call.state) if not n.startswith("local_")} - written
        if odd:
            raise Unsupported(f"{name} writes {', '.join(sorted(odd))}, its summary does not say so")
        return found
    return Entry(name, goals, summary.requires, **{"keeps": summary.keeps, "assumes": summary.keeps, "partial": True, **more})


@dataclass
class Invariant:
    """`condition(view, *index)` holds for every index tuple of `key` between any two calls. `group`: a short name;
    `needs`: the groups that its proof is tried with first."""
    name: str
    key: str
    condition: Callable
    group: str
    needs: tuple = ()


@dataclass
class Trigger:
    """A key with a name of its own, for what is wanted at few index tuples of `key`: the one that a goal is about, and those
    that a specification touches. `made_by`: the field whose store makes an entry or ends it, by which goals are split."""
    name: str
    key: str
    made_by: str = ""


@dataclass
class Specification:
    """Everything that is not about one function."""
    bounds: Callable  # of a context: region to (index width, bound)
    facts: list       # conditions on the memory before: what boot set up and nothing changes
    invariants: list
    counts: list      # of counting.Count
    always: list      # functions of the Call that give goals of every call
    loops: dict       # (function, number) to contract.Loop
    summaries: dict   # function to contract.Summary
    triggers: list = field(default_factory=list)


@dataclass
class Report:
    name: str
    answers: list
    seconds: float
    goals: int = 0
    problem: str = ""
    details: list = field(default_factory=list)

    @property
    def ok(self):
        return not self.problem and all(a.verdict == PROVED for a in self.answers)


def prepare(module, specification, assume_invariants=True):
    context = Context(module)
    context.triggers = {trigger.name: trigger for trigger in specification.triggers}
    context.memory.bounds.update(specification.bounds(context))
    for region in module.regions:
        context.memory.declare(region)
    for count in specification.counts:
        context.memory.state[count.name] = context.base(count.name, (count.domain,), count.width, "0")
    before = View(dict(context.memory.state))
    for invariant in specification.invariants if assume_invariants else []:
        assume(context, before, invariant.key, invariant.condition, invariant.group)
    context.assumptions += [fact(before) for fact in specification.facts]
    if assume_invariants:
        context.invariants, context.counts = specification.invariants, specification.counts
    context.assume_counts(TRUE, before)
    context.wholes = [(TRUE, before)]

    def on_store(*change):
        for count in specification.counts:
            count.on_store(context, *change)

    context.memory.on_store = on_store
    context.loops, context.summaries = dict(specification.loops), dict(specification.summaries)
    return context


def assume(context, view, key, condition, group):
    """A condition on every index tuple of `key`."""
    context.assume_all(TRUE, key, lambda *i: condition(view, *i), group)


def arguments_of(context, entry):
    """Unknown values for the parameters; buffers become regions of their own."""
    module, c = context.module, context.module.llvm
    function, values = module.function(entry.name), {}
    for name, handle in function.parameters.items():
        type_ = c.TypeOf(handle)
        if c.GetTypeKind(type_) == L.TYPE_INTEGER:
            values[name] = z3.BitVec(name, c.GetIntTypeWidth(type_))
    for name, handle in function.parameters.items():
        if name not in values:
            if name not in entry.buffers:
                raise Unsupported(f"{entry.name}: what does {name} point to?")
            values[name] = _buffer(context, name, entry.buffers[name], values)
    return {name: values[name] for name in function.parameters}


def _buffer(context, name, buffer, values):
    region, memory = f"arg_{name}", context.memory
    is_bits = isinstance(buffer.element, int)
    shape = Int(buffer.element) if is_bits else context.module.struct(buffer.element)
    if isinstance(buffer.count, str):
        count = values[buffer.count]
        memory.bounds[region] = (count.size(), lambda: z3.ZeroExt(64 - count.size(), count))
        shape = Array(None, shape)
    elif buffer.count is not None:
        shape = Array(buffer.count, shape)
    memory.regions[region] = shape
    memory.declare(region)
    return Pointer.to(region)


def status_of(result):
    """The Status in what a function returns: itself, or the second half of a Result."""
    return result[1] if isinstance(result, tuple) else result


def check(module, specification, entry, only=None, search=0):
    """`only`: the beginning of a goal's name; no other is tried. `search`: see answer_only."""
    started = time.monotonic()
    try:
        return _check(module, specification, entry, started, only, search)
    except Unsupported as error:
        problem = f"not supported: {error}"
    except Exception:  # pylint: disable=broad-except  # a mistake in a specification proves nothing
        problem = "".join(traceback.format_exc(limit=-4))
    return Report(entry.name, [], time.monotonic() - started, problem=problem)


def _check(module, specification, entry, started, only, search):
    if isinstance(entry, (Composition, Outcomes)):
        answers, details = (answer_outcomes if isinstance(entry, Outcomes) else answer_composition)(module, entry)
        return Report(entry.name, answers, time.monotonic() - started, goals=len(answers), details=details)
    if isinstance(entry, Study):
        answers, details = answer_study(module, specification, entry, only)
        return Report(entry.name, answers, time.monotonic() - started, goals=len(answers), details=details)
    specification = entry.within(specification) if entry.within else specification
    context = prepare(module, specification, entry.assumes)
    context.tactics, context.second = entry.tactics, entry.second
    context.summaries.pop(entry.name, None)  # it is proved, not assumed
    arguments = arguments_of(context, entry)
    old = dict(context.memory.state)
    call = Call(context, entry.name, arguments, old, old, None)
    call.objects = {name: (f"arg_{name}", ()) for name in entry.buffers}
    if entry.requires:
        context.assumptions += entry.requires(call)
    activation = Activation(context, entry.name)
    call.result = activation.call(TRUE, list(arguments.values()))
    call.new, returned = View(context.memory.state), activation.returned
    if _changed(context, old):
        context.assume_counts(TRUE, call.new, "new ")
    goals = [Goal(name, implies(returned, g), *how) for name, g, *how in _goals(specification, entry, call, old)]
    steps = [Goal(name, implies(returned, g), *groups, helps=True)
             for name, g, *groups in (entry.steps(call) if entry.steps else [])]
    if only:
        answers = answer_only(context, goals, only, search)
    else:
        answers = answer_all(context, steps, goals, conj(returned, _success(entry, call)))
    report = Report(entry.name, answers, time.monotonic() - started, goals=len(goals) + 1)
    report.details = _details(context, call, answers)
    return report


def _success(entry, call):
    if entry.succeeds:
        return entry.succeeds(call)
    status = None if call.result is None else status_of(call.result)
    return status == 0 if status is not None and status.size() == 64 else TRUE


def _goals(specification, entry, call, old):
    """(name, condition, groups to try with first, what it is about)."""
    context, changed = call.context, _changed(call.context, old)
    goals, shared = [], {}
    if changed and entry.keeps:
        for invariant in specification.invariants:
            if invariant.group in entry.without or entry.keeps is not True and invariant.group not in entry.keeps:
                continue
            index = context.any_index(invariant.key, shared)
            condition = invariant.condition(call.new, *index)
            if condition.eq(invariant.condition(call.old, *index)):
                continue
            for case in _cases(context, changed, invariant, index, condition):
                goals.append((invariant.name, case, (invariant.group, *invariant.needs),
                              context.about(invariant.key, index)))
    status = None if call.result is None else status_of(call.result)
    if changed and not entry.partial and status is not None and status.size() == 64:
        goals.append(("an error changes nothing", implies(neg(status == 0), _unchanged(context, old, changed)), (), None))
    for rule in (specification.always if changed and entry.keeps is True else []) + ([entry.goals] if entry.goals else []):
        goals += rule(call)
    return goals


def _cases(context, changed, invariant, index, condition):
    """The condition, split by which store last wrote the entry at `index`. Where it was one, the condition is taken
    at the very index of that store: what the code compared and what the condition says are the same terms then."""
    trigger = context.triggers.get(invariant.key)
    table = trigger.made_by if trigger else invariant.key.split("/")[0]
    written = context.memory.state.get(table)
    if table not in changed or written is None or len(written.domain) != len(index):
        return [condition]
    cases, elsewhere = [], TRUE
    for guard, place in written.stores:
        known = context.memory.known(guard)
        plain = Map(table, written.domain, written.width,
                    lambda *i, known=known: z3.simplify(known.reduce(written(*i))))
        stored = View({**context.memory.state, table: plain})
        cases.append(implies(guard, invariant.condition(stored, *place)))
        elsewhere = conj(elsewhere, neg(conj(guard, *map(same, index, place))))
    return [*cases, implies(elsewhere, condition)]


def _changed(context, old):
    return [n for n, m in context.memory.state.items() if n in old and m is not old[n]]


def _unchanged(context, old, changed):
    terms = []
    for name in changed:
        index = tuple(context.fresh("any", w) for w in old[name].domain)
        terms.append(context.memory.state[name](*index) == old[name](*index))
    return conj(*terms)


def _details(context, call, answers):
    """For each goal that failed, the arguments of a counterexample, and the obligations that it breaks."""
    lines = []
    for answer in answers:
        if answer.model is None:
            continue
        shown = [f"{name}={answer.model.eval(v, model_completion=True)}" for name, v in call.arguments.items()
                 if not isinstance(v, Pointer)]
        lines.append((answer.name, "counterexample: " + ", ".join(shown)))
        for duty in context.obligations if answer.name == DUTIES or answer.name.startswith("loop inv") else []:
            if z3.is_false(answer.model.eval(duty.formula, model_completion=True)):
                lines.append((answer.name, f"{duty.place}: {duty.what}"))
    return lines
