// SPDX-License-Identifier: MIT
// Sending and receiving packets, and what finding the right receiver costs among many.
#include <span>

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
constexpr u32 kShapes = 16;
constexpr u32 kCrowds[] = {1, 10, 100, 1000};
constexpr u32 kMixed[] = {100, 1000};

constinit Outgoing outgoing{};
constinit Crowd crowd{1};
constinit Crowd mixed{kShapes};
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

namespace {

// A packet for the youngest of as many bindings, or of as many as there can be.
Status measure_crowd(const char* name, Crowd& in, std::span<const u32> sizes) {
  for (const u32 count : sizes) {
    const u32 before = in.size();
    TRY_STATUS(in.grow(count));
    if (in.size() == before) break;
    TRY_STATUS(measure_bursts({name, in.size(), kBurst, 51, true}, in.youngest(), in.port()));
  }
  return in.leave();
}

}  // namespace

Status measure_filters() {
  TRY_STATUS(outgoing.start());
  TRY_STATUS(measure_crowd("filter-packet", crowd, kCrowds));
  return measure_crowd("filter-16-shapes", mixed, kMixed);
}

}  // namespace bench
