// SPDX-License-Identifier: MIT
// Programs without their constants: which become keys, and that a program passes exactly what its shape
// passes with its keys.
#include <cstring>

#include "bpf_random.hpp"
#include "fixture.hpp"
#include "kernel/core/bpf_codes.hpp"

namespace test {

using namespace core::bpf;

static ShapedProgram shape_of(const Program& program) {
  EXPECT_EQ(bpf_verify(program.data(), static_cast<u32>(program.size())), Status::Ok);
  ShapedProgram out;
  bpf_shape(program.data(), static_cast<u32>(program.size()), out);
  EXPECT_EQ(bpf_verify_shape(out.code, out.length, out.key_count), Status::Ok);
  return out;
}

static std::vector<u32> keys_of(const Program& program) {
  const ShapedProgram s = shape_of(program);
  return {s.keys, s.keys + s.key_count};
}

static constexpr BpfInsn kByte0{kLd | kByte | kAbs, 0, 0, 0}, kByte1{kLd | kByte | kAbs, 0, 0, 1};
static constexpr BpfInsn kAccept{kRet, 0, 0, 1}, kRefuse{kRet, 0, 0, 0};
static constexpr BpfInsn equal(u8 jt, u8 jf, u32 k) { return {kJmp | kJeq, jt, jf, k}; }

TEST(Shape, RequiredConstantsAreKeys) {
  EXPECT_EQ(keys_of({kByte0, equal(0, 1, 7), kAccept, kRefuse}), (std::vector<u32>{7}));
  EXPECT_EQ(keys_of({kByte0, equal(0, 3, 7), kByte1, equal(0, 1, 9), kAccept, kRefuse}),
            (std::vector<u32>{7, 9}));
  EXPECT_TRUE(keys_of({kByte0, equal(1, 0, 7), kAccept, kRefuse}).empty());  // required to differ
  EXPECT_TRUE(keys_of({kAccept}).empty());
}

TEST(Shape, EqualConstantsAreOneKey) {
  // Byte 0 is 7 and byte 1 is 7: the second comparison is with what the first one found.
  const Program both{kByte0, equal(0, 3, 7), kByte1, equal(0, 1, 7), kAccept, kRefuse};
  const ShapedProgram s = shape_of(both);
  EXPECT_EQ(s.key_count, 1u);
  EXPECT_EQ(s.code[1].code, kBpfKeyStore);
  EXPECT_EQ(s.code[3].code, kBpfKeyCheck);
}

// (byte 0 is 1 and byte 1 is H) or (byte 0 is 2 and byte 1 is H): as in "ip dst host H or arp dst host H".
TEST(Shape, AlternativesShareTheirKey) {
  const auto either = [](u32 host) {
    return Program{
        kByte0,  equal(0, 2, 1), kByte1, equal(3, 4, host), equal(0, 3, 2), kByte1, equal(0, 1, host),
        kAccept, kRefuse};
  };
  const ShapedProgram a = shape_of(either(50));
  const ShapedProgram b = shape_of(either(60));
  EXPECT_EQ(a.key_count, 1u);
  EXPECT_EQ(a.keys[0], 50u);
  EXPECT_EQ(b.keys[0], 60u);
  EXPECT_EQ(std::memcmp(a.code, b.code, sizeof a.code), 0);
  EXPECT_EQ(a.code[4].code, kJmp | kJeq);  // 2 is required only on one of the ways
}

// Accepts if byte 0 is 1 or else byte 1 is 5: a packet need not have any 5.
TEST(Shape, WhatAnAcceptedPacketMayLackIsNoKey) {
  EXPECT_TRUE(keys_of({kByte0, equal(2, 0, 1), kByte1, equal(0, 1, 5), kAccept, kRefuse}).empty());
  EXPECT_TRUE(
      keys_of({kByte0, equal(2, 0, 1), kByte1, equal(0, 1, 5), {kRet | kA, 0, 0, 0}, kRefuse}).empty());
}

TEST(Shape, AKeyThatMayBeFoundBeforeIsNone) {
  // Byte 0 is 3 if byte 1 is above 4; in any case byte 1 is 3.
  const Program p{kByte1, {kJmp | kJgt, 0, 2, 4}, kByte0,  equal(0, 3, 3),
                  kByte1, equal(0, 1, 3),         kAccept, kRefuse};
  EXPECT_TRUE(keys_of(p).empty());
}

TEST(Shape, EightKeysAtMost) {
  Program p;
  for (u32 i = 0; i < 10; i++) {
    p.push_back({kLd | kByte | kAbs, 0, 0, i});
    p.push_back(equal(0, static_cast<u8>(19 - 2 * i), 100 + i));
  }
  p.push_back(kAccept);
  p.push_back(kRefuse);
  const ShapedProgram s = shape_of(p);
  EXPECT_EQ(s.key_count, kMaxFilterKeys);
  EXPECT_EQ(s.code[17].code, kJmp | kJeq);
  EXPECT_EQ(s.code[17].k, 108u);
}

// The defining property, on random programs and packets.
TEST(Shape, PassesWhatTheProgramPasses) {
  std::mt19937 random(3);
  u32 with_keys = 0;
  u32 accepted = 0;
  for (u32 i = 0; i < 20'000; i++) {
    const Program program = random_predicate(static_cast<u32>(random()), random);
    const ShapedProgram s = shape_of(program);
    with_keys += s.key_count != 0;
    for (u32 j = 0; j < 20; j++) {
      const std::vector<u8> packet = small_packet(random);
      const u32 size = static_cast<u32>(packet.size());
      const u32 plain = bpf_run(program.data(), static_cast<u32>(program.size()), packet.data(), size, size);
      BpfMachine machine{};
      const u32 shaped = bpf_execute(s.code, s.length, {packet.data(), size, size}, machine);
      const bool same = std::equal(s.keys, s.keys + s.key_count, machine.keys);
      ASSERT_EQ(plain, same ? shaped : 0) << i;
      accepted += plain != 0;
    }
  }
  EXPECT_GT(with_keys, 5'000u);
  EXPECT_GT(accepted, 20'000u);
}

}  // namespace test
