# SPDX-License-Identifier: MIT
"""That an error changes nothing, shown by the order of a function's steps: on no path a store comes before a return of an
error. Reads the code and asks no solver: it does not know when a path is taken, so it may refuse what is right, and never
the other way round. A call of a function of which the same is shown counts as a change only where it answered Ok."""
import ctypes
from dataclasses import dataclass

from . import llvm as L
from .effects import Effects
from .solve import FAILED, PROVED, Answer
from .terms import Unsupported

MAX_STATES = 20_000
EQUAL, NOT_EQUAL = 32, 33  # LLVMIntPredicate
NAME = "an error changes nothing"


@dataclass
class Outcomes:
    """Functions to look at, each of which returns a Status or a Result."""
    name: str
    functions: tuple
    covers: tuple = ()  # nothing else is said of them


def answer_outcomes(module, entry):
    """(answers, details): an answer for each function."""
    order, answers, details = Order(module), [], []
    for function in entry.functions:
        found = order.errors_behind_changes(function)
        answers.append(Answer(f"{NAME}: {function}", FAILED if found else PROVED))
        details += [(answers[-1].name, f"{place}: this may return an error after a change") for place in found]
    return answers, details


class Order:
    def __init__(self, module):
        self.module, self.llvm, self.effects, self._known = module, module.llvm, Effects(module), {}

    def errors_behind_changes(self, name, depth=0):
        """The source lines of returns that may give an error after a change."""
        if name not in self._known:
            if depth > 24:
                raise Unsupported(f"recursion at {name}")
            self._known[name] = Paths(self, self.module.function(name), depth).run()
        return self._known[name]


