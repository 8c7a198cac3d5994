// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/arch/x86_64/tlb.hpp"

namespace test {

Machine machine;

void Syscall::SetUp() {
  boot();
  EXPECT_EQ(kernel::net_pins(), 0u);  // each test empties the card
  static std::vector<u64> memory(kernel::net_memory() / sizeof(u64));
  kernel::net_start(kCard, memory.data());
  machine = Machine{};
  machine.disk_room = 1000;
  machine.net_room = 1000;
  machine.open_status = Status::Ok;
  env_ = make_env(70, 300);
  space_ = make_space(env_);
  make_running(env_, space_);
}

SysResult Syscall::call_as(u16 env, Call number, const Args& args) {
  if (machine.others_flush && machine.flush_requests > 0) flush_all();
  kernel::Caller caller{env, 0};
  return kernel::dispatch(caller, static_cast<u64>(number), args.registers);
}

}  // namespace test

using test::machine;

extern "C" bool user_copy_in(void* to, abi::u64 from, abi::u64 bytes) {
  if (from < test::kUserBase || from - test::kUserBase > test::kUserBytes) return bytes == 0;
  if (bytes > test::kUserBytes - (from - test::kUserBase)) return false;
  std::memcpy(to, machine.user + (from - test::kUserBase), bytes);
  return true;
}

extern "C" bool user_copy_words_in(void* to, abi::u64 from, abi::u64 words) {
  return user_copy_in(to, from, words * sizeof(abi::u64));
}

extern "C" bool user_copy_heads_in(void* to, abi::u64 from, abi::u64 words, abi::u64 count, abi::u64 gap) {
  const abi::u64 bytes = words * sizeof(abi::u64);
  for (abi::u64 i = 0; i < count; i++, from += bytes + gap)
    if (!user_copy_in(static_cast<abi::u8*>(to) + i * (bytes + gap), from, bytes)) return false;
  return true;
}

extern "C" bool user_copy_out(abi::u64 to, const void* from, abi::u64 bytes) {
  if (to < test::kUserBase || to - test::kUserBase > test::kUserBytes) return bytes == 0;
  if (bytes > test::kUserBytes - (to - test::kUserBase)) return false;
  std::memcpy(machine.user + (to - test::kUserBase), from, bytes);
  return true;
}

namespace arch {

void tlb_flush_local() {
  machine.local_flushes++;
  cpus[0].flushed = ledger_header.clock;
}
void tlb_request_flush() { machine.flush_requests++; }
void env_configured(u16 env, const EnvConfig&) { machine.configured.push_back(env); }
void env_ready(u16 env) { machine.ready.push_back(env); }
void env_memory_changed(u16 env) { machine.woken.push_back(env); }
void env_notice(u16 env) { machine.noticed.push_back(env); }
void env_slices_changed(u16) {}
void env_memory_written(u16 env) { machine.written.push_back(env); }
void env_stopped(u16 env) { machine.stopped.push_back(env); }
u64 now_tsc() { return 12345; }

}  // namespace arch

namespace drivers {

Status disk_queue_open(u32 queue) {
  if (machine.open_status == Status::Ok) machine.opened.push_back(queue);
  return machine.open_status;
}
Status disk_queue_close(u32 queue) {
  if (machine.closing > 0) return machine.closing--, Status::Again;
  machine.closed.push_back(queue);
  return Status::Ok;
}
Status disk_kernel_io(u16 device, DiskOp op, u64 block, void* page) {
  if (machine.kernel_io != Status::Ok) return machine.kernel_io;
  machine.kernel_commands.push_back({device, op, block, page});
  return Status::Ok;
}
Status disk_submit(u32 queue, const DiskCommand* list, u32 count, u32& done) {
  for (done = 0; done < count; done++) {
    if (machine.commands.size() >= machine.disk_room) break;
    machine.commands.push_back(list[done]);
  }
  if (done != 0) machine.kicked.push_back(queue);
  return done < count ? Status::NoSpace : Status::Ok;
}
void disk_poll(u32) {}

u8* net_head(u16 device) {
  EXPECT_EQ(device, test::kCard);
  return machine.packets.size() < machine.net_room ? machine.head : nullptr;
}
u16 net_offloads(u16) { return machine.offloads; }
Status net_transmit(u16 device, const OutPacket& packet, u32* slot) {
  EXPECT_EQ(device, test::kCard);
  test::Machine::Packet copy;
  copy.head.assign(machine.head, machine.head + packet.head_length);
  for (u32 i = 0; i < packet.piece_count; i++)
    copy.pieces.emplace_back(packet.pieces[i].physical, packet.pieces[i].length);
  copy.sum_start = packet.sum_start;
  copy.cut = packet.cut;
  copy.header_length = packet.header_length;
  copy.over_ipv6 = packet.over_ipv6;
  *slot = static_cast<u32>(machine.packets.size()) % kNetSlots;
  machine.packets.push_back(copy);
  return Status::Ok;
}
void net_kick(u16) { machine.net_kicks++; }

}  // namespace drivers

// The calls that switch environments are not part of these tests: reaching one would be a mistake of
// the dispatch table, and answers something no real call does.
namespace kernel {

static constexpr SysResult kElsewhere{Status::TimedOut, 0xe15e};
SysResult sys_null(Caller&) { return kElsewhere; }
SysResult sys_console_write(Caller&, u32, UserIn<char>, u32) { return kElsewhere; }
SysResult sys_env_exit(Caller&, u64) { return kElsewhere; }
SysResult sys_page_flush(Caller&, u32) { return kElsewhere; }
SysResult sys_yield(Caller&, u32) { return kElsewhere; }
SysResult sys_sleep(Caller&, u64, u64, u64) { return kElsewhere; }
SysResult sys_sleep_until(Caller&, UserIn<WakePredicate>, u64) { return kElsewhere; }
SysResult sys_notify(Caller&, u32) { return kElsewhere; }
SysResult sys_env_call(Caller&, u32, u64, u64, u64, u64, u64) { return kElsewhere; }
SysResult sys_env_send(Caller&, u32, u64, u64, u64, u64) { return kElsewhere; }
SysResult sys_env_call_with(Caller&, u32, UserIn<CallMessage>) { return kElsewhere; }
SysResult sys_env_reply_with(Caller&, u64, u64, u64, u64, u32, u32) { return kElsewhere; }
SysResult sys_env_reply(Caller&, u64, u64, u64, u64) { return kElsewhere; }
SysResult sys_machine_off(Caller&, u32, u64) { return kElsewhere; }
SysResult sys_machine_button(Caller&, u32) { return kElsewhere; }

}  // namespace kernel
