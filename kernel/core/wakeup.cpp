// SPDX-License-Identifier: MIT
#include "kernel/core/wakeup.hpp"

#include "base/endian.hpp"
#include "kernel/core/bpf.hpp"
#include "kernel/core/page.hpp"

namespace core {

Status wakeup_check(u32 root, const WakePredicate& p) {
  if (p.word_count == 0 || p.word_count > kMaxWakeWords) return Status::BadArgument;
  if (p.length == 0 || p.length > kMaxWakeInsns) return Status::BadArgument;
  for (u32 i = 0; i < kMaxWakeWords; i++) {
    if (i >= p.word_count ? p.words[i] != 0 : p.words[i] % sizeof(u64) != 0) return Status::BadArgument;
  }
  TRY_STATUS(bpf_verify(p.code, p.length));
  for (u32 i = 0; i < p.word_count; i++) {
    const Result<u64> found = page_walk(root, p.words[i], false);
    if (!found.ok()) return Status::BadAddress;
  }
  return Status::Ok;
}

static void store_be64(u8* to, u64 value) {
  for (u32 i = 0; i < sizeof value; i++) to[i] = static_cast<u8>(value >> (56 - 8 * i));
}

bool wakeup_due(u32 root, const WakePredicate& p) {
  u8 seen[kMaxWakeWords * sizeof(u64)];
  for (u32 i = 0; i < p.word_count; i++) {
    const Result<u64> found = page_walk(root, p.words[i], false);
    if (!found.ok()) return true;
    const u64 at = found.value();
    store_be64(seen + i * sizeof(u64), physmem[at >> kPageShift][at % kPageSize / sizeof(u64)]);
  }
  const u32 bytes = p.word_count * static_cast<u32>(sizeof(u64));
  return bpf_run(p.code, p.length, seen, bytes, bytes) != 0;
}

}  // namespace core
