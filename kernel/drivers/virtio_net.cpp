// SPDX-License-Identifier: MIT
// Finding, starting and interrupting cards.
#include "kernel/drivers/virtio_net.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/report.hpp"
#include "kernel/drivers/virtio_net_card.hpp"
#include "kernel/log.hpp"

namespace drivers::virtio_net {
namespace {

constinit Card cards[kMaxCards];
constinit u32 card_count = 0;
constinit u8 card_numbers[kMaxDevices] = {};

constexpr u32 kMtu = 1500;
constexpr u64 kWanted = virtio::kNetSum | virtio::kNetGuestSum | virtio::kNetMac | virtio::kNetCut4 |
                        virtio::kNetCut6 | virtio::kRingIndirect;

u16 offloads_in(u64 features) {
  if ((features & virtio::kNetSum) == 0) return 0;
  u16 offloads = kOffloadSum4 | kOffloadSum6;
  if ((features & virtio::kNetCut4) != 0) offloads |= kOffloadCut4;
  if ((features & virtio::kNetCut6) != 0) offloads |= kOffloadCut6;
  return offloads;
}

// No interrupt is lost although at most one ring's worth of packets is handled: when this starts, at
// most that many are waiting; whatever the card finishes later raises the interrupt anew
// (message-signalled: it becomes pending; wired: acknowledge() came before).
// Sending first: it frees memory that a receiver may be waiting for.
void service(Card& card) {
  virtio::acknowledge(card.transport);
  reap_sent(card);
  drain_receive_ring(card);
}

void on_interrupt(u32 context) { service(cards[context]); }

void read_mac(Card& card, u64 features) {
  DeviceEntry& entry = card.entry();
  if ((features & virtio::kNetMac) != 0) {
    virtio::read_config(card.transport, 0, entry.mac, sizeof entry.mac);
    return;
  }
  // The card has none: a locally administered one (IEEE 802c), distinct per card of this machine.
  constexpr u8 kLocal[5] = {0x02, 'E', 'x', 'o', 0};
  for (u32 i = 0; i < 5; i++) entry.mac[i] = kLocal[i];
  entry.mac[5] = static_cast<u8>(card.device);
}

void report(Card& card) {
  kernel::Log log(DeviceTopic("net", card.device).text());
  log.text().put("virtio-net at ");
  virtio::put_name(card.transport, log.text());
  for (u32 i = 0; i < 6; i++) log.text().put(i == 0 ? ", " : ":").hex(card.entry().mac[i], 2);
  if (card.offloads != 0) log.text().put(", checksums");
  if ((card.offloads & (kOffloadCut4 | kOffloadCut6)) != 0) log.text().put(", segmentation");
}

bool start_queues(Card& card) {
  if (!virtio::start_queue(card.transport, virtio::kNetReceiveQueue, Virtqueue::kMaxSize, &card.receive)) {
    return false;
  }
  if (!virtio::start_queue(card.transport, virtio::kNetTransmitQueue, Virtqueue::kMaxSize, &card.send)) {
    return false;
  }
  const u16 size = card.receive.size();
  card.receive_buffers = size < kReceiveBuffers ? size : u16{kReceiveBuffers};
  const u32 buffer_frames = card.receive_buffers * kBufferBytes / static_cast<u32>(kPageSize);
  const u32 area_frames =
      kNetSlots * static_cast<u32>(sizeof(SendArea) / 64) / static_cast<u32>(kPageSize / 64);
  card.buffers = static_cast<u64>(arch::take_kernel_frames(buffer_frames)) << kPageShift;
  card.areas = static_cast<u64>(arch::take_kernel_frames(area_frames)) << kPageShift;
  return true;
}

}  // namespace

Card& card_of(u16 device) { return cards[card_numbers[device]]; }

bool start(const virtio::Transport& transport, u16 device) {
  if (card_count == kMaxCards) {
    kernel::Log("net").text().put("more cards than this kernel drives, which are ").dec(kMaxCards);
    return false;
  }
  Card& card = cards[card_count];
  card.transport = transport;
  card.device = device;
  u64 features = 0;
  if (!virtio::negotiate(card.transport, kWanted, &features)) return false;
  card.indirect = (features & virtio::kRingIndirect) != 0;
  card.offloads = offloads_in(features);
  if (!virtio::start_interrupt(card.transport, on_interrupt, card_count) || !start_queues(card)) return false;

  DeviceEntry& entry = card.entry();
  entry = DeviceEntry{};
  read_mac(card, features);
  entry.type = DeviceType::VirtioNet;
  entry.block_size = kMtu;
  card_numbers[device] = static_cast<u8>(card_count++);
  virtio::start_device(card.transport);
  fill_receive_ring(card);
  report(card);
  return true;
}

void poll() {
  for (u32 i = 0; i < card_count; i++) {
    if (cards[i].receive.has_used() || cards[i].send.has_used()) service(cards[i]);
  }
}

}  // namespace drivers::virtio_net
