// SPDX-License-Identifier: MIT
#include "kernel/root_image.hpp"

#include "base/endian.hpp"
#include "base/entry_table.hpp"
#include "base/memory.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/page.hpp"
#include "kernel/log.hpp"

namespace kernel {

using namespace abi;
using base::load_le16;
using base::load_le32;
using base::load_le64;

namespace {

// ELF-64 object file format, version 1.5: offsets of the fields used.
constexpr u64 kEntry = 24, kHeaderOffset = 32, kHeaderSize = 54, kHeaderCount = 56;
constexpr u32 kLoad = 1, kFlagExecute = 1, kFlagWrite = 2;
constexpr u64 kHighestImage = 64ul << 20;  // one Table2 and a few Table1s

u32 frame_number(const void* p) { return static_cast<u32>(arch::virt_to_phys(p) >> kPageShift); }

void must(Status status, const char* what) {
  if (status != Status::Ok) panic(what, static_cast<u64>(-static_cast<i64>(status)));
}

}  // namespace

u32 RootImage::take_frame() {
  const auto frame = core::frame_alloc(0, kNone);
  must(frame.status(), "no memory for the root environment: give the machine more (-m)");
  return frame.value();
}

// The Table1 that translates `address`, made with the levels above it when it is the first there.
u32 RootImage::table_for(u64 address) {
  u32 parent = root_table_;
  for (u8 level = 3; level >= 1; level--) {
    const u64 span = 1ul << (12 + 9 * level);
    const u64 base = address & ~(span - 1);
    u32 found = kNone;
    for (u32 i = 0; i < info_->table_count; i++)
      if (info_->table_level[i] == level && info_->table_base[i] == base) found = info_->tables[i];
    if (found == kNone) {
      if (info_->table_count == 16) panic("the root program spreads over too many page tables");
      found = take_frame();
      must(core::frame_retype(0, found,
                              static_cast<FrameType>(static_cast<u8>(FrameType::Table1) + level - 1)),
           "root table");
      const u32 slot = static_cast<u32>(address >> (12 + 9 * level)) & 511;
      must(core::page_set(0, parent, slot, found, kNone, kRead | kWrite | kExecute), "root table entry");
      const u32 n = info_->table_count++;
      info_->tables[n] = found;
      info_->table_base[n] = base;
      info_->table_level[n] = level;
    }
    parent = found;
  }
  return parent;
}

u8* RootImage::map_page(u64 address, u32 rights) {
  const u32 frame = take_frame();
  const u32 slot = static_cast<u32>(address >> kPageShift) & 511;
  must(core::page_set(0, table_for(address), slot, frame, kNone, rights), "root page");
  return arch::frame_bytes(frame);
}

void RootImage::load_segment(const u8* header) {
  const u32 flags = load_le32(header + 4);
  const u64 offset = load_le64(header + 8), address = load_le64(header + 16);
  const u64 file_bytes = load_le64(header + 32), bytes = load_le64(header + 40);
  if (bytes == 0) return;
  const u64 start = address & ~(kPageSize - 1);
  if (offset > elf_.size || file_bytes > elf_.size - offset || file_bytes > bytes || bytes > kHighestImage ||
      address < kRootInfoAddress || address > kHighestImage)
    panic("the root program's segments are damaged");
  const u32 rights =
      kRead | ((flags & kFlagWrite) != 0 ? kWrite : 0) | ((flags & kFlagExecute) != 0 ? kExecute : 0);
  for (u64 page = start; page < address + bytes; page += kPageSize) {
    u8* to = map_page(page, rights);
    const u64 from = page < address ? address : page;  // first byte of this page that the segment has
    const u64 file_end = address + file_bytes;
    if (from >= file_end) continue;
    const u64 end = page + kPageSize < file_end ? page + kPageSize : file_end;
    memcpy(to + (from - page), elf_.data + offset + (from - address), end - from);
  }
  if (info_->image_base == 0 || start < info_->image_base) info_->image_base = start;
  const u64 end = (address + bytes + kPageSize - 1) & ~(kPageSize - 1);
  if (end > info_->image_end) info_->image_end = end;
  const u64 entry = load_le64(elf_.data + kEntry);
  if (entry >= address + sizeof entries_ && entry < address + file_bytes)
    memcpy(&entries_, elf_.data + offset + (entry - sizeof entries_ - address), sizeof entries_);
}

void RootImage::build() {
  if (elf_.size < 64 || memcmp(elf_.data, "\177ELF\2\1", 6) != 0)
    panic("the root program is no 64-bit ELF file");
  root_table_ = take_frame();
  must(core::frame_retype(0, root_table_, FrameType::Table4), "root table");
  save_frame_ = take_frame();
  const u32 info_frame = take_frame();
  info_ = reinterpret_cast<RootInfo*>(arch::frame_bytes(info_frame));
  info_->root_table = root_table_;
  const u32 slot = static_cast<u32>(kRootInfoAddress >> kPageShift) & 511;
  must(core::page_set(0, table_for(kRootInfoAddress), slot, info_frame, kNone, kRead), "root info page");
  upcall_frame_ = frame_number(map_page(kRootUpcallAddress, kRead | kWrite));
  for (u32 i = 1; i <= kRootStackPages; i++) map_page(kRootStackTop - i * kPageSize, kRead | kWrite);
  const u64 headers = load_le64(elf_.data + kHeaderOffset);
  const u64 size = load_le16(elf_.data + kHeaderSize), count = load_le16(elf_.data + kHeaderCount);
  if (size < 56 || headers > elf_.size || size * count > elf_.size - headers)
    panic("the root program's headers are damaged");
  for (u64 i = 0; i < count; i++) {
    const u8* header = elf_.data + headers + i * size;
    if (load_le32(header) == kLoad) load_segment(header);
  }
  if (entries_.magic != kEntryMagic) panic("the root program has no entry table in front of its entry point");
}

EnvConfig RootImage::config() const {
  EnvConfig config{};
  memcpy(config.name, "root", 5);
  config.root_table = root_table_;
  config.upcall_frame = upcall_frame_;
  config.save_frame = save_frame_;
  config.upcall_page = kRootUpcallAddress;
  base::set_entries(config, entries_);
  config.stack = kRootStackTop;
  config.argument = kRootInfoAddress;
  return config;
}

}  // namespace kernel
