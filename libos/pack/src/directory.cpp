// SPDX-License-Identifier: MIT
#include "base/crc32.hpp"
#include "base/memory.hpp"
#include "pack/reader.hpp"

namespace pack {

namespace {

constexpr std::string_view kIndex = "index.html";

bool path_is_sound(std::string_view path) {
  while (true) {
    const auto slash = path.find('/');
    const std::string_view part(path.data(), slash == path.npos ? path.size() : slash);
    if (part.empty() || part == "." || part == "..") return false;
    for (const char c : part)
      if (c == 0) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool entry_is_sound(const Entry& e) {
  if (e.path_length == 0 || e.path_length > kMaxPath || e.zero != 0) return false;
  for (u32 i = e.path_length; i < kMaxPath; i++)
    if (e.path[i] != 0) return false;
  return path_is_sound(Directory::path(e)) &&
         (e.length != 0 || (e.first_block == 0 && e.first_run == 0 && e.next == 0));
}

bool in_bounds(const Entry& e, u64 free_from, u64 blocks) {
  if (e.length > u64{blocks} * kBlock) return false;
  return e.first_block >= free_from && e.first_block < blocks &&
         file_blocks(e.length) <= blocks - e.first_block;
}

// Follows the files in the order of their blocks: all that have some are met, none overlaps another, and
// their runs are numbered. `runs`: how many.
bool is_one_row(const Superblock& super, const Entry* entries, u64& runs) {
  u64 free_from = u64{1} + super.directory_blocks + super.sum_blocks;
  u32 met = 0, filled = 0;
  runs = 0;
  for (u32 i = 0; i < super.files; i++)
    if (entries[i].length != 0) filled++;
  for (u32 at = super.first_file; at != 0; at = entries[at - 1].next) {
    if (at > super.files || met++ == filled) return false;
    const Entry& e = entries[at - 1];
    if (e.length == 0 || !in_bounds(e, free_from, super.blocks) || e.first_run != runs) return false;
    free_from = e.first_block + file_blocks(e.length);
    runs += file_runs(e.length);
  }
  return met == filled;
}

// < 0, 0, > 0: `path` against `head` followed by `tail`. No substr, which would want the C++ library's
// exceptions to link.
int compare(std::string_view path, std::string_view head, std::string_view tail) {
  const std::string_view common(path.data(), path.size() < head.size() ? path.size() : head.size());
  const int first = common.compare(head);
  if (first != 0) return first;
  path.remove_prefix(head.size());
  return path.compare(tail);
}

}  // namespace

Error Directory::open(const Superblock& super, std::span<const u8> bytes) {
  files_ = runs_ = 0;
  const u64 needed = u64{super.directory_blocks} * kBlock;
  if (bytes.size() < needed) return Error::TooShort;
  if (reinterpret_cast<u64>(bytes.data()) % alignof(Entry) != 0) return Error::Misaligned;
  if (super.directory_crc != base::crc32(bytes.data(), needed)) return Error::BadDirectoryCrc;
  const Entry* entries = reinterpret_cast<const Entry*>(bytes.data());
  u64 runs = 0;
  for (u32 i = 0; i < super.files; i++) {
    if (!entry_is_sound(entries[i])) return Error::BadEntry;
    if (i > 0 && path(entries[i - 1]) >= path(entries[i])) return Error::NotSorted;
  }
  if (!is_one_row(super, entries, runs)) return Error::OutOfBounds;
  if (blocks_of(runs * sizeof(u32)) != super.sum_blocks) return Error::OutOfBounds;
  entries_ = entries;
  files_ = super.files;
  runs_ = static_cast<u32>(runs);
  return Error::None;
}

// The first entry that is not before `head` + `tail`.
u32 Directory::lower_bound(std::string_view head, std::string_view tail) const {
  u32 low = 0, high = files_;
  while (low < high) {
    const u32 middle = low + (high - low) / 2;
    if (compare(path(entries_[middle]), head, tail) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

const Entry* Directory::find(std::string_view wanted, std::string_view tail) const {
  const u32 i = lower_bound(wanted, tail);
  return i < files_ && compare(path(entries_[i]), wanted, tail) == 0 ? &entries_[i] : nullptr;
}

Directory::Resolved Directory::resolve(std::string_view url_path) const {
  if (url_path.empty() || url_path.front() != '/') return {Match::Nothing, nullptr};
  std::string_view wanted = url_path;
  wanted.remove_prefix(1);
  const bool folder = wanted.empty() || wanted.back() == '/';
  if (const Entry* entry = find(wanted, folder ? kIndex : std::string_view{})) return {Match::File, entry};
  if (!folder && find(wanted, "/index.html") != nullptr) return {Match::Directory, nullptr};
  return {Match::Nothing, nullptr};
}

bool intact(const Entry& entry, std::span<const u8> bytes) {
  return bytes.size() == entry.length && base::crc32(bytes.data(), bytes.size()) == entry.crc;
}

}  // namespace pack
