// SPDX-License-Identifier: MIT
#include "random_steps.hpp"

#include <vector>

#include "kernel/core/large.hpp"
#include "kernel/core/reclaim.hpp"

namespace test {

static constexpr u32 kLargeBlock = 1024;  // root makes 2 MiB pages here, and named frames lie below

Steps::Steps(u32 seed) : random_(seed) {
  hold_translations(0, 0);
  hold_translations(1, 0);
}

// Mostly one that lives.
u16 Steps::pick_env() {
  for (u32 i = 0; i < 8; i++) {
    const u16 env = static_cast<u16>(pick(8));
    if (envs[env].state != EnvState::Unused && envs[env].state != EnvState::Dead) return env;
  }
  return 0;
}

u32 Steps::pick_frame(u16 env) {
  if (chance(25)) return chance(2) ? pick(kFrames + 4) : kNone;
  u32 frame = env_private[env].last_frame;  // data is at the end of the list
  for (u32 i = pick(12); i > 0 && frame != kNone && frames[frame].prev != kNone; i--)
    frame = frames[frame].prev;
  return frame;
}

// Mostly one with a Frames capability.
u32 Steps::pick_frames_slot(u16 env) {
  for (u32 i = 0; i < 12; i++) {
    const u32 slot = pick(12);
    if (caps[cap_index(env, slot)].type == CapType::Frames) return slot;
  }
  return pick_slot();
}

u32 Steps::pick_table(u16 env) {
  if (chance(30)) return pick_frame(env);
  u32 frame = env_private[env].first_frame;
  for (u32 i = pick(8); i > 0 && frame != kNone && frames[frame].next != kNone; i--)
    frame = frames[frame].next;
  return frame;
}

Status Steps::made(u16 env, u32 slot, Status status) {
  if (status == Status::Ok) tlb_.made(cap_index(env, slot));
  return status;
}

Status Steps::frames_step(u32 kind, u16 env) {
  switch (kind) {
    case 0:
      return frame_alloc(env, chance(4) ? pick(chance(10) ? kFrames + 4 : kLargeBlock) : kNone).status();
    case 1:
      return frame_free(env, chance(3) ? pick_table(env) : pick_frame(env));
    case 2:
      return frame_retype(env, pick_frame(env), static_cast<FrameType>(chance(10) ? pick(12) : 4 + pick(4)));
    case 3:
      return frame_give(env, pick_env(), pick_frame(env));
    default:
      return frame_release(pick(70)) > 0 ? Status::Ok : Status::Again;
  }
}

// What was mapped a moment ago is the most dangerous frame to use again, so try at once.
Status Steps::clear_and_reuse(u16 env, u32 table, u32 slot) {
  const u32 frame = frame_exists(table) && slot < kTableEntries ? pte_frame(physmem[table][slot]) : 0;
  const Status status = page_clear(env, table, slot);
  if (status != Status::Ok || chance(2)) return status;
  if (chance(3)) frame_retype(env, frame, FrameType::Table1);
  if (chance(3)) frame_give(env, pick_env(), frame);
  if (frame_free(env, frame) == Status::Ok) static_cast<void>(frame_alloc(pick_env(), frame));
  return status;
}

// What is set may be loaded by either CPU at once; through a table that is shared, all that it maps.
void Steps::load_new(u32 table, u32 slot) {
  const u64 entry = physmem[table][slot];
  const bool leaf = frames[table].type == FrameType::Table1 || (entry & kPteLarge) != 0;
  for (u32 cpu = 0; cpu < 2; cpu++) {
    if (cpus[cpu].holds_user == 0 || chance(2)) continue;
    if (leaf) tlb_.load(cpu, table, slot, 0);
    if (leaf || frames[pte_frame(entry)].type != FrameType::Table1) continue;
    for (u32 i = 0; i < 6; i++)
      if (physmem[pte_frame(entry)][i] != 0) tlb_.load(cpu, pte_frame(entry), i, pte_cap(entry));
  }
}

Status Steps::page_set_step(u16 env) {
  const u32 table = pick_table(env);
  const u32 slot = chance(30) ? pick(600) : pick(6);
  const bool by_cap = chance(2);
  const u32 cap_slot = by_cap ? pick_frames_slot(env) : kNone;
  u32 target = chance(2) ? pick_table(env) : pick_frame(env);
  if (env == 0 && frames[kLargeBlock].type == FrameType::Large && chance(3)) target = kLargeBlock;
  if (by_cap && cap_slot < kCapsPerEnv && caps[cap_index(env, cap_slot)].type == CapType::Frames) {
    const CapEntry& c = caps[cap_index(env, cap_slot)];
    target = static_cast<u32>(c.start + (c.count == kLargeFrames ? 0 : pick(static_cast<u32>(c.count) + 1)));
  }
  const Status status = page_set(env, table, slot, target, cap_slot, chance(20) ? pick(16) : kRead | pick(8));
  if (status == Status::Ok) load_new(table, slot);
  if (status == Status::Ok && chance(3)) clear_and_reuse(env, table, slot);
  return status;
}

Status Steps::pages_step(u32 kind, u16 env) {
  switch (kind) {
    case 5:
      return page_set_step(env);
    case 6:
      return clear_and_reuse(env, pick_table(env), chance(30) ? pick(600) : pick(6));
    default:
      return page_protect(env, pick_table(env), pick(6), kRead | pick(8));
  }
}

Status Steps::caps_step(u32 kind, u16 env) {
  const u32 slot = chance(2) ? pick_frames_slot(env) : pick_slot();
  const u32 target = pick_slot();
  switch (kind) {
    case 8: {
      const bool large = env == 0 && chance(4);
      const u32 first = large ? kLargeBlock : chance(3) ? pick_table(env) : pick_frame(env);
      const u32 count = large ? kLargeFrames : 1 + pick(3);
      return made(env, target, cap_share(env, target, first, count, pick_rights() & 15));
    }
    case 9: {
      if (slot >= kCapsPerEnv) return cap_derive(env, slot, target, 0, 0, 1);
      const CapEntry& c = caps[cap_index(env, slot)];
      const u64 start = c.start + pick(static_cast<u32>(c.count) + 1);
      const u64 wanted = chance(4) ? c.count : 1 + pick(3);
      return made(env, target,
                  cap_derive(env, slot, target, c.rights & pick_rights(), wanted == c.count ? c.start : start,
                             wanted));
    }
    case 10: {
      const u16 to = pick_env();
      const u32 source = env == 0 && chance(3) ? kSlotShared + pick(6) : slot;
      const u32 held = source < kCapsPerEnv ? caps[cap_index(env, source)].rights : 0;
      const u32 rights = chance(5) ? pick(256) : held & (kRead | kGrant | kInvoke | pick(8));
      return made(to, target, cap_grant(env, source, to, target, rights));
    }
    case 11:
      return cap_drop(env, slot);
    default: {
      const Status status = cap_revoke(env, slot);
      if (status == Status::Ok && tlb_.has_descendant(cap_index(env, slot)))
        failure_ = "revoked, but a CPU still translates with it";
      return status;
    }
  }
}

// Tight enough that every quota is met now and then.
EnvQuota Steps::pick_quota() {
  EnvQuota q{};
  q[Resource::Frames] = pick(120);
  q[Resource::Caps] = pick(20);
  q[Resource::Filters] = pick(6);
  q[Resource::Slices] = pick(12);
  q[Resource::Pins] = pick(60);
  q[Resource::Commands] = pick(20);
  q[Resource::Wired] = pick(q[Resource::Frames] + 1 + (chance(10) ? 5 : 0));
  return q;
}

Status Steps::envs_step(u32 kind, u16 env) {
  const u16 child = static_cast<u16>(1 + pick(7));
  switch (kind) {
    case 13: {
      const u32 slot = 70 + pick(6);
      const auto made_env = env_create(0, kSlotSelf, slot, pick_quota());
      if (made_env.ok()) tlb_.made(slot);
      if (made_env.ok()) tlb_.made(cap_index(made_env.value(), kSlotSelf));
      return made_env.status();
    }
    case 14: {
      EnvConfig c{};
      c.name[0] = 'x';
      c.root_table = pick_table(env);
      c.upcall_frame = pick_frame(env);
      c.save_frame = pick_frame(env);
      c.upcall_page = 0x3000;
      c.entry_begin = 0x400000;
      return env_configure(env, c);
    }
    case 15:
      return env_start(env);
    case 16:
      if (!chance(20) || envs[child].state == EnvState::Unused) return Status::Busy;
      env_end(child, EndReason::Destroyed, 0);
      return Status::Ok;
    case 17:
      for (u32 queue = 0; queue < kMaxQueues; queue++)
        if (queues[queue].owner == child && envs[child].state == EnvState::Dead) queue_close(child, queue);
      return env_reap_step(child);
    default:
      return env_quota(env, pick_env(), pick(kResources + 1), pick(50));
  }
}

Status Steps::open_queue(u16 env) {
  u32 list[kDiskQueueFrames];
  for (u32& frame : list) {
    const auto fresh = frame_alloc(env, kNone);
    frame = fresh.ok() ? fresh.value() : pick_frame(env);
  }
  return queue_open(env, env == 0 ? kSlotDisk : pick_slot(), list).status();
}

Status Steps::begin_command(u16 env) {
  DiskCommand c{};
  c.op = static_cast<DiskOp>(pick(3));
  c.id = pick(66);
  c.extent = env == 0 ? kSlotDisk : pick_slot();
  c.buffer_cap = chance(4) ? pick_slot() : kNone;
  c.block = pick(kDiskBlocks);
  c.frame_count = c.op == DiskOp::Flush ? 0 : 1 + pick(4);
  c.blocks = c.frame_count * 8;
  for (u32 i = 0; i < c.frame_count; i++) c.frames[i] = pick_frame(env);
  return queue_begin(env, pick(kDiskQueues), c);
}

// The device finishes one command, or all of them.
Status Steps::complete_some(u32 queue) {
  Status status = Status::BadArgument;
  const bool all = chance(4);
  for (u32 id = all ? 0 : pick(64); id < kDiskDepth && (all || status != Status::Ok); id++)
    if (queue_completed(queue, id) == Status::Ok) status = Status::Ok;
  return status;
}

Status Steps::disk_step(u32 kind, u16 env) {
  const u32 queue = pick(kDiskQueues);
  switch (kind) {
    case 19:
      if (chance(2)) return queue_close(queues[queue].owner != kNoEnv ? queues[queue].owner : env, queue);
      return open_queue(env);
    case 20:
      return begin_command(queues[queue].owner != kNoEnv ? queues[queue].owner : env);
    default:
      return complete_some(queue);
  }
}

Status Steps::open_binding(u16 env) {
  BindConfig c{};
  c.receive = env == 0 ? kSlotReceive : pick_slot();
  c.priority = pick(3);
  c.control = pick_frame(env);
  c.frame_count = 1u << pick(3);
  c.list_frame = pick_frame(env);
  for (u32 i = 0; i < c.frame_count; i++) c.frames[i] = pick_frame(env);
  return binding_open(env, c).status();
}

Status Steps::net_step(u32 kind, u16 env) {
  if (kind == 22) {
    const BpfInsn code[] = {{0x30, 0, 0, pick(4)}, {0x15, 0, 1, pick(2)}, {6, 0, 0, 1}, {6, 0, 0, 0}};
    const u32 target = pick_slot();
    return made(env, target, filter_derive(env, env == 0 ? kSlotReceive : pick_slot(), target, code, 4));
  }
  if (chance(2)) return open_binding(env);
  u8 packet[14] = {};
  for (u32 i = 0; i < 4; i++) packet[i] = static_cast<u8>(pick(2));
  u32 binding = demux_first(kCard, packet, sizeof packet);
  if (binding != kNone) binding_deliver(binding, packet, sizeof packet, 0, 0);
  DemuxWalk walk;
  demux_start(walk, kCard, packet, sizeof packet);
  while ((binding = demux_next(walk, packet, sizeof packet)) != kNone)
    binding_deliver(binding, packet, sizeof packet, 0, 0);
  return chance(4) ? binding_close(env, pick(kMaxBindings)) : Status::Ok;
}

Status Steps::cpu_step() {
  const u32 cpu = pick(2);
  if (chance(4)) return slice_assign(0, kSlotSlices, pick_env(), pick(66), 1 + pick(4));
  if (chance(8)) return slice_idle(0, kSlotSlices, pick_env(), pick(3));
  const bool both = chance(2);
  for (u32 i = 0; i < 2; i++) {  // a flush, perhaps into the kernel's own table
    if (i != cpu && !both) continue;
    cpus[i].holds_user = chance(8) ? 0 : 1;
    cpus[i].flushed = ledger_header.clock;
    tlb_.flush(i);
  }
  return Status::Ok;
}

// Root joins a block of its own and takes it apart again.
Status Steps::large_step(u32 kind) {
  if (kind == 26) {
    for (u32 t = 0; t < kFrames; t++)
      for (u32 slot = 0; frames[t].type == FrameType::Table2 && slot < kTableEntries; slot++)
        if ((physmem[t][slot] & kPteLarge) != 0) page_clear(frames[t].owner, t, slot);
    return frame_split(0, kLargeBlock);
  }
  for (u32 i = 0; i < kLargeFrames; i++) static_cast<void>(frame_alloc(0, kLargeBlock + i));
  for (u32 i = 0; i < 16; i++) static_cast<void>(frame_alloc(0, kNone));  // what pick_frame picks
  return frame_join(0, kLargeBlock);
}

Status Steps::run(u32 kind) {
  const u16 env = pick_env();
  if (kind < 5) return frames_step(kind, env);
  if (kind < 8) return pages_step(kind, env);
  if (kind < 13) return caps_step(kind, env);
  if (kind < 19) return envs_step(kind, env);
  if (kind < 22) return disk_step(kind, env);
  if (kind < 24) return net_step(kind, env);
  if (kind == 27) return env_reclaim(static_cast<u16>(1 + pick(7)), pick(8), chance(4) ? 0 : pick(40), 0);
  if (kind == 28) return env_repossess(0, static_cast<u16>(1 + pick(7)), 1);
  if (kind > 24) return chance(4) ? large_step(kind) : Status::Again;
  return chance(2) ? cpu_step() : Status::Again;
}

void Steps::step() {
  // Allocation and mapping more often than the rest, or there is nothing to work on.
  static constexpr u32 kOften[] = {0, 0, 0, 5, 5, 5, 2, 6, 8, 10, 10, 12, 17, 24, 27, 28, 28, 28};
  const u32 kind = chance(3) ? kOften[pick(std::size(kOften))] : pick(kKinds);
  if (run(kind) == Status::Ok) succeeded_[kind]++;
}

}  // namespace test
