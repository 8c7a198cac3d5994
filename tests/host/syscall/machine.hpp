// SPDX-License-Identifier: MIT
// Doubles of what lies around the system-call layer: 64 KiB of user memory, a scheduler and devices
// that note what they are told. Every test ends with the core's invariants checked.
#pragma once
#include <cstring>
#include <string>
#include <vector>

#include "../core/fixture.hpp"
#include "abi/syscall_numbers.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/syscall/dispatch.hpp"
#include "kernel/syscall/net_flight.hpp"

namespace test {

using kernel::SysResult;

// The argument registers in order; those that are not given are 0.
struct Args {
  kernel::SysArgs registers{};
  Args(std::initializer_list<u64> list) {
    u64* const all[] = {&registers.rdi, &registers.rsi, &registers.rdx,
                        &registers.r10, &registers.r8,  &registers.r9};
    u32 i = 0;
    for (u64 value : list) *all[i++] = value;
  }
};

inline constexpr u64 kUserBase = 0x400000;
inline constexpr u64 kUserBytes = 0x10000;

struct Machine {
  u8 user[kUserBytes];
  std::vector<u16> ready, stopped, configured, woken, noticed, written;
  u32 local_flushes, flush_requests;
  bool others_flush;  // a requested flush happens before the next call
  // Disks.
  std::vector<u32> opened, closed, kicked;
  std::vector<DiskCommand> commands;
  Status open_status;
  u32 disk_room;  // commands that the device takes
  u32 closing;    // how often a queue's closing is still under way
  struct KernelCommand {
    u16 device;
    DiskOp op;
    u64 block;
    void* page;
  };
  std::vector<KernelCommand> kernel_commands;
  Status kernel_io;
  // Card.
  struct Packet {
    std::vector<u8> head;
    std::vector<std::pair<u64, u32>> pieces;
    u16 sum_start, cut, header_length, over_ipv6;
  };
  std::vector<Packet> packets;
  u8 head[kEgressBytes];
  u32 net_room, net_kicks;
  u16 offloads;
};
extern Machine machine;

class Syscall : public testing::Test {
 protected:
  u16 env_ = 0;  // the caller; its creator is the root environment, by slot 70
  Space space_{};

  void SetUp() override;
  void TearDown() override { EXPECT_STREQ(check_invariants(kernel::net_pins()), nullptr); }

  SysResult call(Call number, const Args& args = {}) { return call_as(env_, number, args); }
  SysResult call_as(u16 env, Call number, const Args& args = {});
  // Puts `value` into user memory at kUserBase + offset; returns its address.
  template <class T>
  u64 put(const T& value, u64 offset = 0) {
    std::memcpy(machine.user + offset, &value, sizeof value);
    return kUserBase + offset;
  }
  template <class T>
  u64 put(const std::vector<T>& values, u64 offset = 0) {
    if (!values.empty()) std::memcpy(machine.user + offset, values.data(), values.size() * sizeof(T));
    return kUserBase + offset;
  }
  u32 user_word(u64 index) {
    u32 word;
    std::memcpy(&word, machine.user + index * sizeof word, sizeof word);
    return word;
  }
};

inline constexpr u64 kWide = 1ul << 32;  // does not fit an argument of 32 bits

}  // namespace test
