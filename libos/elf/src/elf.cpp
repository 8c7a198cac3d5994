// SPDX-License-Identifier: MIT
#include "elf/elf.hpp"

#include "abi/cap.hpp"
#include "abi/types.hpp"
#include "base/endian.hpp"

namespace elf {

namespace {

using base::load_le16;
using base::load_le32;
using base::load_le64;
using base::Status;

// Offsets in the ELF64 header and program header.
constexpr u32 kHeaderBytes = 64, kTypeAt = 16, kMachineAt = 18, kEntryAt = 24, kTableAt = 32;
constexpr u32 kEntrySizeAt = 54, kEntryCountAt = 56;
constexpr u32 kSegmentBytes = 56, kFlagsAt = 4, kOffsetAt = 8, kAddressAt = 16, kFileSizeAt = 32;
constexpr u32 kMemorySizeAt = 40;
constexpr u32 kExecutable = 2, kX86_64 = 62, kLoad = 1;
constexpr u32 kFlagExecute = 1, kFlagWrite = 2;

bool is_elf64(const u8* h) {
  constexpr u8 kIdent[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};  // 64 bits, little-endian, version 1
  for (u32 i = 0; i < sizeof kIdent; i++)
    if (h[i] != kIdent[i]) return false;
  return load_le16(h + kTypeAt) == kExecutable && load_le16(h + kMachineAt) == kX86_64;
}

}  // namespace

base::Result<Program> Program::open(std::span<const u8> file) {
  if (file.size() < kHeaderBytes || !is_elf64(file.data())) return Status::BadArgument;
  const u64 table = load_le64(file.data() + kTableAt);
  const u64 count = load_le16(file.data() + kEntryCountAt);
  if (load_le16(file.data() + kEntrySizeAt) != kSegmentBytes) return Status::BadArgument;
  if (table > file.size() || count * kSegmentBytes > file.size() - table) return Status::OutOfRange;
  Program program;
  for (u64 i = 0; i < count; i++) {
    const u8* header = file.data() + table + i * kSegmentBytes;
    if (load_le32(header) != kLoad || load_le64(header + kMemorySizeAt) == 0) continue;
    TRY_STATUS(program.add(file, header));
  }
  if (program.count_ == 0) return Status::BadArgument;
  TRY_STATUS(program.find_entries(load_le64(file.data() + kEntryAt)));
  return program;
}

Status Program::add(std::span<const u8> file, const u8* header) {
  if (count_ == kMaxSegments) return Status::NoSpace;
  const u64 lead = load_le64(header + kAddressAt) % kPageSize;  // whole pages: takes in what is before it
  const u64 address = load_le64(header + kAddressAt) - lead;
  const u64 offset = load_le64(header + kOffsetAt);
  const u64 file_size = load_le64(header + kFileSizeAt);
  const u64 memory_size = load_le64(header + kMemorySizeAt);
  const u32 flags = load_le32(header + kFlagsAt);
  if (offset % kPageSize != lead || file_size > memory_size) return Status::BadArgument;
  if (offset > file.size() || file_size > file.size() - offset) return Status::OutOfRange;
  if (address == 0 || address > kUserEnd - 2 * kPageSize || memory_size > kUserEnd - 2 * kPageSize - address)
    return Status::OutOfRange;
  if (count_ > 0 && address < end()) return Status::BadArgument;
  const bool write = (flags & kFlagWrite) != 0;
  const bool execute = (flags & kFlagExecute) != 0;
  if (write && execute) return Status::BadArgument;
  const u32 rights = u32{kRead} | (write ? u32{kWrite} : 0u) | (execute ? u32{kExecute} : 0u);
  segments_[count_++] = {address, memory_size + lead, file.subspan(offset - lead, file_size + lead), rights};
  return Status::Ok;
}

Status Program::find_entries(u64 entry) {
  for (const Segment& s : segments()) {
    if (entry < s.address || entry - s.address >= s.bytes.size()) continue;
    const u64 offset = entry - s.address;
    if ((s.rights & kExecute) == 0 || offset < sizeof(EntryTable) || offset % 8 != 0)
      return Status::BadArgument;
    const u8* table = s.bytes.data() + offset - sizeof(EntryTable);
    if (reinterpret_cast<u64>(table) % alignof(EntryTable) != 0) return Status::BadArgument;
    entries_ = reinterpret_cast<const EntryTable*>(table);
    return entries_->magic == kEntryMagic && entries_->begin == entry ? Status::Ok : Status::BadArgument;
  }
  return Status::OutOfRange;
}

}  // namespace elf
