# SPDX-License-Identifier: MIT
"""Which fields a function may write, with all that it calls: read off its code without executing it, for functions whose
callers need to know no more. A pointer is followed back to the tables and arguments that it may come from; what cannot be
followed raises `Unsupported`. Accesses are taken to stay in the object that they start in."""
from dataclasses import dataclass

from . import calls
from . import llvm as L
from .module import Array, Struct
from .terms import Unsupported

MAX_DEPTH = 24
_BLOCKS = ("llvm.memset.", "llvm.memcpy.", "llvm.memmove.")


@dataclass(frozen=True)
class Target:
    """A table by name, an argument by number, or something of the function's own (None), and bytes into one object of it:
    variable indices are left out."""
    root: object
    offset: int = 0


class Effects:
    def __init__(self, module, without=()):
        """`without`: functions whose effects do not count."""
        self.module, self.llvm, self._known, self._without = module, module.llvm, {}, set(without)

    def written(self, name, through_arguments=False):
        """The fields of tables, by whole name. `through_arguments`: it may write there as well, to no table."""
        fields = set()
        for target, size in self._writes(name, 0):
            if isinstance(target.root, int) and not through_arguments:
                raise Unsupported(f"{name} writes through an argument")
            if isinstance(target.root, str):
                fields |= set(self._fields(self.module.regions[target.root], target.root, target.offset, size))
        return fields

    def leaves(self, instruction, function):
        """Whether a store or a call in `function` may write more than the function's own variables."""
        return any(target.root is not None for target, _ in self._of(instruction, self._arguments(function), 0))

    def _arguments(self, function):
        return {handle: None if self.llvm.is_by_value(function.handle, n) else n
                for n, handle in enumerate(function.parameters.values())}

    def _writes(self, name, depth):
        """(Target, bytes) of each store; a target may be an argument."""
        if depth > MAX_DEPTH:
            raise Unsupported(f"recursion at {name}")
        if name not in self._known:
            function = self.module.function(name)
            arguments, found = self._arguments(function), set()
            for body in function.blocks.values():
                for instruction in body:
                    found |= self._of(instruction, arguments, depth)
            self._known[name] = found
        return self._known[name]

    def _of(self, i, arguments, depth):
        c, opcode = self.llvm, self.llvm.opcode(i)
        if opcode is None:
            raise Unsupported(f"{c.place(i)}: {c.text(i)[:160]}")
        if opcode == "store":
            size = c.ABISizeOfType(self.module.layout, c.TypeOf(c.GetOperand(i, 0)))
            return {(t, size) for t in self._targets(c.GetOperand(i, 1), arguments)}
        if opcode != "call":
            return set()
        callee, name = c.GetCalledValue(i), c.name(c.GetCalledValue(i))
        if c.GetValueKind(callee) != L.VALUE_FUNCTION:
            raise Unsupported(f"{c.place(i)}: call through a pointer, or inline assembly")
        if name.startswith(_BLOCKS):
            length = c.GetOperand(i, 2)
            size = c.ConstIntGetZExtValue(length) if c.GetValueKind(length) == L.VALUE_INTEGER else None
            return {(t, size) for t in self._targets(c.GetOperand(i, 0), arguments)}
        if calls.is_intrinsic(name):
            return set()
        return self._called(i, self.module.short(name), arguments, depth)

    def _called(self, i, name, arguments, depth):
        """What the callee writes through its arguments, seen from here."""
        found = set()
        if name in self._without:
            return found
        for target, size in self._writes(name, depth + 1):
            if not isinstance(target.root, int):
                found.add((target, size))
                continue
            for place in self._targets(self.llvm.GetOperand(i, target.root), arguments):
                found.add((Target(place.root, place.offset + target.offset), size))
        return found

    def _targets(self, pointer, arguments, seen=()):
        """Where a pointer may lead."""
        c = self.llvm
        if pointer in arguments:
            return {Target(arguments[pointer])}
        if pointer in seen:
            return set()  # round a loop: the other ways into it are looked at as well
        kind, seen = c.GetValueKind(pointer), (*seen, pointer)
        if kind == L.VALUE_GLOBAL:
            return {Target(c.name(pointer))}
        if kind in (L.VALUE_NULL, L.VALUE_UNDEF, L.VALUE_POISON):
            return set()
        opcode = c.opcode(pointer)
        if kind == L.VALUE_CONSTANT_EXPRESSION and " getelementptr " in f" {c.text(pointer)} ":
            opcode = "getelementptr"
        if opcode == "alloca":
            return {Target(None)}
        if opcode == "call":
            return self._returned(pointer, arguments, seen)
        if opcode == "phi":
            return self._any((c.GetIncomingValue(pointer, k) for k in range(c.CountIncoming(pointer))), arguments, seen)
        if opcode == "select":
            return self._any((c.GetOperand(pointer, 1), c.GetOperand(pointer, 2)), arguments, seen)
        if opcode == "getelementptr":
            offset = self._offset(pointer)
            return {Target(t.root, t.offset + offset) for t in self._targets(c.GetOperand(pointer, 0), arguments, seen)}
        raise Unsupported(f"{c.place(pointer)}: where does {c.text(pointer)[:80]} lead?")

    def _returned(self, i, arguments, seen):
        """Where a pointer that a function gave may lead."""
        c, found = self.llvm, set()
        if len(seen) > MAX_DEPTH or c.GetValueKind(c.GetCalledValue(i)) != L.VALUE_FUNCTION:
            raise Unsupported(f"{c.place(i)}: where does {c.text(i)[:80]} lead?")
        function = self.module.function(self.module.short(c.name(c.GetCalledValue(i))))
        inner = self._arguments(function)
        for body in function.blocks.values():
            if c.opcode(body[-1]) == "ret":
                for target in self._targets(c.GetOperand(body[-1], 0), inner, seen):
                    outer = [target]
                    if isinstance(target.root, int):
                        places = self._targets(c.GetOperand(i, target.root), arguments, seen)
                        outer = [Target(place.root, place.offset + target.offset) for place in places]
                    found.update(outer)
        return found

    def _any(self, pointers, arguments, seen):
        return set().union(*(self._targets(p, arguments, seen) for p in pointers))

    def _offset(self, i):
        """The constant part of a getelementptr."""
        c, type_, offset = self.llvm, self.llvm.GetGEPSourceElementType(i), 0
        for k in range(1, c.GetNumOperands(i)):
            index = c.GetOperand(i, k)
            constant = c.GetValueKind(index) == L.VALUE_INTEGER
            if k > 1 and c.GetTypeKind(type_) == L.TYPE_STRUCT:
                field = c.ConstIntGetZExtValue(index)
                offset += c.OffsetOfElement(self.module.layout, type_, field)
                type_ = c.StructGetTypeAtIndex(type_, field)
                continue
            if k > 1:
                type_ = c.GetElementType(type_)
            if constant:
                value = c.ConstIntGetZExtValue(index)
                value -= (1 << 64) if value >> 63 else 0
                offset += value * c.ABISizeOfType(self.module.layout, type_)
        return offset

    def _fields(self, shape, name, offset, size):
        """The fields that [offset, offset + size) of one object may meet, in any entry of the arrays on the way; all of the
        object's with `size` None."""
        if isinstance(shape, Array):
            each = shape.element.size
            whole = size is None or offset % each + size > each
            yield from self._fields(shape.element, name, 0 if whole else offset % each, None if whole else size)
        elif isinstance(shape, Struct):
            for start, field, inner in shape.fields:
                if size is None:
                    yield from self._fields(inner, f"{name}.{field}", 0, None)
                elif start < offset + size and offset < start + inner.size:
                    first = max(offset - start, 0)
                    yield from self._fields(inner, f"{name}.{field}", first, min(offset + size - start, inner.size) - first)
        else:
            yield name
