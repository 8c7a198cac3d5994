# SPDX-License-Identifier: MIT
"""Symbolic execution of one function: every block once, in topological order, under the condition that leads to
it. Where paths meet, values and memory become choices, so the number of paths does not matter. Loops are
unrolled while their bound is a constant, or cut by an invariant."""
import ctypes
import re

import z3

from . import calls, instructions
from . import llvm as L
from .contract import Scope
from .memory import Place, Pointer
from .terms import (FALSE, TRUE, Unsupported, choose, conj, disj, is_number, is_set, neg, number, same)
from .view import Call, View

MAX_DEPTH = 24      # calls inside calls: more is recursion
MAX_ROUNDS = 130   # of a loop without a contract


class Edge:
    """A way into a block: its condition and what the block's phis get."""

    def __init__(self, condition, phis):
        self.condition, self.phis = condition, phis


class Activation:
    def __init__(self, context, name, depth=0):
        if depth > MAX_DEPTH:
            raise Unsupported(f"recursion at {name}")
        self.context, self.memory, self.depth = context, context.memory, depth
        self.llvm = context.module.llvm
        self.function = context.module.function(name)
        self.values, self.returns, self.arguments = {}, [], {}
        self.locals = {}        # name of a local variable in memory to its region
        self.around = {}        # variables of the loops around the one that is being executed by invariant
        self.poison = {}        # value to the condition under which it must not be used (a shift by too much)
        self.guard = TRUE       # of the block that is being executed
        self.cut = False        # a loop was cut by its invariant: there are paths that end inside it
        self.came_back = TRUE   # of the last call: when it returned, if it was cut

    def call(self, guard, arguments):
        """Runs it. Returns the value, None for void; `returns` keeps the condition of each return."""
        if len(arguments) != len(self.function.parameters):
            raise Unsupported(f"{self.function.name}: number of arguments")
        for (name, handle), value in zip(self.function.parameters.items(), arguments):
            self.values[handle] = self.arguments[name] = value
        left = self.region(set(self.function.order), self.function.entry, [Edge(guard, {})], None)
        if left:
            raise Unsupported(f"{self.function.name}: a way out of the function")
        result = None
        for condition, value in self.returns:
            if value is not None:
                result = value if result is None else self.merge(condition, value, result)
        return result

    @property
    def returned(self):
        """When it returns at all."""
        return disj(*[condition for condition, _ in self.returns])

    def merge(self, condition, a, b):
        if isinstance(a, Pointer):
            return Pointer(a.under(condition) + b.under(neg(condition)))
        if isinstance(a, tuple):
            return tuple(self.merge(condition, x, y) for x, y in zip(a, b))
        return choose(condition, a, b)

    # ---- control flow
    def region(self, blocks, head, entry, loop):
        """Runs `blocks` from `head`. Returns the (target, Edge) that leave them, or go back to `loop`."""
        pending, leaving, done = {head: list(entry)}, [], set()

        def send(edges):
            for target, edge in edges:
                if target not in blocks or target == loop:
                    leaving.append((target, edge))
                elif target in done:
                    raise Unsupported("a block is reached after its turn")
                else:
                    pending.setdefault(target, []).append(edge)

        for block in self.function.order:
            if block not in blocks or block in done:
                continue
            edges = [e for e in pending.pop(block, []) if not z3.is_false(e.condition)]
            if not edges:
                continue
            if block in self.function.loops and block != loop:
                done |= self.function.loops[block]
                send(self.loop(block, edges))
                continue
            done.add(block)
            self.enter(block, edges)
            guard = disj(*[e.condition for e in edges])
            send([(t, self.edge(c, block, t)) for t, c in self.block(block, guard)])
        if any(not z3.is_false(e.condition) for edges in pending.values() for e in edges):
            raise Unsupported("a block is never reached")
        return leaving

    def phis(self, block):
        for instruction in self.function.blocks[block]:
            if self.llvm.opcode(instruction) != "phi":
                return
            yield instruction

    def edge(self, condition, source, target):
        values = {}
        for phi in self.phis(target):
            for k in range(self.llvm.CountIncoming(phi)):
                if self.llvm.GetIncomingBlock(phi, k) == source:
                    values[phi] = self.value(self.llvm.GetIncomingValue(phi, k))
        return Edge(condition, values)

    def enter(self, block, edges):
        merged = {}
        for phi in self.phis(block):
            for edge in edges:
                known = merged.get(phi)
                merged[phi] = edge.phis[phi] if known is None else self.merge(edge.condition, edge.phis[phi], known)
        self.values.update(merged)

    # ---- loops
    def loop(self, head, edges):
        contract = self.context.loops.get((self.function.name, self.function.headers.index(head)))
        return self.unroll(head, edges) if contract is None else self.by_invariant(head, edges, contract)

    def unroll(self, head, edges):
        leaving = []
        for _ in range(MAX_ROUNDS):
            out = self.region(self.function.loops[head], head, edges, head)
            leaving += [x for x in out if x[0] != head]
            edges = []
            for target, edge in out:
                if target == head:
                    edge.condition = z3.simplify(edge.condition)
                    if not z3.is_false(edge.condition):
                        edges.append(edge)
            if not edges:
                return leaving
        raise Unsupported(f"{self.function.name}: a loop without a constant bound needs a contract")

    def by_invariant(self, head, edges, contract):
        context, entered = self.context, View(dict(self.memory.state))
        self.cut = True
        for edge in edges:
            self.show_invariant(contract, edge, entered, "on entry")
        guard = disj(*[e.condition for e in edges])
        names = set()
        if contract.keeps:
            context.show_invariants(guard, context.whole(guard), entered, f"before a loop of {self.function.name}", contract.keeps)
        while True:  # until what the loop writes is known
            undo = self.checkpoint()
            leaving, found = self.any_round(head, guard, contract, entered, names)
            if found <= names:
                return leaving
            names |= found
            undo()

    def checkpoint(self):
        context, memory = self.context, self.memory
        grows = (context.assumptions, context.quantified, context.obligations, context.wholes, self.returns)
        lengths = [(l, len(l)) for l in grows]
        state, pointers, values = dict(memory.state), dict(memory.pointers), dict(self.values)
        touched = {key: dict(known) for key, known in context.touched.items()}

        def undo():
            context.touched = touched
            for items, length in lengths:
                del items[length:]
            memory.state, memory.pointers, self.values = state, pointers, values

        return undo

    def any_round(self, head, guard, contract, entered, names):
        """One round from any state that satisfies the invariant. Returns the ways out, and what was written."""
        context, memory = self.context, self.memory
        context.havoc(guard, {n for n in names if n not in memory.pointers})
        for name in names & set(memory.pointers):
            del memory.pointers[name]
        variables = {p: self.unknown(self.llvm.TypeOf(p), self.llvm.name(p)) for p in self.phis(head)}
        start = Edge(guard, variables)
        scope = self.scope(start, View(dict(memory.state)), entered)
        if contract.invariant:
            context.assume(guard, contract.invariant(scope))
        for key, condition in contract.forall:
            context.assume_all(guard, key, lambda *i, c=condition: c(scope, *i))
        if contract.keeps:
            context.assume_invariants(guard, scope.now, contract.keeps)
        if contract.keeps is not True:
            context.assume_counts(guard, scope.now)
        outer, memory.written, there = memory.written, set(), set(memory.state)
        around, self.around = self.around, scope.variables
        out = self.region(self.function.loops[head], head, [start], head)
        found, memory.written, self.around = memory.written & there, outer, around  # a callee's own variables begin anew
        if outer is not None:
            outer |= found
        before = contract.variant(scope)
        for target, edge in out:
            if target == head:
                self.show_invariant(contract, edge, entered, "kept")
                after = contract.variant(self.scope(edge, View(memory.state), entered))
                context.need(edge.condition, z3.ULT(after, before), "the loop ends (its variant gets smaller)")
                if contract.keeps:
                    context.show_invariants(edge.condition, scope.now, View(dict(self.memory.state)),
                                            f"kept by a loop of {self.function.name}", contract.keeps)
        return [x for x in out if x[0] != head], found

    def scope(self, edge, now, entered):
        """Its own variables hide those of the loops around it."""
        variables = {}
        for phi, value in edge.phis.items():
            variables.setdefault(re.split(r"\.", self.llvm.name(phi))[0], value)
        return Scope({**self.around, **variables}, self.arguments, self.locals, now, entered, self.context.touch)

    def show_invariant(self, contract, edge, entered, when):
        context, scope = self.context, self.scope(edge, View(self.memory.state), entered)
        if contract.invariant:
            context.need(edge.condition, contract.invariant(scope), f"loop invariant of {self.function.name} {when}",
                         contract.needs)
        for key, condition in contract.forall:
            index = context.fresh_index(key)
            context.need(edge.condition, condition(scope, *index), f"loop invariant of {self.function.name} over {key} {when}",
                         contract.needs, context.about(key, index))

    def unknown(self, type_, name):
        kind = self.llvm.GetTypeKind(type_)
        if kind == L.TYPE_INTEGER:
            return self.context.fresh(name, self.llvm.GetIntTypeWidth(type_))
        if kind == L.TYPE_STRUCT:
            count = self.llvm.CountStructElementTypes(type_)
            return tuple(self.unknown(self.llvm.StructGetTypeAtIndex(type_, k), f"{name}.{k}") for k in range(count))
        raise Unsupported(f"an unknown value of type kind {kind} ({name} in {self.function.name})")

    # ---- blocks and instructions
    def block(self, block, guard):
        """Runs the instructions. Returns (target, condition) of the ways on."""
        c, context = self.llvm, self.context
        for i in self.function.blocks[block]:
            self.guard = guard
            opcode = c.opcode(i)
            context.place = c.place(i)
            if opcode is None:
                raise Unsupported(f"{context.place}: {c.text(i)[:160]}")
            if opcode == "phi":
                continue
            if opcode == "ret":
                value = self.value(c.GetOperand(i, 0)) if c.GetNumOperands(i) else None
                self.returns.append((guard, value))
                return []
            if opcode == "unreachable":
                context.need(guard, z3.BoolVal(False), "unreachable code is not reached")
                return []
            if opcode == "br":
                return self.branch(i, guard)
            if opcode == "switch":
                return self.switch(i, guard)
            result = self.instruction(i, opcode, guard)
            if result is not None:
                self.values[i] = result
            guard, self.came_back = conj(guard, self.came_back), TRUE
        raise Unsupported("a block without an end")

    def branch(self, i, guard):
        c = self.llvm
        if not c.IsConditional(i):
            return [(c.GetSuccessor(i, 0), guard)]
        condition = is_set(self.value(c.GetOperand(i, 0)))
        yes, no = c.GetSuccessor(i, 0), c.GetSuccessor(i, 1)
        if yes == no:
            return [(yes, guard)]
        return [(yes, conj(guard, condition)), (no, conj(guard, neg(condition)))]

    def switch(self, i, guard):
        c, value, ways, seen = self.llvm, self.value(self.llvm.GetOperand(i, 0)), {}, []
        for k in range(2, c.GetNumOperands(i), 2):
            matches = z3.simplify(same(value, self.value(c.GetOperand(i, k))))
            ways.setdefault(c.ValueAsBasicBlock(c.GetOperand(i, k + 1)), []).append(matches)
            seen.append(matches)
        ways.setdefault(c.ValueAsBasicBlock(c.GetOperand(i, 1)), []).append(neg(disj(*seen)))
        return [(target, conj(guard, disj(*conditions))) for target, conditions in ways.items()]

    def instruction(self, i, opcode, guard):
        c, context = self.llvm, self.context

        def operand(k):
            return self.value(c.GetOperand(i, k))

        def need(condition, what):
            context.need(guard, condition, what)

        if opcode in instructions.ARITHMETIC:
            handles = c.GetOperand(i, 0), c.GetOperand(i, 1)
            a, b = map(self.plain_value, handles)
            bad = [self.poison[handle] for handle in handles if handle in self.poison]  # it goes on through what uses it
            if opcode in instructions.SHIFTS:
                bad.append(instructions.shifts_too_far(b))
            if bad:
                self.poison[i] = disj(*bad)
            return instructions.arithmetic(c, i, opcode, a, b, need)
        if opcode == "icmp":
            a, b = operand(0), operand(1)
            compare = instructions.compare_pointers if isinstance(a, Pointer) else instructions.compare
            return compare(c, i, a, b)
        if opcode in ("trunc", "zext", "sext"):
            return instructions.cast(c, i, opcode, operand(0), c.GetIntTypeWidth(c.TypeOf(i)), need)
        if opcode == "select":
            return self.select(i, is_set(operand(0)))
        if opcode == "freeze":
            return operand(0)
        if opcode == "getelementptr":
            return self.address(i)
        if opcode in ("load", "store"):
            return self.access(i, opcode, guard)
        if opcode == "alloca":
            return self.local(i)
        if opcode == "call":
            return self.called(i, guard)
        if opcode == "extractvalue":
            value = operand(0)
            for k in self.indices(i):
                value = value[k]
            return value
        if opcode == "insertvalue":
            (k,) = self.indices(i)
            return (*operand(0)[:k], operand(1), *operand(0)[k + 1:])
        raise Unsupported(opcode)

    def select(self, i, condition):
        """The operand that is not chosen may be poison."""
        yes, no = self.llvm.GetOperand(i, 1), self.llvm.GetOperand(i, 2)
        chosen = disj(conj(condition, self.poison.get(yes, FALSE)), conj(neg(condition), self.poison.get(no, FALSE)))
        if not z3.is_false(chosen):
            self.poison[i] = chosen
        return self.merge(condition, self.plain_value(yes), self.plain_value(no))

    def indices(self, i):
        pointer = ctypes.cast(self.llvm.GetIndices(i), ctypes.POINTER(ctypes.c_uint))
        return [pointer[k] for k in range(self.llvm.GetNumIndices(i))]

    def access(self, i, opcode, guard):
        c = self.llvm
        if c.GetVolatile(i) or c.GetOrdering(i) != 0:
            raise Unsupported(f"{self.context.place}: volatile or atomic access")
        if opcode == "store":
            value, pointer = self.value(c.GetOperand(i, 0)), self.value(c.GetOperand(i, 1))
            if isinstance(value, Pointer):
                return self.memory.store_pointer(guard, pointer, value)
            return self.memory.store(guard, pointer, value)
        if c.GetMetadata(i, c.range_kind):
            raise Unsupported(f"{self.context.place}: a load with a promised range")
        pointer = self.value(c.GetOperand(i, 0))
        if c.GetTypeKind(c.TypeOf(i)) == L.TYPE_POINTER:
            return self.memory.load_pointer(guard, pointer)
        return self.memory.load(guard, pointer, c.GetIntTypeWidth(c.TypeOf(i)))

    def local(self, i):
        name = f"local.{self.context.tag()}.{self.function.name}.{self.llvm.name(i)}".replace(".", "_")
        self.memory.regions[name] = self.context.module.shape(self.llvm.GetAllocatedType(i))
        self.memory.declare(name)
        self.locals[self.llvm.name(i)] = name
        return Pointer.to(name)

    def called(self, i, guard):
        c, context = self.llvm, self.context
        callee = c.GetCalledValue(i)
        name = c.name(callee)
        if c.GetValueKind(callee) != L.VALUE_FUNCTION:
            raise Unsupported(f"{context.place}: call through a pointer, or inline assembly")
        if calls.is_ignored(name):
            return None
        arguments = [self.value(c.GetOperand(i, k)) for k in range(c.GetNumOperands(i) - 1)]
        if calls.is_intrinsic(name):
            return calls.intrinsic(context, guard, name, arguments)
        name = context.module.short(name)
        if name in context.summaries:
            return self.by_summary(name, guard, arguments, c.TypeOf(i))
        inner, place = Activation(context, name, self.depth + 1), context.place
        result = inner.call(guard, arguments)
        context.place = place
        if inner.cut:
            self.cut, self.came_back = True, inner.returned
        return result

    def by_summary(self, name, guard, arguments, type_):
        context, summary = self.context, self.context.summaries[name]
        names = list(context.module.parameters(name))
        old = dict(self.memory.state)
        call = Call(context, name, dict(zip(names, arguments)), old, old, None)
        for argument, struct in summary.pointers.items():
            call.objects[argument] = self.memory.locate(guard, call.arguments[argument], context.module.struct(struct))
        if summary.requires:
            context.need(guard, conj(*summary.requires(call)), f"what {name} requires")
        if summary.keeps:
            context.show_invariants(guard, context.whole(guard), call.old, f"when {name} is called")
        context.havoc(guard, summary.written(call))
        call.new = View(dict(self.memory.state))
        if summary.keeps:
            context.assume_invariants(guard, call.new)
        else:
            context.assume_counts(guard, call.new)
        has_value = self.llvm.GetTypeKind(type_) in (L.TYPE_INTEGER, L.TYPE_STRUCT)
        call.result = self.unknown(type_, name) if has_value else None
        for _, condition, *_ in summary.ensures(call) if summary.ensures else []:
            context.assume(guard, condition)
        for _, key, condition in summary.forall:
            context.assume_all(guard, key, lambda *i, c=condition: c(call, *i))
        return call.result

    # ---- operands
    def value(self, handle):
        """The value of an operand that is used."""
        if handle in self.poison:
            self.context.need(self.guard, neg(self.poison[handle]), "shift amount in range")
        return self.plain_value(handle)

    def plain_value(self, handle):
        if handle in self.values:
            return self.values[handle]
        c = self.llvm
        kind = c.GetValueKind(handle)
        if kind == L.VALUE_INTEGER:
            width = c.GetIntTypeWidth(c.TypeOf(handle))
            return number(c.ConstIntGetZExtValue(handle) if width <= 64 else int(c.text(handle).split()[-1]), width)
        if kind == L.VALUE_GLOBAL:
            return Pointer.to(c.name(handle))
        if kind == L.VALUE_NULL:
            return Pointer([(TRUE, Place(None))])
        if kind in (L.VALUE_UNDEF, L.VALUE_POISON):
            return self.undefined(c.TypeOf(handle))
        if kind == L.VALUE_CONSTANT_STRUCT:
            return tuple(self.value(o) for o in c.operands(handle))
        if kind == L.VALUE_CONSTANT_ZERO:
            return self.zero(c.TypeOf(handle))
        if kind == L.VALUE_CONSTANT_EXPRESSION and c.opcode(handle) == "getelementptr" or \
                kind == L.VALUE_CONSTANT_EXPRESSION and c.GetTypeKind(c.TypeOf(handle)) == L.TYPE_POINTER:
            return self.address(handle)
        raise Unsupported(f"operand {c.text(handle)[:120]}")

    def undefined(self, type_):
        if self.llvm.GetTypeKind(type_) == L.TYPE_POINTER:
            return Pointer([(TRUE, Place(None))])
        return self.unknown(type_, "undefined")

    def zero(self, type_):
        if self.llvm.GetTypeKind(type_) == L.TYPE_STRUCT:
            count = self.llvm.CountStructElementTypes(type_)
            return tuple(self.zero(self.llvm.StructGetTypeAtIndex(type_, k)) for k in range(count))
        return number(0, self.llvm.GetIntTypeWidth(type_))

    def address(self, i):
        """getelementptr, as an instruction or a constant."""
        c, module = self.llvm, self.context.module
        pointer, type_ = self.value(c.GetOperand(i, 0)), c.GetGEPSourceElementType(i)
        moves = [(TRUE, 0, ())]
        for k in range(1, c.GetNumOperands(i)):
            index = self.value(c.GetOperand(i, k))
            if k > 1 and c.GetTypeKind(type_) == L.TYPE_STRUCT:
                field = index.as_long()
                offset = c.OffsetOfElement(module.layout, type_, field)
                type_ = c.StructGetTypeAtIndex(type_, field)
                moves = [(g, o + offset, s) for g, o, s in moves]
                continue
            if k > 1:
                type_ = c.GetElementType(type_)
            scale = c.ABISizeOfType(module.layout, type_)
            index = z3.simplify(index if index.size() == 64 else z3.SignExt(64 - index.size(), index))
            cases = _constant_cases(index)
            if cases:
                moves = [(conj(g, g2), o + v * scale, s) for g, o, s in moves for g2, v in cases]
            else:
                moves = [(g, o, (*s, (scale, index))) for g, o, s in moves]
        return Pointer([(conj(g, g2), place.moved(o, s)) for g, place in pointer.choices for g2, o, s in moves])


def _constant_cases(index):
    """A choice between constants as (condition, value) pairs; None if it is none."""
    if is_number(index):
        return [(TRUE, index.as_signed_long())]
    if z3.is_app_of(index, z3.Z3_OP_ITE):
        yes, no = _constant_cases(index.arg(1)), _constant_cases(index.arg(2))
        if yes and no:
            condition = index.arg(0)
            return [(conj(condition, g), v) for g, v in yes] + [(conj(neg(condition), g), v) for g, v in no]
    return None
