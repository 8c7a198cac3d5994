// SPDX-License-Identifier: MIT
// Numbers, register widths and user pointers.
#include "machine.hpp"

namespace test {

using kernel::UserIn;
using kernel::UserOut;

TEST_F(Syscall, Holes) {
  for (u64 number : {7ul, 9ul, 19ul, 69ul, 79ul, static_cast<u64>(kCallCount), 1ul << 31, 1ul << 63, ~0ul})
    EXPECT_EQ(call(static_cast<Call>(number)).status, Status::BadCall) << number;
}

TEST_F(Syscall, NumbersReachTheirHandlers) {
  EXPECT_EQ(call(Call::null).value, 0xe15eu);
  EXPECT_EQ(call(Call::machine_off).value, 0xe15eu);
  EXPECT_EQ(call(Call::cap_drop, {99}).status, Status::BadCap);
}

TEST_F(Syscall, NarrowArgumentsMustBeExtended) {
  EXPECT_EQ(call(Call::cap_drop, {kWide | 5}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_share, {5, kWide}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::cap_derive, {0, 0, ~0ul, 0, 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kNone, 1, kUserBase}).status, Status::Ok);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, ~0ul, 1, kUserBase}).status, Status::BadArgument);
}

TEST_F(Syscall, UserRanges) {
  u64 words[2];
  const auto in = [&](u64 address, u32 count) { return UserIn<u64>(address).copy(words, count); };
  EXPECT_EQ(in(kUserBase, 2), Status::Ok);
  EXPECT_EQ(in(kUserBase + 4, 1), Status::BadArgument);
  EXPECT_EQ(in(kUserBase + kUserBytes - 8, 1), Status::Ok);
  EXPECT_EQ(in(kUserBase + kUserBytes - 8, 2), Status::BadAddress);  // the second is not mapped
  EXPECT_EQ(in(0, 1), Status::BadAddress);
  EXPECT_EQ(in(kUserEnd, 1), Status::BadAddress);
  EXPECT_EQ(in(kUserEnd - 8, 2), Status::BadAddress);
  EXPECT_EQ(in(0xffff800000000000ul, 1), Status::BadAddress);
  EXPECT_EQ(in(0xfffffffffffffff8ul, 2), Status::BadAddress);  // wraps
  EXPECT_EQ(UserIn<char>(kUserBase + 3).copy(reinterpret_cast<char*>(words), 1), Status::Ok);
  EXPECT_EQ(UserOut<u64>(kUserBase + 1).copy(words, 1), Status::BadArgument);
  EXPECT_EQ(UserOut<u64>(kUserEnd).copy(words, 1), Status::BadAddress);
  EXPECT_EQ(UserOut<u64>(kUserBase + kUserBytes).copy(words, 1), Status::BadAddress);
  EXPECT_EQ(kernel::user_range(kUserEnd - 8, 8, 8), Status::Ok);
  EXPECT_EQ(kernel::user_range(8, ~0ul, 8), Status::BadAddress);
}

}  // namespace test
