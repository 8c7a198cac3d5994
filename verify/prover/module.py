# SPDX-License-Identifier: MIT
"""A parsed module: the shapes of its tables, its functions, and the control flow of each."""
import re
from dataclasses import dataclass, field

from . import llvm as L
from .debug_names import DebugNames
from .terms import Unsupported


@dataclass(frozen=True)
class Int:
    bits: int

    @property
    def size(self):
        return (self.bits + 7) // 8


@dataclass(frozen=True)
class Array:
    """`count` is a number of entries, or None: then the bound is a term that the specification gives."""
    count: object
    element: object

    @property
    def size(self):
        return self.count * self.element.size


@dataclass(frozen=True)
class Struct:
    fields: tuple  # of (offset, name, shape)
    size: int


@dataclass
class Function:
    name: str
    handle: int
    parameters: dict  # name to handle, in order
    blocks: dict      # block to its instructions
    successors: dict
    order: list       # blocks, each before those it leads to, except along back edges
    loops: dict       # header to the set of its blocks
    entry: int = None
    headers: list = field(default_factory=list)  # loop headers in order


class Module:
    def __init__(self, path):
        self.llvm = L.Llvm()
        self.names = DebugNames(path)
        self.constants = self.names.constants
        handle = self.llvm.parse(path)
        self.layout = self.llvm.GetModuleDataLayout(handle)
        self.regions, self.functions, self._parsed = {}, {}, {}
        for value in self._each(self.llvm.GetFirstGlobal(handle), self.llvm.GetNextGlobal):
            if self.llvm.IsGlobalConstant(value):
                continue  # text of messages: nothing that is proved reads it
            name = self.llvm.name(value)
            self.regions[name] = self.shape(self.llvm.GlobalGetValueType(value), self.names.of_global.get(name))
        for value in self._each(self.llvm.GetFirstFunction(handle), self.llvm.GetNextFunction):
            self.functions[short_name(self.llvm.name(value))] = value

    @staticmethod
    def short(mangled):
        return short_name(mangled)

    @staticmethod
    def _each(first, following):
        while first:
            yield first
            first = following(first)

    def shape(self, handle, struct_name=None):
        """What lies behind a type. `struct_name`: its C++ name, where LLVM's own is another's."""
        c = self.llvm
        kind = c.GetTypeKind(handle)
        if kind == L.TYPE_INTEGER:
            return Int(c.GetIntTypeWidth(handle))
        if kind == L.TYPE_POINTER:
            return Int(64)
        if kind == L.TYPE_ARRAY:
            return Array(c.GetArrayLength2(handle) or None, self.shape(c.GetElementType(handle), struct_name))
        if kind == L.TYPE_STRUCT:
            own = re.sub(r"\.\d+$", "", (c.GetStructName(handle) or b"").decode()).split("::")[-1].split(".")[-1]
            return self._struct(handle, self.names.members.get(struct_name or own, {}))
        raise Unsupported(f"type kind {kind}")

    def struct(self, name):
        """The shape of `struct.NAME`, NAME with its namespaces."""
        handle = self.llvm.GetTypeByName2(self.llvm.context, f"struct.{name}".encode())
        if not handle:
            raise Unsupported(f"no struct {name} in the module")
        return self.shape(handle)

    def _struct(self, handle, members):
        c, fields = self.llvm, []
        for k in range(c.CountStructElementTypes(handle)):
            offset = c.OffsetOfElement(self.layout, handle, k)
            fields.append((offset, members.get(offset, f"at{offset}"), self.shape(c.StructGetTypeAtIndex(handle, k))))
        return Struct(tuple(fields), c.ABISizeOfType(self.layout, handle))

    def function(self, name):
        if name not in self._parsed:
            if name not in self.functions:
                raise Unsupported(f"no function {name} in the module")
            self._parsed[name] = self._parse(name, self.functions[name])
        return self._parsed[name]

    def parameters(self, name):
        """Names to handles; declarations have only numbers: arg0, arg1."""
        c, found = self.llvm, {}
        for p in self._each(c.GetFirstParam(self.functions[name]), c.GetNextParam):
            found[c.name(p) or f"arg{len(found)}"] = p
        return found

    def _parse(self, name, handle):
        c, parameters = self.llvm, self.parameters(name)
        blocks = {b: list(self._each(c.GetFirstInstruction(b), c.GetNextInstruction))
                  for b in self._each(c.GetFirstBasicBlock(handle), c.GetNextBasicBlock)}
        if not blocks:
            raise Unsupported(f"{name} has no body")
        successors = {b: [c.GetSuccessor(i[-1], k) for k in range(c.GetNumSuccessors(i[-1]))] for b, i in blocks.items()}
        entry = next(iter(blocks))
        order, back = _reverse_postorder(entry, successors)
        loops = _natural_loops(order, successors, back)
        self._check_closed(name, blocks, loops)
        return Function(name, handle, parameters, blocks, successors, order, loops, entry,
                        [b for b in order if b in loops])


    def _check_closed(self, name, blocks, loops):
        """What a loop computes is used behind it through a phi only (LLVM's pass lcssa): where a loop is unrolled, the
        phi gets each round's value, and the value itself would be the last round's."""
        c = self.llvm
        home = {instruction: block for block, body in blocks.items() for instruction in body}
        for body in loops.values():
            for user, block in home.items():
                is_phi = c.opcode(user) == "phi"
                for k, value in enumerate(c.operands(user)):
                    at = c.GetIncomingBlock(user, k) if is_phi else block
                    if at not in body and home.get(value) in body:
                        raise Unsupported(f"{name}: a value of a loop is used behind it without a phi (pass lcssa)")


def short_name(mangled):
    """`_ZN4coreL4pickEj` is pick: the last of a nested name's parts. Other names stay."""
    if not mangled.startswith("_Z"):
        return mangled
    rest, last = re.sub(r"^_ZN?K?", "", mangled), None
    while True:
        found = re.match(r"L?(\d+)", rest)
        if not found:
            return last or mangled
        start, length = found.end(), int(found[1])
        last, rest = rest[start:start + length], rest[start + length:]


def _reverse_postorder(entry, successors):
    """Blocks in topological order, and the edges that go back."""
    seen, open_, post, back = set(), set(), [], set()

    def visit(block):
        seen.add(block)
        open_.add(block)
        for target in successors[block]:
            if target in open_:
                back.add((block, target))
            elif target not in seen:
                visit(target)
        open_.discard(block)
        post.append(block)

    visit(entry)
    return post[::-1], back


def _natural_loops(order, successors, back):
    """The blocks of each loop: those from which its header is reached without passing through it."""
    before = {b: [] for b in order}
    for block in order:
        for target in successors[block]:
            before[target].append(block)
    loops = {}
    for source, header in back:
        body = loops.setdefault(header, {header})
        todo = [source]
        while todo:
            block = todo.pop()
            if block not in body:
                body.add(block)
                todo += before[block]
    for header, body in loops.items():
        if any(b != header and set(before[b]) - body for b in body):
            raise Unsupported("a loop with two ways in")
    return loops
