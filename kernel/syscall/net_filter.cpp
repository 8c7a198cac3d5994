// SPDX-License-Identifier: MIT
// How the kernel runs the program of a shape: as machine code, made when the first packet comes, and by
// the interpreter where the code space is full.
#include "kernel/arch/x86_64/code_arena.hpp"
#include "kernel/core/bpf_compile.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/shape.hpp"

using core::kCodeSpace;
using core::kCodeUnit;

static_assert(kCodeSpace == arch::kCodeArenaBytes);

namespace {

constinit abi::u8 buffer[core::kMaxCode]{};

void compile(abi::u32 shape) {
  const abi::ShapeEntry& s = shapes[shape];
  const abi::u32 bytes = core::bpf_compile(s.code, s.length, buffer);
  if (core::code_take(shape, bytes)) arch::code_write(s.code_first * kCodeUnit, buffer, bytes);
}

// Not compiled yet, or never: apart, so that the ordinary case saves no registers.
[[gnu::noinline]] abi::u32 execute_slowly(abi::u32 shape, const core::BpfPacket& packet,
                                          core::BpfMachine& machine) {
  const abi::ShapeEntry& s = shapes[shape];
  if (s.compiled == abi::kCodeNotYet) {
    compile(shape);
    if (s.compiled == abi::kCodeCompiled) return filter_execute(shape, packet, machine);
  }
  machine = core::BpfMachine{};
  return core::bpf_execute(s.code, s.length, packet, machine);
}

}  // namespace

abi::u32 filter_execute(abi::u32 shape, const core::BpfPacket& packet, core::BpfMachine& machine) {
  const abi::ShapeEntry& s = shapes[shape];
  if (s.compiled != abi::kCodeCompiled) return execute_slowly(shape, packet, machine);
  if (s.has_memory != 0) machine = core::BpfMachine{};
  const auto run = reinterpret_cast<core::CompiledFilter>(arch::code_address(s.code_first * kCodeUnit));
  return run(packet.bytes, packet.captured, 0, 0, &machine, packet.wire_length);
}
