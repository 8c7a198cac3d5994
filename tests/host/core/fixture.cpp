// SPDX-License-Identifier: MIT
#include "fixture.hpp"

#include <cstring>

extern "C" {
abi::LedgerHeader ledger_header;
abi::EnvEntry envs[abi::kMaxEnvs];
abi::CapEntry caps[abi::kMaxCaps];
abi::FilterEntry filters[abi::kMaxFilters];
abi::ShapeEntry shapes[abi::kMaxShapes];
abi::BindingEntry bindings[abi::kMaxBindings];
abi::CpuEntry cpus[abi::kMaxCpus];
abi::DeviceEntry devices[abi::kMaxDevices];
abi::QueueEntry queues[abi::kMaxQueues];
abi::ExtentTable extent_tables[abi::kExtentTables];
abi::ExtentEntry extents[abi::kMaxExtents];
abi::FrameEntry frames[test::kFrames];
alignas(4096) abi::u64 physmem[test::kFrames][abi::kTableEntries];
abi::u64 kernel_half[abi::kTableEntries / 2];
}

abi::u32 filter_execute(abi::u32 shape, const core::BpfPacket& packet, core::BpfMachine& machine) {
  machine = core::BpfMachine{};
  return core::bpf_execute(shapes[shape].code, shapes[shape].length, packet, machine);
}

namespace test {

template <class T>
static void clear(T& table) {
  std::memset(static_cast<void*>(&table), 0, sizeof table);
}

static void clear_tables() {
  clear(ledger_header);
  clear(envs);
  clear(caps);
  clear(filters);
  clear(shapes);
  clear(filter_private);
  clear(binding_private);
  clear(code_owner);
  clear(filter_multipliers);
  clear(bindings);
  clear(cpus);
  clear(devices);
  clear(queues);
  clear(extent_tables);
  clear(extents);
  clear(extent_order);
  clear(frames);
  clear(env_private);
  clear(taking);
  std::memset(physmem, 0xa5, sizeof physmem);
  for (u32 i = 0; i < kTableEntries / 2; i++) kernel_half[i] = i % 3 == 0 ? 0x1003 + i * kPageSize : 0;
}

void boot() {
  clear_tables();
  boot_init(kFrames);
  frame_boot_add(kFirstFrame, kFrames - kFirstFrame);
  frame_boot_take(kSharedFrame, kSharedCount, FrameType::Shared);
  for (u32 i = 0; i < 2; i++) cpus[i].online = 1;
  devices[kDisk] = DeviceEntry{};
  devices[kDisk].type = DeviceType::Nvme;
  devices[kDisk].blocks = kDiskBlocks;
  devices[kDisk].block_size = kBlockSize;
  devices[kDisk].max_queues = kDiskQueues;
  devices[kCard].type = DeviceType::VirtioNet;
  env_boot_root();
  cap_boot(kSlotShared, CapType::Frames, 0, kSharedFrame, kSharedCount, kRead | kGrant);
  cap_boot(kSlotDisk, CapType::Extent, kDisk, 0, kDiskBlocks, kRead | kWrite | kGrant);
  cap_boot(kSlotReceive, CapType::Receive, filter_boot(kCard), 0, 0, kInvoke | kGrant);
  cap_boot(kSlotSend, CapType::Send, filter_boot(kCard), 0, 0, kInvoke | kGrant);
  cap_boot(kSlotSlices, CapType::Slices, 1, 0, kSlicePositions, kInvoke | kGrant);
  cap_boot(kSlotConsole, CapType::Console, 0, 0, 0, kWrite | kGrant);
}

// Enough of everything for one test, and what three dozen environments can have at once.
static EnvQuota some_quota(u32 frames) {
  EnvQuota q = usual_quota(frames);
  q[Resource::Filters] = kTotalFilters / 8;
  q[Resource::Slices] = kSlicePositions;
  return q;
}

u16 make_env(u32 slot, u32 quota) {
  const auto env = env_create(0, kSlotSelf, slot, some_quota(quota));
  EXPECT_EQ(env.status(), Status::Ok);
  return env.value();
}

u32 alloc(u16 env) {
  const auto frame = frame_alloc(env, kNone);
  EXPECT_EQ(frame.status(), Status::Ok);
  return frame.value();
}

u32 make_table(u16 env, FrameType type) {
  const u32 frame = alloc(env);
  EXPECT_EQ(frame_retype(env, frame, type), Status::Ok);
  return frame;
}

Space make_space(u16 env) {
  const Space s{make_table(env, FrameType::Table4), make_table(env, FrameType::Table3),
                make_table(env, FrameType::Table2), make_table(env, FrameType::Table1)};
  EXPECT_EQ(page_set(env, s.top, 0, s.third, kNone, 0), Status::Ok);
  EXPECT_EQ(page_set(env, s.third, 0, s.second, kNone, 0), Status::Ok);
  EXPECT_EQ(page_set(env, s.second, 0, s.first, kNone, 0), Status::Ok);
  return s;
}

EnvConfig make_config(u16 env, const Space& space) {
  EnvConfig c{};
  std::strcpy(c.name, "web");
  c.root_table = space.top;
  c.upcall_frame = alloc(env);
  c.save_frame = alloc(env);
  c.upcall_page = 0x3000;
  c.entry_begin = 0x400000;
  return c;
}

void make_running(u16 env, const Space& space) {
  EXPECT_EQ(env_configure(env, make_config(env, space)), Status::Ok);
  EXPECT_EQ(env_start(env), Status::Ok);
}

void hold_translations(u32 number, u64 flushed) {
  cpus[number].holds_user = 1;
  cpus[number].flushed = flushed;
}

void flush_all() {
  for (CpuEntry& cpu : cpus) cpu.flushed = ledger_header.clock;
}

Status revoke_all(u16 env, u32 slot, u32* calls) {
  for (u32 i = 1; i < 10'000; i++) {
    if (calls != nullptr) *calls = i;
    const Status status = cap_revoke(env, slot);
    if (status != Status::Again) return status;
    flush_all();
  }
  return Status::Again;
}

Status reap_all(u16 env, u32* calls) {
  for (u32 i = 1; i < 10'000; i++) {
    if (calls != nullptr) *calls = i;
    const Status status = env_reap_step(env);
    if (status != Status::Again) return status;
  }
  return Status::Again;
}

}  // namespace test
