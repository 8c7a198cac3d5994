// SPDX-License-Identifier: MIT
// Family disk: queues, submission, and what a driver reports back.
#include "kernel/syscall/disk.hpp"

#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/queue.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/syscall/disk_table.hpp"
#include "kernel/syscall/flush.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_disk_queue_open(Caller& caller, u32 extent, UserIn<u32> frames) {
  u32 copy[kDiskQueueFrames];
  Status status = frames.copy(copy, kDiskQueueFrames);
  if (status != Status::Ok) return {status, 0};
  u32 queue = 0;
  status = with_flush([&] {
    const auto opened = core::queue_open(caller.env, extent, copy);
    queue = opened.value();
    return opened.status();
  });
  if (status != Status::Ok) return {status, 0};
  status = drivers::disk_queue_open(queue);
  if (status == Status::Ok) return {status, queue};
  core::queue_close(caller.env, queue);
  return {status, 0};
}

static bool owns(u16 env, u32 queue) { return queue < kMaxQueues && queues[queue].owner == env; }

// What is read of every command. Most have a frame or two; the other frames are read if there are more.
constexpr u32 kHeadFrames = 2;
constexpr u64 kHeadBytes = __builtin_offsetof(DiskCommand, frames) + kHeadFrames * sizeof(u32);
static_assert(kHeadBytes % sizeof(u64) == 0);

static Status copy_rest(UserIn<DiskCommand> list, u32 index, DiskCommand& head) {
  if (head.frame_count <= kHeadFrames) return Status::Ok;
  const u64 count = head.frame_count < kDiskMaxFrames ? head.frame_count : kDiskMaxFrames;  // more is refused
  const u64 end = __builtin_offsetof(DiskCommand, frames) + count * sizeof(u32);
  return list.copy_part(&head, index, kHeadBytes, end);
}

// From `begun` on, behind the run of plain commands that the list begins with, up to the first error.
[[gnu::noinline]] static Status begin_others(u16 env, u32 queue, UserIn<DiskCommand> list, DiskCommand* heads,
                                             u32 count, u32& begun) {
  Status copied = Status::Ok;
  u32 whole = begun;
  while (whole < count) {
    copied = copy_rest(list, whole, heads[whole]);
    if (copied != Status::Ok) break;
    whole++;
  }
  if (whole == begun) return copied;
  u32 more = 0;
  const Status status = core::queue_begin_all(env, queue, heads + begun, whole - begun, more);
  begun += more;
  return status != Status::Ok ? status : copied;
}

SysResult sys_disk_submit(Caller& caller, u32 queue, UserIn<DiskCommand> list, u32 count) {
  if (count == 0 || count > kDiskMaxBatch) return {Status::BadArgument, 0};
  DiskCommand copy[kDiskMaxBatch];
  Status status = list.copy_heads(copy, count, kHeadBytes);
  if (status != Status::Ok) return {status, 0};
  if (!owns(caller.env, queue)) return {Status::BadArgument, 0};
  // The caller may have seen completions in its ring before the device's interrupt came.
  drivers::disk_poll(queue);
  u32 begun = core::queue_begin_run(caller.env, queue, copy, count);
  if (begun != count) status = begin_others(caller.env, queue, list, copy, count, begun);
  if (begun == 0) return {status, 0};
  u32 done = 0;
  const Status taken = drivers::disk_submit(queue, copy, begun, done);
  for (u32 i = done; i < begun; i++) core::queue_cancel(queue, copy[i].id);
  core::queue_submitted(queue, copy, done);
  return {taken != Status::Ok ? taken : status, done};
}

static Status close(u16 env, u32 queue) {
  const Status status = with_flush([&] { return core::queue_can_close(env, queue); });
  if (status != Status::Ok) return status;
  const Status released = drivers::disk_queue_close(queue);
  return released == Status::Ok ? core::queue_close(env, queue) : released;
}

SysResult sys_disk_queue_close(Caller& caller, u32 queue) {
  if (owns(caller.env, queue)) drivers::disk_poll(queue);
  return {close(caller.env, queue), 0};
}

void disk_close_all(u16 env) {
  disk_table_forget(env);
  for (u32 queue = 0; queue < kMaxQueues; queue++) {
    if (queues[queue].owner != env) continue;
    drivers::disk_poll(queue);
    close(env, queue);  // or later: reaping goes on until there are none
  }
}

void disk_completed(u32 queue, u16 id, [[maybe_unused]] bool ok) {  // the owner sees `ok` in its ring
  if (core::queue_completed(queue, id) == Status::Ok) arch::env_memory_changed(queues[queue].owner);
}

}  // namespace kernel
