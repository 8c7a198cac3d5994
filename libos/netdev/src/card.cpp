// SPDX-License-Identifier: MIT
#include "netdev/card.hpp"

#include "core/resources.hpp"
#include "netdev/gather.hpp"

namespace netdev {

namespace sys = abi::sys;

Status Card::open(const core::NetworkInfo& network, u32 ring_frames, u32 priority) {
  if (network.receive == kNone) return Status::BadCap;
  const vm::DmaRegion control = TRY(vm::allocate_dma(1));
  const vm::DmaRegion ring = TRY(vm::allocate_dma(ring_frames));
  const vm::DmaRegion headers = TRY(vm::allocate_dma(kSmallPages + kLargePages));
  static_assert(kSmallPages * (kPageSize / kSmallBytes) + kLargePages * (kPageSize / kLargeBytes) <=
                kMostInFlight);
  buffers_.start(headers.bytes, kSmallPages, kLargePages);
  headers_ = headers.bytes;
  for (u32 i = 0; i < kSmallPages + kLargePages; i++) header_frames_[i] = headers.frame(i);
  BindConfig config{};
  config.receive = network.receive;
  config.control = control.frame(0);
  config.priority = priority;
  config.list_frame = TRY(core::take_frame());
  config.frame_count = ring_frames;
  for (u32 i = 0; i < ring_frames; i++) config.frames[i] = ring.frame(i);
  const core::SysResult bound = sys::net_bind(&config);
  if (bound.status != Status::Ok) return bound.status;
  binding_ = static_cast<u32>(bound.value);
  send_ = network.send;
  control_ = reinterpret_cast<volatile RingControl*>(control.bytes);
  ring_ = ring.bytes;
  slots_ = ring_frames * static_cast<u32>(kPageSize / kPacketSlot);
  ask_features();
  return Status::Ok;
}

// Both families or none: the protocols above do not tell them apart.
void Card::ask_features() {
  constexpr u64 kSums = kOffloadSum4 | kOffloadSum6, kCuts = kOffloadCut4 | kOffloadCut6;
  const core::SysResult may = sys::net_send(send_, binding_, nullptr, 0);
  if (may.status != Status::Ok || (may.value & kSums) != kSums) return;
  features_.checksum = true;
  if ((may.value & kCuts) == kCuts) features_.segment_bytes = net::kMaxSegmentedBytes;
}

u8* Card::take(u32 size) {
  u8* buffer = buffers_.take(size);
  if (buffer != nullptr) return buffer;
  collect_sent();
  return buffers_.take(size);
}

bool Card::send(u8* buffer, u32 length, std::span<const net::Piece> pieces, const net::Offload& offload) {
  if (pending_ == kMaxSendBatch) flush();
  if (pending_ == kMaxSendBatch) {
    buffers_.give_back(buffer);
    return false;
  }
  SendPacket& packet = batch_[pending_];
  const u64 at = static_cast<u64>(buffer - headers_);  // no buffer lies across pages
  packet.segments[0] = {header_frames_[at / kPageSize], static_cast<u16>(at % kPageSize),
                        static_cast<u16>(length)};
  packet.segment_count = 1;
  packet.sum = offload.by_card ? 1 : 0;
  packet.cut = offload.segment_size;
  bool good = send_ != kNone;
  for (const net::Piece& piece : pieces)
    good = good && add_piece(packet, piece.data, piece.length, vm::frame_of);
  if (!good) {
    lost_++;
    buffers_.give_back(buffer);
    return false;
  }
  batch_buffers_[pending_++] = buffer;
  return true;
}

// A packet that the egress predicate refuses is lost as on any wire: the protocols send it again.
void Card::flush() {
  u32 first = 0;
  while (first < pending_) {
    // Asked before: what ends while the kernel still refuses would look as if nothing had been pinned.
    const bool idle = collected_ == handed_;
    const core::SysResult sent = sys::net_send(send_, binding_, batch_ + first, pending_ - first);
    const u32 taken = static_cast<u32>(sent.value);
    for (u32 i = 0; i < taken; i++) in_flight_[handed_++ % kMostInFlight] = batch_buffers_[first + i];
    first += taken;
    collect_sent();
    if (first == pending_ || sent.status == Status::NoSpace) break;  // the card's queue is full
    if (sent.status == Status::Quota && taken > 0) continue;         // these may have left already
    if (sent.status == Status::Quota && !idle) break;                // the card has as much as we may pin
    drop(first++);
  }
  keep_from(first);
}

void Card::keep_from(u32 first) {
  for (u32 i = first; i < pending_ && first > 0; i++) {
    batch_[i - first] = batch_[i];
    batch_buffers_[i - first] = batch_buffers_[i];
  }
  pending_ -= first;
}

void Card::give_up() {
  flush();
  for (u32 i = 0; i < pending_; i++) drop(i);
  pending_ = 0;
}

void Card::drop(u32 index) {
  lost_++;
  buffers_.give_back(batch_buffers_[index]);
}

// Buffers come back in the order of sending.
void Card::collect_sent() {
  const u64 sent = control_->sent;
  while (collected_ != sent && collected_ != handed_)
    buffers_.give_back(in_flight_[collected_++ % kMostInFlight]);
}

u64 Card::produced() const {
  const u64 value = control_->produced;
  asm volatile("" : : : "memory");  // the packets were written before it
  return value;
}

Card::Arrived Card::packet(u64 counter) const {
  const u8* slot = ring_ + counter % slots_ * kPacketSlot;
  const auto* header = reinterpret_cast<const PacketHeader*>(slot);
  const u32 length = header->length < kMaxPacket ? header->length : kMaxPacket;
  return {{slot + sizeof(PacketHeader), length}, (header->flags & kPacketSummed) != 0};
}

void Card::give_room() {
  asm volatile("" : : : "memory");  // the packet was read before its slot is given back
  control_->consumed = consumed_;
}

}  // namespace netdev
