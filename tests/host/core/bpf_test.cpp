// SPDX-License-Identifier: MIT
// The verifier's refusals one by one, and the interpreter's instructions on packets made by hand.
#include <vector>

#include "fixture.hpp"
#include "kernel/core/bpf_codes.hpp"

namespace test {

using namespace core::bpf;
using Program = std::vector<BpfInsn>;

static Status verify(const Program& p) { return bpf_verify(p.data(), static_cast<u32>(p.size())); }

// The value that a program returns on `packet`. It must pass the verifier.
static u32 run(const Program& p, std::vector<u8> packet = {}, u32 wire = 0) {
  EXPECT_EQ(verify(p), Status::Ok);
  const u32 captured = static_cast<u32>(packet.size());
  return bpf_run(p.data(), static_cast<u32>(p.size()), packet.data(), captured, wire != 0 ? wire : captured);
}

static constexpr BpfInsn kAccept{kRet, 0, 0, 1};
static constexpr BpfInsn kReturnA{kRet | kA, 0, 0, 0};

TEST(BpfVerifier, Lengths) {
  EXPECT_EQ(verify({}), Status::BadProgram);
  EXPECT_EQ(verify(Program(64, kAccept)), Status::Ok);
  EXPECT_EQ(bpf_verify(Program(65, kAccept).data(), 65), Status::BadProgram);
  EXPECT_EQ(verify({{kLd | kImm, 0, 0, 1}}), Status::BadProgram);  // runs off the end
}

TEST(BpfVerifier, JumpsGoForwardAndStayInside) {
  EXPECT_EQ(verify({{kJmp | kJeq, 0, 0, 0}}), Status::BadProgram);
  EXPECT_EQ(verify({{kJmp | kJeq, 1, 0, 0}, kAccept}), Status::BadProgram);
  EXPECT_EQ(verify({{kJmp | kJeq, 0, 1, 0}, kAccept}), Status::BadProgram);
  EXPECT_EQ(verify({{kJmp | kJeq, 1, 0, 0}, kAccept, kAccept}), Status::Ok);
  EXPECT_EQ(verify({{kJmp | kJeq, 255, 255, 0}, kAccept, kAccept}), Status::BadProgram);
  EXPECT_EQ(verify({{kJmp | kJa, 0, 0, 1}, kAccept}), Status::BadProgram);
  EXPECT_EQ(verify({{kJmp | kJa, 0, 0, 0}, kAccept}), Status::Ok);
  EXPECT_EQ(verify({{kJmp | kJa, 0, 0, 0xffffffff}, kAccept}), Status::BadProgram);  // backwards
  EXPECT_EQ(verify({{kJmp | kJa, 0, 0, 0xfffffffe}, kAccept}), Status::BadProgram);
  EXPECT_EQ(verify({{kJmp | kJa | kX, 0, 0, 0}, kAccept}), Status::BadProgram);
}

TEST(BpfVerifier, OnlyKnownInstructions) {
  u32 good = 0;
  for (u32 code = 0; code < 0x10000; code++) {
    const BpfInsn i{static_cast<u16>(code), 0, 0, 1};
    if (verify({i, kAccept, kAccept}) == Status::Ok) good++;
  }
  // Loads of A: 3 absolute, 3 indirect, constant, memory, length; of X: constant, memory, length, MSH;
  // 2 stores; 10 operations with 2 operands and NEG; JA and 4 jumps with 2 operands; 2 returns; TAX, TXA.
  EXPECT_EQ(good, 9u + 4 + 2 + 21 + 9 + 2 + 2);
}

TEST(BpfVerifier, NoAncillaryLoads) {
  for (u16 mode : {kAbs, kInd}) {
    const u16 code = static_cast<u16>(kLd | kWord | mode);
    EXPECT_EQ(verify({{code, 0, 0, 0x7fffffff}, kAccept}), Status::Ok);
  }
  EXPECT_EQ(verify({{kLd | kWord | kAbs, 0, 0, 0xfffff000}, kAccept}), Status::BadProgram);
  EXPECT_EQ(verify({{kLd | kHalf | kAbs, 0, 0, 0x80000000}, kAccept}), Status::BadProgram);
}

TEST(BpfVerifier, MemoryDivisionsShifts) {
  for (u16 code : {kSt, kStx, static_cast<u16>(kLd | kMem), static_cast<u16>(kLdx | kMem)}) {
    EXPECT_EQ(verify({{code, 0, 0, 15}, kAccept}), Status::Ok);
    EXPECT_EQ(verify({{code, 0, 0, 16}, kAccept}), Status::BadProgram);
    EXPECT_EQ(verify({{code, 0, 0, 0xffffffff}, kAccept}), Status::BadProgram);
  }
  for (u16 op : {kDiv, kMod}) {
    EXPECT_EQ(verify({{static_cast<u16>(kAlu | op), 0, 0, 0}, kAccept}), Status::BadProgram);
    EXPECT_EQ(verify({{static_cast<u16>(kAlu | op | kX), 0, 0, 0}, kAccept}), Status::Ok);
  }
  for (u16 op : {kLsh, kRsh}) {
    EXPECT_EQ(verify({{static_cast<u16>(kAlu | op), 0, 0, 31}, kAccept}), Status::Ok);
    EXPECT_EQ(verify({{static_cast<u16>(kAlu | op), 0, 0, 32}, kAccept}), Status::BadProgram);
  }
}

TEST(Bpf, LoadsAreBigEndianAndBounded) {
  const std::vector<u8> packet{1, 2, 3, 4, 5};
  EXPECT_EQ(run({{kLd | kWord | kAbs, 0, 0, 1}, kReturnA}, packet), 0x02030405u);
  EXPECT_EQ(run({{kLd | kWord | kAbs, 0, 0, 2}, kReturnA}, packet), 0u);
  EXPECT_EQ(run({{kLd | kHalf | kAbs, 0, 0, 3}, kReturnA}, packet), 0x0405u);
  EXPECT_EQ(run({{kLd | kHalf | kAbs, 0, 0, 4}, kReturnA}, packet), 0u);
  EXPECT_EQ(run({{kLd | kByte | kAbs, 0, 0, 4}, kReturnA}, packet), 5u);
  EXPECT_EQ(run({{kLd | kByte | kAbs, 0, 0, 5}, kAccept}, packet), 0u);
  EXPECT_EQ(run({{kLd | kWord | kAbs, 0, 0, 0x7fffffff}, kAccept}, packet), 0u);
  EXPECT_EQ(run({{kLd | kByte | kAbs, 0, 0, 0}, kAccept}), 0u);  // an empty packet
}

TEST(Bpf, IndirectLoadsDoNotWrap) {
  const std::vector<u8> packet{1, 2, 3, 4, 5};
  const auto indirect = [&](u32 x, u32 k) {
    return run({{kLdx | kImm, 0, 0, x}, {kLd | kByte | kInd, 0, 0, k}, kReturnA}, packet);
  };
  EXPECT_EQ(indirect(1, 2), 4u);
  EXPECT_EQ(indirect(4, 1), 0u);
  EXPECT_EQ(indirect(0xffffffff, 1), 0u);  // 32-bit arithmetic would land on byte 0
  EXPECT_EQ(indirect(2, 0xfffffffe), 0u);
}

TEST(Bpf, HeaderLength) {
  const std::vector<u8> packet{0x45, 9};
  EXPECT_EQ(run({{kLdx | kByte | kMsh, 0, 0, 0}, {kMisc | kTxa, 0, 0, 0}, kReturnA}, packet), 20u);
  EXPECT_EQ(run({{kLdx | kByte | kMsh, 0, 0, 2}, kAccept}, packet), 0u);
}

TEST(Bpf, LengthIsTheWires) {
  EXPECT_EQ(run({{kLd | kLen, 0, 0, 0}, kReturnA}, {1, 2, 3}, 1514), 1514u);
  EXPECT_EQ(run({{kLdx | kLen, 0, 0, 0}, {kMisc | kTxa, 0, 0, 0}, kReturnA}, {1, 2, 3}, 99), 99u);
}

TEST(Bpf, Arithmetic) {
  const auto with_x = [](u16 op, u32 a, u32 x) {
    return run({{kLd | kImm, 0, 0, a},
                {kLdx | kImm, 0, 0, x},
                {static_cast<u16>(kAlu | op | kX), 0, 0, 0},
                {kSt, 0, 0, 0},
                {kLd | kMem, 0, 0, 0},
                kReturnA});
  };
  EXPECT_EQ(with_x(kAdd, 0xffffffff, 2), 1u);
  EXPECT_EQ(with_x(kSub, 1, 2), 0xffffffffu);
  EXPECT_EQ(with_x(kMul, 0x10000, 0x10001), 0x10000u);
  EXPECT_EQ(with_x(kDiv, 7, 2), 3u);
  EXPECT_EQ(with_x(kMod, 7, 4), 3u);
  EXPECT_EQ(with_x(kOr, 5, 2), 7u);
  EXPECT_EQ(with_x(kAnd, 7, 10), 2u);
  EXPECT_EQ(with_x(kXor, 7, 10), 13u);
  EXPECT_EQ(with_x(kLsh, 1, 31), 0x80000000u);
  EXPECT_EQ(with_x(kLsh, 1, 32), 0u);
  EXPECT_EQ(with_x(kRsh, 0x80000000, 31), 1u);
  EXPECT_EQ(with_x(kRsh, 0x80000000, 33), 0u);
  EXPECT_EQ(run({{kLd | kImm, 0, 0, 1}, {kAlu | kNeg, 0, 0, 0}, kReturnA}), 0xffffffffu);
}

TEST(Bpf, DivisionByZeroRefusesThePacket) {
  EXPECT_EQ(run({{kLd | kImm, 0, 0, 1}, {kAlu | kDiv | kX, 0, 0, 0}, kAccept}), 0u);
  EXPECT_EQ(run({{kLd | kImm, 0, 0, 1}, {kAlu | kMod | kX, 0, 0, 0}, kAccept}), 0u);
}

TEST(Bpf, MemoryStartsAtZero) {
  for (u32 k = 0; k < kBpfMemory; k++) {
    EXPECT_EQ(run({{kLd | kMem, 0, 0, k}, {kAlu | kAdd, 0, 0, 1}, kReturnA}), 1u);
    EXPECT_EQ(run({{kLdx | kImm, 0, 0, 9}, {kStx, 0, 0, k}, {kLd | kMem, 0, 0, k}, kReturnA}), 9u);
  }
}

TEST(Bpf, Jumps) {
  const auto taken = [](u16 op, u32 a, u32 k) {
    const Program by_k{
        {kLd | kImm, 0, 0, a}, {static_cast<u16>(kJmp | op), 1, 0, k}, {kRet, 0, 0, 0}, kAccept};
    const Program by_x{{kLd | kImm, 0, 0, a},
                       {kLdx | kImm, 0, 0, k},
                       {static_cast<u16>(kJmp | op | kX), 1, 0, 0},
                       {kRet, 0, 0, 0},
                       kAccept};
    EXPECT_EQ(run(by_k), run(by_x));
    return run(by_k) == 1;
  };
  EXPECT_TRUE(taken(kJeq, 5, 5));
  EXPECT_FALSE(taken(kJeq, 5, 6));
  EXPECT_TRUE(taken(kJgt, 0xffffffff, 1));  // unsigned
  EXPECT_FALSE(taken(kJgt, 5, 5));
  EXPECT_TRUE(taken(kJge, 5, 5));
  EXPECT_FALSE(taken(kJge, 4, 5));
  EXPECT_TRUE(taken(kJset, 6, 2));
  EXPECT_FALSE(taken(kJset, 5, 2));
  EXPECT_EQ(run({{kJmp | kJa, 0, 0, 1}, {kRet, 0, 0, 0}, kAccept}), 1u);
}

}  // namespace test
