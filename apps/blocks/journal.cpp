// SPDX-License-Identifier: MIT
#include "apps/blocks/journal.hpp"

#include "base/crc32.hpp"
#include "base/memory.hpp"

namespace blocks {

namespace {

constexpr u64 kMagic = 0x6c616e72756f4a;  // "Journal"

u32 checksum(const Record& record) {
  return base::crc32(reinterpret_cast<const u8*>(&record), __builtin_offsetof(Record, crc));
}

}  // namespace

bool Journal::load(Record& record) {
  bool found = false;
  for (u64 i = 0; i < 2; i++) {
    if (disk_.read(first_ + i, 0) != Status::Ok) continue;
    static constinit Record candidate{};
    memcpy(&candidate, disk_.page(0), sizeof candidate);
    if (candidate.magic != kMagic || candidate.crc != checksum(candidate)) continue;
    if (!found || candidate.sequence > record.sequence) record = candidate;
    found = true;
  }
  return found;
}

bool Journal::store(Record& record) {
  record.magic = kMagic;
  record.sequence++;
  record.crc = checksum(record);
  memcpy(disk_.page(0), &record, sizeof record);
  return disk_.write_through(first_ + record.sequence % 2, 0) == Status::Ok;
}

}  // namespace blocks
