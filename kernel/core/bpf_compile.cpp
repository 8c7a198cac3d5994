// SPDX-License-Identifier: MIT
#include "kernel/core/bpf_compile.hpp"

#include "kernel/core/bpf_codes.hpp"

namespace core {

using namespace bpf;

namespace {

// Condition codes of Jcc rel32 (second opcode byte).
constexpr u8 kBelowOrEqual = 0x86, kAbove = 0x87, kBelow = 0x82, kAboveOrEqual = 0x83, kEqual = 0x84,
             kNotEqual = 0x85;

void byte(CodePiece& out, u32 value) { out.bytes[out.length++] = static_cast<u8>(value); }

void bytes(CodePiece& out, u32 first, u32 second) {
  byte(out, first);
  byte(out, second);
}
void bytes(CodePiece& out, u32 first, u32 second, u32 third) {
  bytes(out, first, second);
  byte(out, third);
}
void bytes(CodePiece& out, u32 first, u32 second, u32 third, u32 fourth) {
  bytes(out, first, second, third);
  byte(out, fourth);
}
void word(CodePiece& out, u32 value) {
  bytes(out, value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24);
}

// A displacement is relative to its own end.
void jump_if(CodePiece& out, u8 condition, u32 target) {
  bytes(out, 0x0f, condition);
  word(out, target - (out.length + 4));
}
void jump_to(CodePiece& out, u32 target) {
  byte(out, 0xe9);
  word(out, target - (out.length + 4));
}

// Offsets of BpfMachine from r8.
u32 memory_offset(u32 index) { return 8 + 4 * index; }
u32 key_offset(u32 key) { return 8 + 4 * kBpfMemory + 4 * key; }
static_assert(__builtin_offsetof(BpfMachine, memory) == 8 &&
              __builtin_offsetof(BpfMachine, keys) == 8 + 4 * kBpfMemory);

void byte_order(CodePiece& out, u16 size) {
  if (size == kWord) bytes(out, 0x0f, 0xc8);           // bswap eax
  if (size == kHalf) bytes(out, 0x66, 0xc1, 0xc0, 8);  // rol ax, 8
}

// Opcode of mov or movzx from memory to eax.
void load_code(CodePiece& out, u16 size) {
  if (size == kWord) byte(out, 0x8b);
  if (size == kHalf) bytes(out, 0x0f, 0xb7);
  if (size == kByte) bytes(out, 0x0f, 0xb6);
}

u32 bytes_of(u16 size) { return size == kWord ? 4 : size == kHalf ? 2 : 1; }

// k + 3 does not wrap: the verifier keeps k below 2^31.
void emit_absolute(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  const u16 size = i.code & kSize;
  bytes(out, 0x81, 0xfe);  // cmp esi, k + size - 1
  word(out, i.k + bytes_of(size) - 1);
  jump_if(out, kBelowOrEqual, t.refusal);
  load_code(out, size);  // eax, [rdi + k]
  byte(out, 0x87);
  word(out, i.k);
  byte_order(out, size);
}

void emit_indirect(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  const u16 size = i.code & kSize;
  bytes(out, 0x89, 0xca);  // mov edx, ecx
  bytes(out, 0x41, 0xba);  // mov r10d, k
  word(out, i.k);
  bytes(out, 0x4c, 0x01, 0xd2);                  // add rdx, r10
  bytes(out, 0x4c, 0x8d, 0x52, bytes_of(size));  // lea r10, [rdx + size]
  bytes(out, 0x49, 0x39, 0xf2);                  // cmp r10, rsi
  jump_if(out, kAbove, t.refusal);
  load_code(out, size);  // eax, [rdi + rdx]
  bytes(out, 0x04, 0x17);
  byte_order(out, size);
}

void emit_load(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  switch (i.code & kMode) {
    case kImm:
      byte(out, 0xb8);  // mov eax, k
      return word(out, i.k);
    case kAbs:
      return emit_absolute(i, t, out);
    case kInd:
      return emit_indirect(i, t, out);
    case kMem:
      return bytes(out, 0x41, 0x8b, 0x40, memory_offset(i.k));  // mov eax, [r8 + memory]
    default:                                                    // kLen
      return bytes(out, 0x44, 0x89, 0xc8);                      // mov eax, r9d
  }
}

void emit_load_x(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  switch (i.code & kMode) {
    case kImm:
      byte(out, 0xb9);  // mov ecx, k
      return word(out, i.k);
    case kMem:
      return bytes(out, 0x41, 0x8b, 0x48, memory_offset(i.k));  // mov ecx, [r8 + memory]
    case kLen:
      return bytes(out, 0x44, 0x89, 0xc9);  // mov ecx, r9d
    default:                                // kMsh
      byte(out, 0xba);                      // mov edx, k
      word(out, i.k);
      bytes(out, 0x39, 0xd6);  // cmp esi, edx
      jump_if(out, kBelowOrEqual, t.refusal);
      bytes(out, 0x0f, 0xb6, 0x0c, 0x17);  // movzx ecx, byte [rdi + rdx]
      bytes(out, 0x83, 0xe1, 15);          // and ecx, 15
      return bytes(out, 0xc1, 0xe1, 2);    // shl ecx, 2
  }
}

void emit_divide(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  if ((i.code & kX) != 0) {
    bytes(out, 0x85, 0xc9);  // test ecx, ecx
    jump_if(out, kEqual, t.refusal);
    bytes(out, 0x31, 0xd2);  // xor edx, edx
    bytes(out, 0xf7, 0xf1);  // div ecx
  } else {
    bytes(out, 0x31, 0xd2);
    bytes(out, 0x41, 0xba);  // mov r10d, k
    word(out, i.k);
    bytes(out, 0x41, 0xf7, 0xf2);  // div r10d
  }
  if ((i.code & kOperation) == kMod) bytes(out, 0x89, 0xd0);  // mov eax, edx
}

// The processor takes the count modulo 32; from 32 on the result is to be 0.
void emit_shift_x(CodePiece& out, u32 modrm) {
  bytes(out, 0xd3, modrm);     // shl or shr eax, cl
  bytes(out, 0x83, 0xf9, 32);  // cmp ecx, 32
  bytes(out, 0x19, 0xd2);      // sbb edx, edx: all ones if below
  bytes(out, 0x21, 0xd0);      // and eax, edx
}

void constant(CodePiece& out, u32 opcode, u32 k) {
  byte(out, opcode);
  word(out, k);
}

void emit_compute_k(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  switch (i.code & kOperation) {
    case kAdd:
      return constant(out, 0x05, i.k);
    case kSub:
      return constant(out, 0x2d, i.k);
    case kMul:
      bytes(out, 0x69, 0xc0);  // imul eax, eax, k
      return word(out, i.k);
    case kOr:
      return constant(out, 0x0d, i.k);
    case kAnd:
      return constant(out, 0x25, i.k);
    case kXor:
      return constant(out, 0x35, i.k);
    case kLsh:
      return bytes(out, 0xc1, 0xe0, i.k);
    case kRsh:
      return bytes(out, 0xc1, 0xe8, i.k);
    case kNeg:
      return bytes(out, 0xf7, 0xd8);
    default:  // kDiv, kMod
      return emit_divide(i, t, out);
  }
}

void emit_compute_x(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  switch (i.code & kOperation) {
    case kAdd:
      return bytes(out, 0x01, 0xc8);
    case kSub:
      return bytes(out, 0x29, 0xc8);
    case kMul:
      return bytes(out, 0x0f, 0xaf, 0xc1);
    case kOr:
      return bytes(out, 0x09, 0xc8);
    case kAnd:
      return bytes(out, 0x21, 0xc8);
    case kXor:
      return bytes(out, 0x31, 0xc8);
    case kLsh:
      return emit_shift_x(out, 0xe0);
    case kRsh:
      return emit_shift_x(out, 0xe8);
    default:
      return emit_divide(i, t, out);
  }
}

void emit_key(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  if ((i.code & kOperation) == kKeyStore) {
    bytes(out, 0x41, 0x89, 0x40, key_offset(i.k));  // mov [r8 + key], eax
  } else {
    bytes(out, 0x41, 0x3b, 0x40, key_offset(i.k));  // cmp eax, [r8 + key]
    jump_if(out, kNotEqual, t.refusal);
  }
  if (i.jt != 0) jump_to(out, t.taken);
}

// Where one way is the next instruction, only the other one needs a jump.
void emit_branch(const BpfInsn& i, const CodeTargets& t, u8 condition, u8 inverse, CodePiece& out) {
  if (i.jt != 0) {
    jump_if(out, condition, t.taken);
    if (i.jf != 0) jump_to(out, t.other);
  } else if (i.jf != 0) {
    jump_if(out, inverse, t.other);
  }
}

void emit_compare(const BpfInsn& i, u32 opcode_k, u32 opcode_x, CodePiece& out) {
  if ((i.code & kX) != 0) return bytes(out, opcode_x, 0xc8);  // eax, ecx
  constant(out, opcode_k, i.k);
}

void emit_jump(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  switch (i.code & kOperation) {
    case kJeq:
      emit_compare(i, 0x3d, 0x39, out);
      return emit_branch(i, t, kEqual, kNotEqual, out);
    case kJgt:
      emit_compare(i, 0x3d, 0x39, out);
      return emit_branch(i, t, kAbove, kBelowOrEqual, out);
    case kJge:
      emit_compare(i, 0x3d, 0x39, out);
      return emit_branch(i, t, kAboveOrEqual, kBelow, out);
    case kJset:
      emit_compare(i, 0xa9, 0x85, out);
      return emit_branch(i, t, kNotEqual, kEqual, out);
    case kJa:
      if (i.k != 0) jump_to(out, t.taken);
      return;
    default:
      return emit_key(i, t, out);
  }
}

void emit_return(const BpfInsn& i, CodePiece& out) {
  if ((i.code & kA) == 0) constant(out, 0xb8, i.k);
  byte(out, 0xc3);
}

}  // namespace

void bpf_emit(const BpfInsn& i, const CodeTargets& t, CodePiece& out) {
  out.length = 0;
  switch (i.code & kClass) {
    case kLd:
      return emit_load(i, t, out);
    case kLdx:
      return emit_load_x(i, t, out);
    case kSt:
      return bytes(out, 0x41, 0x89, 0x40, memory_offset(i.k));  // mov [r8 + memory], eax
    case kStx:
      return bytes(out, 0x41, 0x89, 0x48, memory_offset(i.k));  // mov [r8 + memory], ecx
    case kAlu:
      return (i.code & kX) != 0 ? emit_compute_x(i, t, out) : emit_compute_k(i, t, out);
    case kJmp:
      return emit_jump(i, t, out);
    case kRet:
      return emit_return(i, out);
    default:                                                        // kMisc
      return bytes(out, 0x89, (i.code & kTxa) != 0 ? 0xc8 : 0xc1);  // mov eax, ecx; mov ecx, eax
  }
}

namespace {

// Where each instruction's code starts; the refusal is behind the last one's.
struct CodeLayout {
  u32 start[kMaxFilterInsns + 1];
};

void lay_out(const BpfInsn* code, u32 length, CodeLayout& layout) {
  constexpr CodeTargets kAnywhere{0, 0, 0};
  u32 at = kCodePrologue;
  for (u32 pc = 0; pc < length; pc++) {
    CodePiece piece;
    layout.start[pc] = at;
    bpf_emit(code[pc], kAnywhere, piece);
    at += piece.length;
  }
  layout.start[length] = at;
}

// Only jumps have targets; jt and jf of other instructions may be anything.
void find_targets(const BpfInsn* code, u32 length, u32 pc, const CodeLayout& layout, CodeTargets& targets) {
  const BpfInsn& i = code[pc];
  const u32* const next = &layout.start[pc + 1];
  const u32 here = layout.start[pc];
  targets = CodeTargets{0, 0, layout.start[length] - here};
  if ((i.code & kClass) != kJmp) return;
  if (i.code == (kJmp | kJa)) {
    targets.taken = next[i.k] - here;
  } else {
    targets.taken = next[i.jt] - here;
    targets.other = next[i.jf] - here;
  }
}

// A and X begin at 0.
void put_prologue(u8* out) {
  out[0] = 0x31;  // xor eax, eax
  out[1] = 0xc0;
  out[2] = 0x31;  // xor ecx, ecx
  out[3] = 0xc9;
}
static_assert(kCodePrologue == 4);

void put_refusal(u8* out, u32 at) {
  out[at] = 0x31;  // xor eax, eax
  out[at + 1] = 0xc0;
  out[at + 2] = 0xc3;  // ret
}
static_assert(kCodeRefusal == 3);

u32 put(u8* out, u32 at, const CodePiece& piece) {
  for (u32 i = 0; i < piece.length; i++) out[at + i] = piece.bytes[i];
  return at + piece.length;
}

}  // namespace

u32 bpf_compile(const BpfInsn* code, u32 length, u8* out) {
  CodeLayout layout;
  lay_out(code, length, layout);
  put_prologue(out);
  u32 at = kCodePrologue;
  for (u32 pc = 0; pc < length; pc++) {
    CodeTargets targets;
    CodePiece piece;
    find_targets(code, length, pc, layout, targets);
    bpf_emit(code[pc], targets, piece);
    at = put(out, at, piece);
  }
  put_refusal(out, at);
  return at + kCodeRefusal;
}

}  // namespace core
