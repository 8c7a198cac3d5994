// SPDX-License-Identifier: MIT
// The transmit side: slots are used and given back in order, whatever order the card finishes in.
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/virtio_net.hpp"
#include "kernel/drivers/virtio_net_card.hpp"

namespace drivers::virtio_net {
namespace {

void write_header(virtio::NetHeader& header, const OutPacket& packet) {
  constexpr u16 kTcpSum = 16;  // in the TCP header (RFC 9293, 3.1)
  header = {};
  if (packet.sum_start == 0) return;
  header.flags = virtio::kNetNeedsSum;
  header.sum_start = packet.sum_start;
  header.sum_offset = kTcpSum;
  if (packet.cut == 0) return;
  header.cut_type = packet.over_ipv6 != 0 ? virtio::kNetCutTcp6 : virtio::kNetCutTcp4;
  header.cut = packet.cut;
  header.header_length = packet.header_length;
}

// The head is in the slot's area already, behind the virtio header.
void fill_table(const OutPacket& packet, u64 area_physical, Descriptor* table) {
  const u32 count = packet.piece_count;
  Virtqueue::put(table, 0, area_physical, virtio::kNetHeaderBytes + packet.head_length, count != 0);
  for (u32 i = 0; i < count; i++)
    Virtqueue::put(table, 1 + i, packet.pieces[i].physical, packet.pieces[i].length, i + 1 < count);
}

// The same for a card that takes no tables.
u32 list_pieces(const OutPacket& packet, u64 area_physical, Piece* pieces) {
  pieces[0] = {area_physical, virtio::kNetHeaderBytes + packet.head_length, false};
  for (u32 i = 0; i < packet.piece_count; i++) {
    pieces[1 + i] = {packet.pieces[i].physical, packet.pieces[i].length, false};
  }
  return 1 + packet.piece_count;
}

u64 area_of(const Card& card, u32 slot) { return card.areas + static_cast<u64>(slot) * sizeof(SendArea); }

bool add_chain(Card& card, const OutPacket& packet, u64 area_physical, u16* head) {
  Piece pieces[kMaxPieces];
  return card.send.add(pieces, list_pieces(packet, area_physical, pieces), head);
}

bool enqueue(Card& card, u32 slot, const OutPacket& packet) {
  const u64 physical = area_of(card, slot);
  SendArea& area = *arch::phys_to_virt<SendArea>(physical);
  write_header(area.header, packet);
  u16 head = 0;
  if (card.indirect) {
    fill_table(packet, physical, area.table);
    if (!card.send.add_table(physical + __builtin_offsetof(SendArea, table), 1 + packet.piece_count, &head))
      return false;
  } else {
    if (!add_chain(card, packet, physical, &head)) return false;
  }
  card.slot_of[head] = static_cast<u16>(slot);
  return true;
}

bool has_room(const Card& card) {
  const u32 descriptors = card.indirect ? 1 : card.send.size() < kMaxPieces ? card.send.size() : kMaxPieces;
  return card.next_slot - card.oldest_slot < kNetSlots && card.send.free_descriptors() >= descriptors;
}

}  // namespace

void reap_sent(Card& card) {
  u16 head = 0;
  u32 written = 0;
  for (u32 i = 0; i < kNetSlots && card.send.pop(&head, &written); i++)
    card.finished[card.slot_of[head]] = true;
  while (card.oldest_slot != card.next_slot && card.finished[card.oldest_slot % kNetSlots]) {
    const u32 slot = card.oldest_slot++ % kNetSlots;
    card.finished[slot] = false;
    kernel::net_sent(card.device, slot);
  }
}

u8* head(u16 device) {
  Card& card = card_of(device);
  if (!has_room(card)) reap_sent(card);
  if (!has_room(card)) return nullptr;
  return arch::phys_to_virt<SendArea>(area_of(card, card.next_slot % kNetSlots))->head;
}

u16 offloads(u16 device) { return card_of(device).offloads; }

Status transmit(u16 device, const OutPacket& packet, u32* slot) {
  Card& card = card_of(device);
  if (packet.head_length > kEgressBytes || packet.piece_count > kMaxSegments) return Status::BadArgument;
  if (!has_room(card)) return Status::NoSpace;
  const u32 free_slot = card.next_slot % kNetSlots;
  if (!enqueue(card, free_slot, packet)) return Status::NoSpace;
  card.next_slot++;
  card.unpublished = true;
  card.entry().operations++;
  *slot = free_slot;
  return Status::Ok;
}

void kick(u16 device) {
  Card& card = card_of(device);
  if (card.unpublished) {
    card.unpublished = false;
    card.send.publish();
    if (card.send.wants_notice()) virtio::notify(card.transport, virtio::kNetTransmitQueue);
  }
  reap_sent(card);
}

}  // namespace drivers::virtio_net
