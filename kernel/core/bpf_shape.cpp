// SPDX-License-Identifier: MIT
// One pass forward over the program finds, for each instruction, which constants were compared with on
// every way to it and on some way to it; jumps go only forward, so each is final when it is looked at.
#include "kernel/core/bpf_shape.hpp"

#include "kernel/core/bpf_codes.hpp"

namespace core {

using namespace bpf;

namespace {

constexpr u32 kNoConstant = kMaxFilterInsns;

struct Flow {
  u32 constant_count;
  u32 constants[kMaxFilterInsns];   // the distinct ones
  u8 constant_at[kMaxFilterInsns];  // by instruction: index in constants, kNoConstant for others
  u8 reached[kMaxFilterInsns];
  u64 always[kMaxFilterInsns];     // constants found on every way to the instruction
  u64 sometimes[kMaxFilterInsns];  // and on some way
  u64 unfit;                       // constants that cannot be keys
};

bool is_refusal(const BpfInsn& i) { return i.code == kRet && i.k == 0; }

// Refuses the packet unless A is k.
bool requires_constant(const BpfInsn* code, u32 pc) {
  return code[pc].code == (kJmp | kJeq) && is_refusal(code[pc + 1 + code[pc].jf]);
}

u32 constant_index(Flow& f, u32 value) {
  for (u32 i = 0; i < f.constant_count; i++)
    if (f.constants[i] == value) return i;
  f.constants[f.constant_count] = value;
  return f.constant_count++;
}

void find_constants(const BpfInsn* code, u32 length, Flow& f) {
  for (u32 pc = 0; pc < length; pc++)
    f.constant_at[pc] =
        static_cast<u8>(requires_constant(code, pc) ? constant_index(f, code[pc].k) : kNoConstant);
}

void join(Flow& f, u32 pc, u64 always, u64 sometimes) {
  f.always[pc] = f.reached[pc] != 0 ? f.always[pc] & always : always;
  f.sometimes[pc] |= sometimes;
  f.reached[pc] = 1;
}

void follow(const BpfInsn* code, u32 pc, Flow& f) {
  const BpfInsn& i = code[pc];
  u64 always = f.always[pc];
  u64 sometimes = f.sometimes[pc];
  if (f.constant_at[pc] != kNoConstant) {
    const u64 bit = 1ul << f.constant_at[pc];
    f.unfit |= bit & sometimes & ~always;
    join(f, pc + 1 + i.jt, always | bit, sometimes | bit);
  } else if ((i.code & kClass) == kRet) {
    if (!is_refusal(i)) f.unfit |= ~always;
  } else if (i.code == (kJmp | kJa)) {
    join(f, pc + 1 + i.k, always, sometimes);
  } else if ((i.code & kClass) == kJmp) {
    join(f, pc + 1 + i.jt, always, sometimes);
    join(f, pc + 1 + i.jf, always, sometimes);
  } else {
    join(f, pc + 1, always, sometimes);
  }
}

void follow_all(const BpfInsn* code, u32 length, Flow& f) {
  f.reached[0] = 1;
  for (u32 pc = 0; pc < length; pc++)
    if (f.reached[pc] != 0) follow(code, pc, f);
}

// The key that a constant is or becomes, in the order of the program; kMaxFilterKeys: there are too many.
u32 key_of(ShapedProgram& out, u32 value) {
  for (u32 i = 0; i < out.key_count; i++)
    if (out.keys[i] == value) return i;
  if (out.key_count == kMaxFilterKeys) return kMaxFilterKeys;
  out.keys[out.key_count] = value;
  return out.key_count++;
}

void replace(const Flow& f, u32 pc, ShapedProgram& out) {
  if (f.reached[pc] == 0 || f.constant_at[pc] == kNoConstant) return;
  const u64 bit = 1ul << f.constant_at[pc];
  if ((f.unfit & bit) != 0) return;
  BpfInsn& i = out.code[pc];
  const u32 key = key_of(out, i.k);
  if (key == kMaxFilterKeys) return;
  i.code = (f.always[pc] & bit) != 0 ? kBpfKeyCheck : kBpfKeyStore;
  i.jf = 0;
  i.k = key;
}

}  // namespace

void bpf_shape(const BpfInsn* code, u32 length, ShapedProgram& out) {
  Flow f{};
  out = ShapedProgram{};
  out.length = length;
  find_constants(code, length, f);
  follow_all(code, length, f);
  for (u32 pc = 0; pc < length; pc++) {
    out.code[pc] = code[pc];
    replace(f, pc, out);
  }
}

}  // namespace core
