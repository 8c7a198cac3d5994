// SPDX-License-Identifier: MIT
// The receive side: one buffer of its own for each descriptor.
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/virtio_net_card.hpp"

namespace drivers::virtio_net {
namespace {

constexpr u32 kMinPacket = 14;  // an Ethernet header

void give_buffer(Card& card, u16 buffer) {
  const Piece piece = {card.buffers + static_cast<u64>(buffer) * kBufferBytes, kBufferBytes, true};
  u16 head = 0;
  // Never fails: there are as many descriptors as buffers.
  if (card.receive.add(&piece, 1, &head)) card.buffer_of[head] = buffer;
}

// From the flags of the virtio header (5.1.6.4); without VIRTIO_NET_F_GUEST_CSUM they are 0.
u32 packet_flags(u8 flags) {
  if ((flags & virtio::kNetNeedsSum) != 0) return kPacketSummed | kPacketPartial;
  return (flags & virtio::kNetSumValid) != 0 ? kPacketSummed : 0;
}

void deliver(Card& card, u16 buffer, u32 written) {
  const u32 length = written - virtio::kNetHeaderBytes;
  if (written < virtio::kNetHeaderBytes + kMinPacket || length > kMaxPacket) {
    card.entry().errors++;
    return;
  }
  const u8* bytes = arch::phys_to_virt<u8>(card.buffers + static_cast<u64>(buffer) * kBufferBytes);
  card.entry().operations++;
  kernel::net_received(card.device, bytes + virtio::kNetHeaderBytes, length, packet_flags(bytes[0]));
}

void publish(Card& card) {
  card.receive.publish();
  if (card.receive.wants_notice()) virtio::notify(card.transport, virtio::kNetReceiveQueue);
}

}  // namespace

void fill_receive_ring(Card& card) {
  for (u16 i = 0; i < card.receive_buffers; i++) give_buffer(card, i);
  publish(card);
}

void drain_receive_ring(Card& card) {
  u16 head = 0;
  u32 written = 0;
  u32 count = 0;
  for (; count < card.receive_buffers && card.receive.pop_kept(&head, &written); count++) {
    deliver(card, card.buffer_of[head], written);
    card.receive.add_again(head);
    card.receive.publish();
  }
  if (count == 0) return;
  publish(card);
  kernel::net_burst_end();
}

}  // namespace drivers::virtio_net
