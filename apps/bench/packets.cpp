// SPDX-License-Identifier: MIT
// Sending and receiving packets, and what finding the right receiver costs among many.
#include "apps/bench/measure.hpp"
#include "apps/bench/primitives.hpp"
#include "apps/bench/wire.hpp"
#include "core/resources.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kBurst = 64;       // packets asked for at a time
constexpr u32 kRingFrames = 64;  // room for two bursts
constexpr u32 kSendBatch = 16;
constexpr u16 kPort = 1000;
constexpr u32 kSendCounts[] = {1, kSendBatch};
constexpr u32 kCrowds[] = {1, 10, 100, 1000};
constexpr u32 kFirstSlot = 64, kSlots = 60;  // for the filters' capabilities

constinit Outgoing outgoing{};
constinit SendPacket batch[kSendBatch]{};

const core::NetworkInfo& network() { return core::start_info->network; }

Status send(const Ring& ring, const SendPacket* packets, u32 count) {
  return sys::net_send(network().send, ring.binding(), packets, count).status;
}

// What tcpdump makes of "udp dst port P".
Status derive_filter(u32 slot, u16 port) {
  const BpfInsn code[] = {{0x28, 0, 0, 12},   {0x15, 0, 8, 0x800},  {0x30, 0, 0, 23}, {0x15, 0, 6, 17},
                          {0x28, 0, 0, 20},   {0x45, 4, 0, 0x1fff}, {0xb1, 0, 0, 14}, {0x48, 0, 0, 16},
                          {0x15, 0, 1, port}, {6, 0, 0, 0x40000},   {6, 0, 0, 0}};
  return sys::filter_derive(network().receive, slot, code, sizeof code / sizeof code[0]).status;
}

// One burst: the question is sent and the answers are awaited in the sample, so a row holds one
// sixty-fourth of a net_send.
Status burst(Ring& ring, u16 port) {
  TRY_STATUS(send(ring, &outgoing.ask(kBurst, port), 1));
  return ring.await(kBurst);
}

Status measure_bursts(const Row& row, Ring& ring, u16 port) {
  return measure(
      row, nothing, [&](u32 i) { return i == 0 ? burst(ring, port) : Status::Ok; },
      [&] { return ring.await_sent(1); });
}

// Capabilities with one filter each, all bound, the oldest first.
class Crowd {
 public:
  // Until there are `count`; fewer where the kernel or the capability table has no more room.
  Status grow(u32 count) {
    for (; count_ < count; count_++) {
      if (count_ == kSlots) return Status::Ok;
      const Status derived = derive_filter(kFirstSlot + count_, port(count_));
      if (derived == Status::NoSpace || derived == Status::Quota) return Status::Ok;
      TRY_STATUS(derived);
      const auto ring = Ring::open(kFirstSlot + count_, kRingFrames);
      if (ring.status() == Status::NoSpace || ring.status() == Status::Quota)
        return sys::cap_drop(kFirstSlot + count_).status;
      rings_[count_] = TRY(ring);
    }
    return Status::Ok;
  }
  Status leave() {
    for (; count_ > 0; count_--) {
      TRY_STATUS(rings_[count_ - 1].close());
      TRY_STATUS(sys::cap_drop(kFirstSlot + count_ - 1).status);
    }
    return Status::Ok;
  }
  u32 size() const { return count_; }
  Ring& last() { return rings_[count_ - 1]; }
  static u16 port(u32 index) { return static_cast<u16>(kPort + index); }

 private:
  u32 count_ = 0;
  Ring rings_[kSlots];
};

constinit Crowd crowd{};

}  // namespace

Status measure_send() {
  TRY_STATUS(outgoing.start());
  Ring ring = TRY(Ring::open(network().receive, 1));
  for (SendPacket& packet : batch) packet = outgoing.datagram();
  for (const u32 count : kSendCounts) {
    const Row row{count == 1 ? "send-packet" : "send-packet-of-16", 0, count, 101};
    TRY_STATUS(measure(
        row, nothing, [&](u32 i) { return i == 0 ? send(ring, batch, count) : Status::Ok; },
        [&] { return ring.await_sent(count); }));
  }
  return ring.close();
}

Status measure_receive() {
  TRY_STATUS(outgoing.start());
  Ring ring = TRY(Ring::open(network().receive, kRingFrames));
  TRY_STATUS(measure_bursts({"receive-packet", 0, kBurst, 51, true}, ring, kPort));
  return ring.close();
}

// A packet for the youngest of 1, 10, 100, 1,000 bindings, or of as many as there can be.
Status measure_filters() {
  TRY_STATUS(outgoing.start());
  for (const u32 count : kCrowds) {
    const u32 before = crowd.size();
    TRY_STATUS(crowd.grow(count));
    if (crowd.size() == before) break;
    const Row row{"filter-packet", crowd.size(), kBurst, 51, true};
    TRY_STATUS(measure_bursts(row, crowd.last(), Crowd::port(crowd.size() - 1)));
  }
  return crowd.leave();
}

}  // namespace bench
