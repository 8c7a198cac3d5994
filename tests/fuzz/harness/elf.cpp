// SPDX-License-Identifier: MIT
// Programs: whatever open() takes, its segments lie inside the file and inside user space, in order and
// apart from each other.
// sources: libos/elf/src/elf.cpp
//
// Input: an ELF file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "abi/cap.hpp"
#include "elf/elf.hpp"

namespace {

volatile abi::u64 sink;

void require(bool holds) {
  if (!holds) std::abort();
}

void use(const elf::Program& program, const abi::u8* begin, std::size_t size) {
  abi::u64 last = 0;
  for (const elf::Segment& s : program.segments()) {
    require(s.address % abi::kPageSize == 0 && s.address >= last);
    require(s.memory_size > 0 && s.memory_size >= s.bytes.size());
    last = s.address + s.pages() * abi::kPageSize;
    require(last > s.address && last <= abi::kUserEnd);
    require((s.rights & (abi::kWrite | abi::kExecute)) != (abi::kWrite | abi::kExecute));
    if (s.bytes.empty()) continue;
    require(s.bytes.data() >= begin &&
            s.bytes.size() <= size - static_cast<std::size_t>(s.bytes.data() - begin));
    for (const abi::u8 byte : s.bytes) sink = byte;
  }
  require(program.base() < program.end() && program.end() == last);
  const auto* entries = reinterpret_cast<const abi::u8*>(&program.entries());
  require(entries >= begin && entries + sizeof(abi::EntryTable) <= begin + size);
  sink = program.entries().magic;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint64_t> memory(size / 8 + 1);
  std::memcpy(memory.data(), data, size);
  const auto* bytes = reinterpret_cast<const abi::u8*>(memory.data());
  const auto program = elf::Program::open({bytes, size});
  if (program.ok()) use(program.value(), bytes, size);
  return 0;
}
