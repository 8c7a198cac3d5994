// SPDX-License-Identifier: MIT
// Filters: whatever the verifier takes terminates and stays inside the packet, machine code answers as the
// interpreter does, and a program passes what its shape passes with its keys.
// sources: kernel/core/bpf.cpp kernel/core/bpf_step.cpp kernel/core/bpf_shape.cpp kernel/core/bpf_compile.cpp
//
// Input: a byte with the program's length, 8 bytes for each instruction as in BpfInsn, then the packet.
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernel/core/bpf_compile.hpp"
#include "kernel/core/bpf_shape.hpp"

namespace {

using namespace core;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// A packet in front of a page that nobody may read.
class Packet {
 public:
  Packet() {
    pages_ = static_cast<u8*>(
        mmap(nullptr, 2 * kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    require(mprotect(pages_ + kPageSize, kPageSize, PROT_NONE) == 0, "a page without access");
  }
  BpfPacket put(const std::uint8_t* data, u32 size) {
    u8* const bytes = pages_ + kPageSize - size;
    std::memcpy(bytes, data, size);
    return {bytes, size, size + 4};
  }

 private:
  u8* pages_;
};

class Code {
 public:
  Code() {
    page_ = static_cast<u8*>(
        mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }
  void make(const BpfInsn* code, u32 length) {
    static_assert(kMaxCode <= kPageSize);
    mprotect(page_, kPageSize, PROT_READ | PROT_WRITE);
    require(bpf_compile(code, length, page_) <= kMaxCode, "code fits in");
    mprotect(page_, kPageSize, PROT_READ | PROT_EXEC);
  }
  // No type information lies in front of made code.
  __attribute__((no_sanitize("function"))) u32 run(const BpfPacket& p, BpfMachine& m) const {
    return reinterpret_cast<CompiledFilter>(page_)(p.bytes, p.captured, 1, 2, &m, p.wire_length);
  }

 private:
  u8* page_;
};

u32 run_both(Code& made, const BpfInsn* code, u32 length, const BpfPacket& packet, BpfMachine& plain) {
  BpfMachine machine{};
  made.make(code, length);
  const u32 answer = bpf_execute(code, length, packet, plain);
  require(made.run(packet, machine) == answer, "machine code answers as the interpreter");
  require(answer == 0 || std::memcmp(machine.keys, plain.keys, sizeof plain.keys) == 0, "the same keys");
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Packet buffer;
  static Code made;
  if (size == 0) return 0;
  const u32 length = data[0] % (kMaxFilterInsns + 2);
  if (size - 1 < length * sizeof(BpfInsn)) return 0;
  BpfInsn code[kMaxFilterInsns + 2];
  std::memcpy(code, data + 1, length * sizeof(BpfInsn));
  if (bpf_verify(code, length) != Status::Ok) return 0;
  const std::size_t left = size - 1 - length * sizeof(BpfInsn);
  const BpfPacket packet =
      buffer.put(data + size - left, static_cast<u32>(left < kPageSize ? left : kPageSize));

  BpfMachine plain{};
  const u32 answer = run_both(made, code, length, packet, plain);
  ShapedProgram shape;
  bpf_shape(code, length, shape);
  require(bpf_verify_shape(shape.code, shape.length, shape.key_count) == Status::Ok, "shapes verify");
  BpfMachine found{};
  const u32 shaped = run_both(made, shape.code, shape.length, packet, found);
  const bool same = std::memcmp(shape.keys, found.keys, shape.key_count * sizeof(u32)) == 0;
  require(answer == (same ? shaped : 0), "a program passes what its shape passes with its keys");
  return 0;
}
