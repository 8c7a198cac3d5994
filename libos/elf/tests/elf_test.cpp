// SPDX-License-Identifier: MIT
#include "elf/elf.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "abi/cap.hpp"

namespace {

using namespace abi;
using elf::Program;

// A file with a text segment at 4 MiB (header, program headers, table, code) and a data segment.
struct File {
  alignas(8) std::vector<u8> bytes = std::vector<u8>(8192 + 100);
  template <class T>
  void put(u64 at, T value) {
    memcpy(&bytes[at], &value, sizeof value);
  }
  void segment(u32 i, u32 flags, u64 offset, u64 address, u64 file_size, u64 memory_size) {
    const u64 at = 64 + 56 * i;
    put<u32>(at, 1);
    put<u32>(at + 4, flags);
    put<u64>(at + 8, offset);
    put<u64>(at + 16, address);
    put<u64>(at + 32, file_size);
    put<u64>(at + 40, memory_size);
  }
  File() {
    const u8 ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    memcpy(bytes.data(), ident, 7);
    put<u16>(16, 2);
    put<u16>(18, 62);
    put<u64>(24, 0x400200);
    put<u64>(32, 64);
    put<u16>(54, 56);
    put<u16>(56, 2);
    segment(0, 5, 0, 0x400000, 4096, 4096);
    segment(1, 6, 4096, 0x401000, 100, 9000);
    EntryTable table{kEntryMagic, 0x400200, 1, 2, 3, 4, 5, 6};
    put(0x200 - sizeof table, table);
  }
  auto open() { return Program::open(bytes); }
};

TEST(Elf, ReadsAGoodFile) {
  File file;
  const auto program = file.open();
  ASSERT_TRUE(program.ok());
  const auto p = program.value();
  ASSERT_EQ(p.segments().size(), 2u);
  EXPECT_EQ(p.segments()[0].rights, kRead | kExecute);
  EXPECT_EQ(p.segments()[1].rights, kRead | kWrite);
  EXPECT_EQ(p.segments()[1].pages(), 3u);
  EXPECT_EQ(p.segments()[1].bytes.size(), 100u);
  EXPECT_EQ(p.base(), 0x400000u);
  EXPECT_EQ(p.end(), 0x404000u);
  EXPECT_EQ(p.entries().call_stack, 5u);
}

struct Damage {
  const char* name;
  u64 at;
  u64 value;
  u32 bytes;
};

class Damaged : public testing::TestWithParam<Damage> {};

TEST_P(Damaged, IsRefused) {
  File file;
  memcpy(&file.bytes[GetParam().at], &GetParam().value, GetParam().bytes);
  EXPECT_FALSE(file.open().ok());
}

INSTANTIATE_TEST_SUITE_P(
    Elf, Damaged,
    testing::Values(Damage{"magic", 0, 0, 1}, Damage{"class32", 4, 1, 1}, Damage{"shared", 16, 3, 2},
                    Damage{"machine", 18, 3, 2}, Damage{"entry_outside", 24, 0x500000, 8},
                    Damage{"entry_no_table", 24, 0x400300, 8}, Damage{"entry_in_data", 24, 0x401040, 8},
                    Damage{"entry_at_start", 24, 0x400010, 8}, Damage{"table_far", 32, ~0ul - 8, 8},
                    Damage{"table_wraps", 32, 8190, 8}, Damage{"entry_size", 54, 32, 2},
                    Damage{"no_segments", 56, 0, 2}, Damage{"many_segments", 56, 0xffff, 2},
                    Damage{"offset_far", 64 + 8, ~0ul, 8}, Damage{"file_size", 64 + 32, 1 << 20, 8},
                    Damage{"memory_less", 64 + 40, 4095, 8}, Damage{"address_zero", 64 + 16, 0, 8},
                    Damage{"misaligned", 64 + 16, 0x400010, 8}, Damage{"kernel", 64 + 56 + 16, 1ul << 63, 8},
                    Damage{"memory_wraps", 64 + 56 + 40, ~0ul, 8},
                    Damage{"overlap", 64 + 56 + 16, 0x400000, 8}, Damage{"write_execute", 64 + 4, 7, 4},
                    Damage{"table_magic", 0x200 - 56, 0, 8}),
    [](const auto& damage) { return damage.param.name; });

TEST(Elf, AnyBytesAreSafe) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; i++) {
    File file;
    for (int n = 0; n < 4; n++) file.bytes[random() % 176] = static_cast<u8>(random());
    const auto program = file.open();
    if (!program.ok()) continue;
    const auto p = program.value();
    for (const auto& s : p.segments()) {
      EXPECT_LE(s.bytes.size(), s.memory_size);
      EXPECT_LT(s.address + s.memory_size, kUserEnd);
      EXPECT_GE(s.bytes.data(), file.bytes.data());
      EXPECT_LE(s.bytes.data() + s.bytes.size(), file.bytes.data() + file.bytes.size());
    }
  }
}

TEST(Elf, EveryTruncationIsRefusedOrSafe) {
  File file;
  for (size_t n = 0; n < 4200; n++) {
    std::vector<u8> cut(file.bytes.begin(), file.bytes.begin() + static_cast<long>(n));
    EXPECT_EQ(Program::open(cut).ok(), n >= 4196) << n;
  }
}

}  // namespace