class Paths:
    """All ways through one function. What is known on a way: whether something has changed (NO, YES, or the call that has
    changed something if it answered Ok), and what the phis on it are, where that is a constant or what a call returned."""
    NO, YES = "nothing has changed", "something may have changed"

    def __init__(self, order, function, depth):
        self.order, self.function, self.depth = order, function, depth
        self.llvm, self.found = order.llvm, []
        self.relevant = self._relevant()

    def _relevant(self):
        """The values that decide what is returned, and those that ways part by which compare such with 0."""
        c, found, todo = self.llvm, set(), []
        for body in self.function.blocks.values():
            for i in body:
                if c.opcode(i) == "ret" and c.GetNumOperands(i):
                    todo.append(c.GetOperand(i, 0))
                if c.opcode(i) == "br" and c.IsConditional(i) and self._compared(c.GetOperand(i, 0)) is not None:
                    todo.append(c.GetOperand(i, 0))
        while todo:
            handle = todo.pop()
            if handle in found or c.GetValueKind(handle) != L.VALUE_INSTRUCTION:
                continue
            found.add(handle)
            opcode = c.opcode(handle)
            if opcode == "phi":
                todo += [c.GetIncomingValue(handle, k) for k in range(c.CountIncoming(handle))]
            elif opcode in ("select", "icmp", "extractvalue", "insertvalue", "zext", "sext"):
                todo += c.operands(handle)
        return found

    def _compared(self, condition):
        """What chose or returned, if that is compared with 0."""
        c = self.llvm
        if c.GetValueKind(condition) == L.VALUE_INSTRUCTION and c.opcode(condition) == "icmp" and \
                c.GetICmpPredicate(condition) in (EQUAL, NOT_EQUAL) and c.text(c.GetOperand(condition, 1)).endswith(" 0"):
            value = c.GetOperand(condition, 0)
            if c.GetValueKind(value) == L.VALUE_INSTRUCTION and c.opcode(value) in ("select", "phi", "call", "extractvalue"):
                return value
        return None

    def run(self):
        todo, seen = [self._entered(self.function.entry, self.NO, {})], set()
        while todo:
            state = todo.pop()
            if state in seen:
                continue
            seen.add(state)
            if len(seen) > MAX_STATES:
                raise Unsupported(f"{self.function.name}: too many ways")
            todo += self._on(*state)
        return sorted(set(self.found))

    def _on(self, block, at, changed, known):
        """From an instruction of a block to where the ways part. Returns the states there."""
        c, known, body = self.llvm, dict(known), self.function.blocks[block]
        for n in range(at, len(body)):
            i, opcode = body[n], c.opcode(body[n])
            if opcode is None:
                raise Unsupported(f"{c.place(i)}: {c.text(i)[:160]}")
            if opcode in ("store", "call"):
                changed = self._written(i, changed)
            elif opcode == "select" and i in self.relevant:
                chosen = {True: c.GetOperand(i, 1), False: c.GetOperand(i, 2)}
                return [(block, n + 1, after, frozenset((here | {i: self._value(chosen[holds], here)}).items()))
                        for holds, after, here in self._cases(c.GetOperand(i, 0), changed, known)]
            elif opcode == "ret":
                self._returned(i, changed, known)
            elif opcode == "br" and c.IsConditional(i):
                return [self._edge(block, c.GetSuccessor(i, 0 if holds else 1), after, here)
                        for holds, after, here in self._cases(c.GetOperand(i, 0), changed, known)]
            elif opcode in ("br", "switch"):
                return [self._edge(block, target, changed, known) for target in self.function.successors[block]]
        return []

    def _written(self, i, changed):
        """After a store or a call."""
        c = self.llvm
        if not self.order.effects.leaves(i, self.function):
            return changed
        if c.opcode(i) == "call" and changed == self.NO and not c.name(c.GetCalledValue(i)).startswith("llvm."):
            kind, name = c.GetTypeKind(c.TypeOf(i)), self.order.module.short(c.name(c.GetCalledValue(i)))
            gives_status = kind == L.TYPE_STRUCT or kind == L.TYPE_INTEGER and c.GetIntTypeWidth(c.TypeOf(i)) == 64
            if gives_status and not self.order.errors_behind_changes(name, self.depth + 1):
                return i
        return self.YES

    def _entered(self, block, changed, known):
        """The state at its beginning: what was known of values that the block computes anew is known of the old ones only."""
        own = set(self.function.blocks[block])
        def is_old(value):
            return value not in own or self.llvm.opcode(value) == "phi"

        kept = {k: v for k, v in known.items() if k in self.relevant and is_old(k) and v[1] not in own}
        return block, 0, self.YES if changed in own else changed, frozenset(kept.items())

    def _edge(self, source, target, changed, known):
        """Phis get what this way brings."""
        c, after = self.llvm, dict(known)
        for phi in self.function.blocks[target]:
            if c.opcode(phi) != "phi":
                break
            for k in range(c.CountIncoming(phi)):
                if c.GetIncomingBlock(phi, k) == source:
                    after[phi] = self._value(c.GetIncomingValue(phi, k), known)
        return self._entered(target, changed, after)

    def _value(self, handle, known):
        """("constant", n), ("value", what computed it), or ("error", what computed it) for one that is not 0."""
        c = self.llvm
        if handle in known:
            return known[handle]
        kind = c.GetValueKind(handle)
        if kind == L.VALUE_INTEGER and c.GetIntTypeWidth(c.TypeOf(handle)) <= 64:
            return "constant", c.ConstIntGetZExtValue(handle)
        if kind == L.VALUE_CONSTANT_STRUCT:
            return self._value(c.GetOperand(handle, 1), known)
        if kind == L.VALUE_CONSTANT_ZERO:
            return "constant", 0
        if kind == L.VALUE_INSTRUCTION and c.opcode(handle) in ("zext", "sext"):
            return self._value(c.GetOperand(handle, 0), known)  # 0 if and only if that is
        if kind == L.VALUE_INSTRUCTION and c.opcode(handle) in ("extractvalue", "insertvalue"):
            return self._part(handle, known)
        return "value", handle

    def _part(self, handle, known):
        """Of a Result: the status is its second half."""
        c = self.llvm
        second = ctypes.cast(c.GetIndices(handle), ctypes.POINTER(ctypes.c_uint))[0] == 1
        if c.opcode(handle) == "extractvalue":
            whole = self._value(c.GetOperand(handle, 0), known)
            return whole if second else ("value", handle)
        return self._value(c.GetOperand(handle, 1 if second else 0), known)

    def _cases(self, condition, changed, known):
        """(whether it holds, what has changed, what is known) for the ways that are open: each knows whether the condition
        holds, and of a value that it compares with 0 whether it is."""
        ways = []
        value, zero_if = self._test(condition, known)
        for holds in (True, False):
            follow = {part: ("constant", int(holds)) for part in self._follow(condition, holds)}
            if any(known.get(part, fact) != fact for part, fact in follow.items()):
                continue
            is_zero, after, here = holds == zero_if, changed, known | follow
            if value and value[0] == "constant":
                if is_zero != (value[1] == 0):
                    continue
            elif value and value[0] == "error":
                if is_zero:
                    continue
            elif value:
                fact = ("constant", 0) if is_zero else ("error", value[1])
                here = {k: fact if v == value else v for k, v in here.items()} | {value[1]: fact}
                if changed == value[1]:
                    after = self.YES if is_zero else self.NO
            ways.append((holds, after, here))
        return ways

    def _follow(self, condition, holds):
        """The conditions that are so as well: both halves of an `and` that holds, of an `or` that does not."""
        c = self.llvm
        found = [condition]
        if c.GetValueKind(condition) == L.VALUE_INSTRUCTION and c.opcode(condition) == ("and" if holds else "or"):
            for operand in c.operands(condition):
                found += self._follow(operand, holds)
        return found

    def _test(self, condition, known):
        """(value, True) for `value == 0`, (value, False) for `value != 0`; (None, True) for what is neither."""
        c = self.llvm
        if c.GetValueKind(condition) == L.VALUE_INSTRUCTION and c.opcode(condition) == "icmp":
            predicate, right = c.GetICmpPredicate(condition), c.GetOperand(condition, 1)
            if predicate in (EQUAL, NOT_EQUAL) and self._value(right, {}) == ("constant", 0):
                return self._value(c.GetOperand(condition, 0), known), predicate == EQUAL
        return None, True

    def _returned(self, i, changed, known):
        c = self.llvm
        if c.GetNumOperands(i) == 0 or changed == self.NO:
            return
        value = self._value(c.GetOperand(i, 0), known)
        if value != ("constant", 0) and (changed == self.YES or value[1] != changed):
            self.found.append(c.place(i) or self.function.name)
