// SPDX-License-Identifier: MIT
// 2 MiB pages: finding 512 aligned frames that are free, joining them, and back.
#include "core/start.hpp"
#include "vm/vm.hpp"

namespace vm {

namespace {

namespace sys = core::sys;

void give_back(u32 first, u32 count) {
  for (u32 done = 0; done < count;) {
    u32 list[kMaxFrameBatch];
    u32 n = 0;
    while (n < kMaxFrameBatch && done < count) list[n++] = first + done++;
    static_cast<void>(core::put_frames(list, n));
  }
}

// All of [first, first + kLargeFrames), or none. Quota is not a matter of which frames.
Status take_block(u32 first) {
  for (u32 done = 0; done < kLargeFrames;) {
    u32 list[kMaxFrameBatch];
    const core::SysResult r = sys::frame_alloc(kSlotSelf, first + done, kMaxFrameBatch, list);
    done += static_cast<u32>(r.value);
    if (r.status == Status::Ok) continue;
    give_back(first, done);
    return r.status;
  }
  return Status::Ok;
}

Result<u32> find_block() {
  for (u32 end = core::start_info->frame_count / kLargeFrames; end > 0; end--) {
    const u32 first = (end - 1) * kLargeFrames;
    const Status status = take_block(first);
    if (status == Status::Ok) return first;
    if (status != Status::NoMemory) return status;
  }
  return Status::NoMemory;
}

Status join(u32 first) {
  return core::until_done([&] { return sys::frame_join(kSlotSelf, first).status; });
}

}  // namespace

Result<LargeRegion> allocate_large() {
  const u32 first = TRY(find_block());
  Status status = join(first);
  if (status == Status::Ok) {
    const Result<u64> address = space().map_large({first});
    if (address.ok()) return LargeRegion{reinterpret_cast<u8*>(address.value()), first};
    status = address.status();
    static_cast<void>(sys::frame_split(kSlotSelf, first));
  }
  give_back(first, kLargeFrames);
  return status;
}

Status free_large(const LargeRegion& region) {
  TRY_STATUS(space().unmap_large(reinterpret_cast<u64>(region.bytes)));
  TRY_STATUS(sys::frame_split(kSlotSelf, region.first).status);
  give_back(region.first, kLargeFrames);
  return Status::Ok;
}

}  // namespace vm
