# SPDX-License-Identifier: MIT
"""The part of LLVM's C interface that the prover needs, through ctypes (llvm-c/Core.h, IRReader.h, Target.h of
LLVM 19). Handles are plain integers."""
import ctypes
import glob

LIBRARY = "/usr/lib/*/libLLVM-19.so*"

HANDLE, TEXT, UINT, INT, U64 = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulonglong)
_KINDS = {"H": HANDLE, "S": TEXT, "U": UINT, "I": INT, "L": U64}

# name, result, arguments
_FUNCTIONS = """
CreateMemoryBufferWithContentsOfFile I SHH
ParseIRInContext I HHHH
ContextCreate H
GetFirstGlobal H H
GetNextGlobal H H
GlobalGetValueType H H
IsDeclaration I H
IsGlobalConstant I H
GetTypeKind I H
GetIntTypeWidth U H
GetArrayLength2 L H
GetElementType H H
StructGetTypeAtIndex H HU
CountStructElementTypes U H
GetStructName S H
GetTypeByName2 H HS
OffsetOfElement L HHU
ABISizeOfType L HH
GetModuleDataLayout H H
GetFirstFunction H H
GetNextFunction H H
GetValueName2 S HH
GetFirstBasicBlock H H
GetNextBasicBlock H H
GetFirstInstruction H H
GetNextInstruction H H
GetInstructionOpcode I H
GetNumOperands I H
GetOperand H HU
GetICmpPredicate I H
CountIncoming U H
GetIncomingValue H HU
GetIncomingBlock H HU
GetCalledValue H H
GetGEPSourceElementType H H
GetNumSuccessors U H
GetSuccessor H HU
ConstIntGetZExtValue L H
GetValueKind I H
PrintValueToString S H
TypeOf H H
GetNumIndices U H
GetIndices H H
IsConditional I H
GetFirstParam H H
GetNextParam H H
GetLinkage I H
ValueAsBasicBlock H H
GetAllocatedType H H
GetVolatile I H
GetOrdering I H
GetNUW I H
GetNSW I H
GetExact I H
GetNNeg I H
GetIsDisjoint I H
GetMDKindID U SU
GetMetadata H HU
GetDebugLocLine U H
GetDebugLocFilename S HH
GetEnumAttributeKindForName U SL
GetEnumAttributeAtIndex H HUU
"""

# llvm-c/Core.h: LLVMOpcode.
OPCODES = {
    1: "ret", 2: "br", 3: "switch", 7: "unreachable", 8: "add", 10: "sub", 12: "mul", 14: "udiv", 15: "sdiv",
    17: "urem", 18: "srem", 20: "shl", 21: "lshr", 22: "ashr", 23: "and", 24: "or", 25: "xor", 26: "alloca",
    27: "load", 28: "store", 29: "getelementptr", 30: "trunc", 31: "zext", 32: "sext", 42: "icmp", 44: "phi",
    45: "call", 46: "select", 53: "extractvalue", 54: "insertvalue", 68: "freeze",
}

# LLVMTypeKind and LLVMValueKind.
TYPE_INTEGER, TYPE_STRUCT, TYPE_ARRAY, TYPE_POINTER = 8, 10, 11, 12
VALUE_FUNCTION, VALUE_GLOBAL, VALUE_CONSTANT_EXPRESSION = 5, 8, 10
VALUE_CONSTANT_STRUCT, VALUE_UNDEF, VALUE_CONSTANT_ZERO, VALUE_INTEGER = 13, 14, 16, 18
VALUE_NULL, VALUE_INSTRUCTION, VALUE_POISON = 20, 24, 25


class Llvm:
    """`llvm.GetOperand(value, 0)` is `LLVMGetOperand`."""

    def __init__(self):
        found = sorted(glob.glob(LIBRARY))
        if not found:
            raise SystemExit(f"{LIBRARY}: not found; install llvm-19")
        library = ctypes.CDLL(found[0])
        for line in _FUNCTIONS.split("\n"):
            if not line:
                continue
            name, result, arguments = (line.split() + [""])[:3]
            function = getattr(library, "LLVM" + name)
            function.restype = _KINDS[result]
            function.argtypes = [_KINDS[a] for a in arguments]
            setattr(self, name, function)
        self.range_kind = self.GetMDKindID(b"range", 5)
        self.by_value_kind = self.GetEnumAttributeKindForName(b"byval", 5)

    def opcode(self, instruction):
        """The name of the opcode, None if the prover does not know it."""
        return OPCODES.get(self.GetInstructionOpcode(instruction))

    def name(self, value):
        length = ctypes.c_size_t()
        return (self.GetValueName2(value, ctypes.byref(length)) or b"").decode()

    def text(self, value):
        return self.PrintValueToString(value).decode().strip()

    def is_by_value(self, function, number):
        """Whether the parameter points to a copy of the callee's own."""
        return bool(self.GetEnumAttributeAtIndex(function, number + 1, self.by_value_kind))

    def operands(self, value):
        return [self.GetOperand(value, k) for k in range(self.GetNumOperands(value))]

    def place(self, instruction):
        """Source file and line, empty where there is none."""
        line = self.GetDebugLocLine(instruction)
        length = ctypes.c_uint()
        name = self.GetDebugLocFilename(instruction, ctypes.byref(length))
        return f"{name.decode().replace(chr(46) * 2 + chr(47), str())}:{line}" if line and name else ""

    def parse(self, path):
        """The module in a bitcode file."""
        buffer, module, error = HANDLE(), HANDLE(), HANDLE()
        if self.CreateMemoryBufferWithContentsOfFile(str(path).encode(), ctypes.byref(buffer), ctypes.byref(error)):
            raise SystemExit(f"{path}: cannot read")
        self.context = self.ContextCreate()
        if self.ParseIRInContext(self.context, buffer, ctypes.byref(module), ctypes.byref(error)):
            raise SystemExit(f"{path}: no LLVM 19 bitcode")
        return module
