// SPDX-License-Identifier: MIT
// Sending and receiving packets, and what finding the right receiver costs among many.
#include "apps/bench/crowd.hpp"
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

constinit Outgoing outgoing{};
constinit Crowd crowd{};
constinit SendPacket batch[kSendBatch]{};

const core::NetworkInfo& network() { return core::start_info->network; }

Status send(const Ring& ring, const SendPacket* packets, u32 count) {
  return sys::net_send(network().send, ring.binding(), packets, count).status;
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
    TRY_STATUS(measure_bursts(row, crowd.youngest(), crowd.port()));
  }
  return crowd.leave();
}

}  // namespace bench
