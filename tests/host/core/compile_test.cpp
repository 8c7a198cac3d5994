// SPDX-License-Identifier: MIT
// Machine code beside the interpreter, executed on this processor; packets end where a page that cannot
// be read begins, so that a load too far is a fault.
#include <sys/mman.h>

#include <cstring>

#include "bpf_random.hpp"
#include "fixture.hpp"
#include "kernel/core/bpf_codes.hpp"
#include "kernel/core/bpf_compile.hpp"

namespace test {

using namespace core::bpf;

class Compile : public testing::Test {
 protected:
  u8* code_ = nullptr;
  u8* pages_ = nullptr;
  void SetUp() override {
    code_ = map(kPageSize, PROT_READ | PROT_WRITE);
    pages_ = map(2 * kPageSize, PROT_READ | PROT_WRITE);
    ASSERT_EQ(mprotect(pages_ + kPageSize, kPageSize, PROT_NONE), 0);
  }
  void TearDown() override {
    munmap(code_, kPageSize);
    munmap(pages_, 2 * kPageSize);
  }
  static u8* map(u64 bytes, int rights) {
    void* const p = mmap(nullptr, bytes, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(p, MAP_FAILED);
    return static_cast<u8*>(p);
  }
  u32 compile(const BpfInsn* code, u32 length) {
    static_assert(kMaxCode <= kPageSize);
    EXPECT_EQ(mprotect(code_, kPageSize, PROT_READ | PROT_WRITE), 0);
    const u32 bytes = bpf_compile(code, length, code_);
    EXPECT_LE(bytes, kMaxCode);
    EXPECT_EQ(mprotect(code_, kPageSize, PROT_READ | PROT_EXEC), 0);
    return bytes;
  }
  // Runs what was compiled and the interpreter: the answer, which must be the same.
  [[gnu::no_sanitize("undefined")]] u32 run(const BpfInsn* code, u32 length, const std::vector<u8>& packet,
                                            u32 wire) {
    const u32 captured = static_cast<u32>(packet.size());
    u8* const bytes = pages_ + kPageSize - captured;
    std::copy(packet.begin(), packet.end(), bytes);
    BpfMachine plain{}, made{};
    const u32 expected = bpf_execute(code, length, {bytes, captured, wire}, plain);
    const u32 answer = reinterpret_cast<CompiledFilter>(code_)(bytes, captured, 99, 98, &made, wire);
    EXPECT_EQ(answer, expected);
    if (expected != 0) {
      EXPECT_EQ(std::memcmp(plain.keys, made.keys, sizeof plain.keys), 0);
    }
    EXPECT_EQ(std::memcmp(plain.memory, made.memory, sizeof plain.memory), 0);
    return answer;
  }
};

TEST_F(Compile, RandomPrograms) {
  std::mt19937 random(17);
  u32 taken = 0;
  u32 accepted = 0;
  for (u32 i = 0; i < 60'000 && !HasFailure(); i++) {
    const Program program = random_program(random);
    const u32 length = static_cast<u32>(program.size());
    if (bpf_verify(program.data(), length) != Status::Ok) continue;
    taken++;
    compile(program.data(), length);
    for (u32 j = 0; j < 8; j++)
      accepted += run(program.data(), length, random_packet(random), static_cast<u32>(random() % 3000)) != 0;
  }
  EXPECT_GT(taken, 500u);
  EXPECT_GT(accepted, 500u);
}

TEST_F(Compile, RandomShapes) {
  std::mt19937 random(18);
  u32 accepted = 0;
  for (u32 i = 0; i < 5'000 && !HasFailure(); i++) {
    const Program program = random_predicate(static_cast<u32>(random()), random);
    ShapedProgram s;
    bpf_shape(program.data(), static_cast<u32>(program.size()), s);
    compile(s.code, s.length);
    for (u32 j = 0; j < 8; j++) accepted += run(s.code, s.length, small_packet(random), 60) != 0;
  }
  EXPECT_GT(accepted, 2'000u);
}

// Each instruction with operands at the edges: A and X are set first, then A, X and memory come out.
TEST_F(Compile, EveryInstructionAtTheEdges) {
  const u32 kEdges[] = {0,  1,   2,   3,   5,   15,         16,         31,        32,
                        33, 127, 128, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff};
  const std::vector<u8> packet{0x45, 0xff, 0x80, 0x7f, 1, 2, 3, 0xfe};
  u32 tried = 0;
  for (u32 op = 0; op < 256; op++) {
    for (u32 k : kEdges) {
      const BpfInsn insn{static_cast<u16>(op), 1, 2, k};
      for (u32 a : kEdges) {
        for (u32 x : kEdges) {
          const BpfInsn program[] = {
              {kLd | kImm, 0, 0, a}, {kLdx | kImm, 0, 0, x},      {kStx, 0, 0, 3},     insn, {kSt, 0, 0, 1},
              {kStx, 0, 0, 2},       {kAlu | kXor | kX, 0, 0, 0}, {kRet | kA, 0, 0, 0}};
          if (bpf_verify(program, 8) != Status::Ok) break;
          tried++;
          compile(program, 8);
          run(program, 8, packet, 1500);
        }
      }
      if (HasFailure()) FAIL() << "opcode " << op << " k " << k;
    }
  }
  EXPECT_GT(tried, 100'000u);
}

TEST_F(Compile, LengthsDoNotDependOnTargets) {
  std::mt19937 random(19);
  u32 longest = 0;
  for (u32 i = 0; i < 100'000; i++) {
    BpfInsn insn{static_cast<u16>(random() % 256), static_cast<u8>(random() % 3),
                 static_cast<u8>(random() % 3), static_cast<u32>(random() % 16)};
    if (insn.code == kBpfKeyStore || insn.code == kBpfKeyCheck) insn.k %= kMaxFilterKeys;
    CodePiece a, b;
    bpf_emit(insn, {0, 0, 0}, a);
    bpf_emit(insn, {static_cast<u32>(random()), static_cast<u32>(random()), static_cast<u32>(random())}, b);
    ASSERT_EQ(a.length, b.length);
    longest = std::max(longest, a.length);
  }
  EXPECT_EQ(longest, kMaxPiece);
}

// The space of machine code: booked in runs, refused when full, given back with the shape.
class CodeSpace : public Core {};

TEST_F(CodeSpace, FullAndGivenBack) {
  std::vector<u32> slots;
  u32 compiled = 0;
  u32 interpreted = 0;
  for (u32 i = 0; i < 100; i++) {
    const BpfInsn code[] = {{kLd | kByte | kAbs, 0, 0, i}, {kRet | kA, 0, 0, 0}};
    ASSERT_EQ(filter_derive(0, kSlotReceive, 66 + i % 60, code, 2), Status::Ok);
    const u32 filter = caps[66 + i % 60].object;
    (code_take(filters[filter].shape, kMaxCode) ? compiled : interpreted)++;
    if (i % 60 == 59) {
      EXPECT_EQ(interpreted, 0u);
      for (u32 slot = 66; slot < 126; slot++) ASSERT_EQ(cap_drop(0, slot), Status::Ok);
      for (u16 owner : code_owner) EXPECT_EQ(owner, 0);
    }
  }
  EXPECT_EQ(compiled, 100u);
  const u32 units = (kMaxCode + kCodeUnit - 1) / kCodeUnit;
  EXPECT_GE(kCodeUnits / units, 60u);
}

TEST_F(CodeSpace, InterpretedWhenFull) {
  for (u32 i = 0; i < 3; i++) {
    const BpfInsn code[] = {{kLd | kByte | kAbs, 0, 0, i}, {kRet | kA, 0, 0, 0}};
    ASSERT_EQ(filter_derive(0, kSlotReceive, 80 + i, code, 2), Status::Ok);
  }
  const auto shape = [](u32 slot) { return filters[caps[slot].object].shape; };
  EXPECT_TRUE(code_take(shape(80), kCodeSpace - kCodeUnit));
  EXPECT_FALSE(code_take(shape(81), kCodeUnit + 1));
  EXPECT_TRUE(code_take(shape(82), kCodeUnit));
  EXPECT_EQ(shapes[shape(81)].compiled, kCodeInterpreted);
  EXPECT_EQ(shapes[shape(82)].code_first, kCodeUnits - 1);
}

}  // namespace test
