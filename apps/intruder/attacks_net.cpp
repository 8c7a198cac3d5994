// SPDX-License-Identifier: MIT
// Network: packets of others, and packets that say they come from others. Without a network, forging
// a way to the card is all there is to try; with one (examples/attack), its filters are.
#include "apps/intruder/tools.hpp"
#include "base/endian.hpp"
#include "base/memory.hpp"

namespace intruder {

namespace {

const core::NetworkInfo& network() { return core::start_info->network; }

constexpr u32 kPacketSlot = 10;  // of the lab, where the packet is made
constinit u32 binding = kNone;

u8* packet_bytes() { return reinterpret_cast<u8*>(Lab::address(kPacketSlot)); }

SysResult send(u32 length, u32 offset = 0) {
  const SendPacket packet{1, 0, 0, {{lab.frame(), static_cast<u16>(offset), static_cast<u16>(length)}}};
  return sys::net_send(network().send, binding, &packet, 1);
}

// An ARP announcement with the intruder's own right addresses (RFC 826).
void write_arp() {
  u8* p = packet_bytes();
  constexpr u8 kHead[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};
  memset(p, 0xff, 6);
  memcpy(p + 6, network().mac, 6);
  memcpy(p + 12, kHead, sizeof kHead);
  memcpy(p + 22, network().mac, 6);
  for (u32 i = 0; i < 4; i++) p[28 + i] = static_cast<u8>(network().address >> (24 - 8 * i));
  memset(p + 32, 0, 6);
  memcpy(p + 38, p + 28, 4);
  memset(p + 42, 0, 18);
}

// An IPv4 packet from `source` to the gateway, without payload. Checksums do not matter here.
void write_ip(u32 source) {
  u8* p = packet_bytes();
  memset(p, 0xff, 6);
  memcpy(p + 6, network().mac, 6);
  constexpr u8 kHead[] = {0x08, 0, 0x45, 0, 0, 20, 0, 1, 0, 0, 64, 17, 0, 0};
  memcpy(p + 12, kHead, sizeof kHead);
  for (u32 i = 0; i < 4; i++) {
    p[26 + i] = static_cast<u8>(source >> (24 - 8 * i));
    p[30 + i] = static_cast<u8>(network().gateway >> (24 - 8 * i));
  }
  memset(p + 34, 0, 26);
}

void bind_without_capability(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++) {
    if (slot == network().receive) continue;
    BindConfig config{};
    config.receive = slot;
    config.control = lab.frame();
    config.frame_count = 1;
    config.frames[0] = lab.frame();
    trial.status(sys::net_bind(&config));
  }
}

void unbind_others(Trial& trial) {
  for (u32 i = 0; i < 70; i++) trial.status(sys::net_unbind(i));
  for (const u32 i : {0x1000u, 0x80000000u, kNone}) trial.status(sys::net_unbind(i));
}

void send_without_capability(Trial& trial) {
  const SendPacket packet{1, 0, 0, {{lab.frame(), 0, 60}}};
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    for (u32 i = 0; i < 4; i++)
      if (slot != network().send) trial.status(sys::net_send(slot, i, &packet, 1));
}

void bind_frames_of_others(Trial& trial) {
  u32 list = kNone;
  if (core::take_frames(&list, 1) != Status::Ok) return;
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    if (is_own(frame) && is_own(frame + 1)) continue;  // packets would fall onto the intruder itself
    BindConfig config{};
    config.receive = network().receive;
    config.control = frame;
    config.frame_count = 1;
    config.list_frame = list;
    config.frames[0] = frame + 1;
    trial.status(sys::net_bind(&config));
  }
  if (core::put_frames(&list, 1) != Status::Ok) trial.gained("a frame that stays the kernel's");
}

void bind_odd_rings(Trial& trial) {
  u32 frames[3];
  if (core::take_frames(frames, 3) != Status::Ok) return;
  for (const u32 count : {0u, 3u, 63u, 65u, 128u, 0x80000000u, kNone}) {
    BindConfig config{};
    config.receive = network().receive;
    config.control = frames[0];
    config.frame_count = count;
    config.list_frame = frames[2];
    for (u32& frame : config.frames) frame = frames[1];
    trial.status(sys::net_bind(&config));
  }
  BindConfig config{};  // a frame named twice
  config.receive = network().receive;
  config.control = frames[0];
  config.frame_count = 2;
  config.list_frame = frames[2];
  config.frames[0] = config.frames[1] = frames[1];
  trial.status(sys::net_bind(&config));
  config.frame_count = 1;  // the ring is its own control page
  config.frames[0] = frames[0];
  trial.status(sys::net_bind(&config));
  config.control = frames[1];  // a page table
  config.frames[0] = lab.spare();
  trial.status(sys::net_bind(&config));
  if (core::put_frames(frames, 3) != Status::Ok) trial.gained("a frame that stays pinned");
}

// Binds well, and shows that what is right does get out: the attacks below differ in one point each.
void spoof_mac(Trial& trial) {
  u32 frames[3];
  if (core::take_frames(frames, 3) != Status::Ok) return trial.gained("nothing: no frames");
  BindConfig config{};
  config.receive = network().receive;
  config.control = frames[0];
  config.frame_count = 1;
  config.list_frame = frames[2];
  config.frames[0] = frames[1];
  const SysResult bound = sys::net_bind(&config);
  binding = static_cast<u32>(bound.value);
  if (bound.status != Status::Ok) return trial.gained("nothing: no binding");
  if (lab.set(kPacketSlot, lab.frame(), kRead | kWrite) != Status::Ok)
    return trial.gained("nothing: no packet");
  write_arp();
  if (send(60).status != Status::Ok) return trial.gained("nothing: its own packet is refused");
  for (u32 i = 0; i < 6; i++) {
    write_arp();
    packet_bytes()[6 + i] ^= 1;
    trial.status(send(60));
  }
}

void spoof_arp(Trial& trial) {
  for (u32 i = 0; i < 4; i++) {
    write_arp();
    packet_bytes()[28 + i] ^= 1;
    trial.status(send(60));
  }
}

void spoof_ip(Trial& trial) {
  write_ip(network().address);
  if (send(60).status != Status::Ok) return trial.gained("nothing: its own packet is refused");
  for (const u32 other : {network().address + 1, network().address - 1, network().gateway, 0u, kNone}) {
    write_ip(other);
    trial.status(send(60));
  }
}

void other_protocols(Trial& trial) {
  for (const u32 type : {0x86ddu, 0x8100u, 0x0801u, 0x0000u, 0xffffu}) {  // IPv6, VLAN, nonsense
    write_ip(network().address);
    base::store_be16(packet_bytes() + 12, static_cast<u16>(type));
    trial.status(send(60));
  }
}

void odd_lengths(Trial& trial) {
  write_ip(network().address);
  for (const u32 length : {0u, 1u, 13u, 1515u, 4096u, 0xffffu}) trial.status(send(length));
  trial.status(send(60, 4090));
  trial.status(send(60, 0xffff));
}

void odd_segments(Trial& trial) {
  write_ip(network().address);
  for (const u32 count : {0u, kMaxSegments + 1, 0x80000000u, kNone}) {
    SendPacket packet{count, 0, 0, {}};
    for (Segment& s : packet.segments) s = {lab.frame(), 0, 60};
    trial.status(sys::net_send(network().send, binding, &packet, 1));
  }
  const SendPacket empty{2, 0, 0, {{lab.frame(), 0, 60}, {lab.frame(), 0, 0}}};
  trial.status(sys::net_send(network().send, binding, &empty, 1));
}

// TCP without payload, to which `more` bytes are added behind the header's end; as a card wants it.
void write_tcp(u32 source, u32 more) {
  write_ip(source);
  u8* p = packet_bytes();
  base::store_be16(p + 16, static_cast<u16>(40 + more));
  p[23] = 6;
  p[46] = 0x50;
  p[47] = 0x10;
}

SysResult send_offloaded(u16 sum, u16 cut, u32 length) {
  const u16 first = static_cast<u16>(length < kPageSize ? length : kPageSize);
  const SendPacket packet{length > first ? 2u : 1u,
                          sum,
                          cut,
                          {{lab.frame(), 0, first}, {lab.frame(), 0, static_cast<u16>(length - first)}}};
  return sys::net_send(network().send, binding, &packet, 1);
}

// What the card is asked for is not what it can do, or not with this packet.
void odd_offloads(Trial& trial) {
  constexpr u16 kSums[] = {2, 0x100, 0xffff}, kCuts[] = {1, 11, 1461, 3000, 0xffff};
  constexpr u8 kFlags[] = {0x12, 0x14, 0x30, 0x50, 0x90};
  write_ip(network().address);  // UDP
  for (const u16 sum : kSums) trial.status(send_offloaded(sum, 0, 60));
  trial.status(send_offloaded(1, 0, 60));
  write_tcp(network().address, 3000);
  trial.status(send_offloaded(0, 1000, 3054));  // cut, but not summed
  for (const u16 sum : kSums) trial.status(send_offloaded(sum, 1000, 3054));
  for (const u16 cut : kCuts) trial.status(send_offloaded(1, cut, 3054));
  for (const u32 length : {53u, 54u, 3053u, 3055u, 8000u}) trial.status(send_offloaded(1, 1000, length));
  trial.status(send_offloaded(1, 0, 3054));  // longer than a packet
  for (const u8 flags : kFlags) {
    packet_bytes()[47] = flags;
    trial.status(send_offloaded(1, 1000, 3054));
  }
  const u8 wrong[][2] = {{14, 0x46}, {14, 0x44}, {20, 0x20}, {21, 1}, {23, 17}, {46, 0x40}, {46, 0}};
  for (const auto& [at, value] : wrong) {
    write_tcp(network().address, 3000);
    packet_bytes()[at] = value;
    trial.status(send_offloaded(1, 1000, 3054));
  }
}

// A packet that the predicate refuses is refused however it is to be sent.
void spoof_offloaded(Trial& trial) {
  for (const u32 other : {network().address + 1, network().gateway, 0u}) {
    write_tcp(other, 3000);
    trial.status(send_offloaded(1, 1000, 3054));
    write_tcp(other, 6);
    trial.status(send_offloaded(1, 0, 60));
  }
}

void send_frames_of_others(Trial& trial) {
  write_ip(network().address);
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    if (frame == lab.frame()) continue;
    const SendPacket packet{2, 0, 0, {{lab.frame(), 0, 60}, {frame, 0, 64}}};
    const SysResult result = sys::net_send(network().send, binding, &packet, 1);
    if (result.status == Status::Ok) continue;  // own program: map-every-frame counts these
    trial.status(result);
  }
}

// The header is split over pieces so that the predicate might see another one than the card sends.
void spoof_in_pieces(Trial& trial) {
  write_ip(network().address + 1);
  for (u16 cut = 1; cut < 40; cut++) {
    const SendPacket packet{2, 0, 0, {{lab.frame(), 0, cut}, {lab.frame(), cut, static_cast<u16>(60 - cut)}}};
    trial.status(sys::net_send(network().send, binding, &packet, 1));
  }
}

void bindings_of_others(Trial& trial) {
  write_ip(network().address);
  const SendPacket packet{1, 0, 0, {{lab.frame(), 0, 60}}};
  for (u32 i = 0; i < 80; i++)
    if (i != binding) trial.status(sys::net_send(network().send, i, &packet, 1));
}

#define EXO_WITHOUT_NETWORK                                          \
  {"bind-without-capability", any_refusal, bind_without_capability}, \
      {"unbind-others", any_refusal, unbind_others}, {               \
    "send-without-capability", any_refusal, send_without_capability  \
  }

constexpr Attack kWithout[] = {EXO_WITHOUT_NETWORK};

constexpr Attack kAttacks[] = {
    EXO_WITHOUT_NETWORK,
    {"bind-frames-of-others", any_refusal, bind_frames_of_others},
    {"bind-odd-rings", any_refusal, bind_odd_rings},
    {"spoof-mac", refusal(Status::Denied), spoof_mac},
    {"spoof-arp", refusal(Status::Denied), spoof_arp},
    {"spoof-ip", refusal(Status::Denied), spoof_ip},
    {"send-other-protocols", refusal(Status::Denied), other_protocols},
    {"spoof-in-pieces", refusal(Status::Denied), spoof_in_pieces},
    {"packet-odd-lengths", refusal(Status::BadArgument), odd_lengths},
    {"packet-odd-segments", refusal(Status::BadArgument), odd_segments},
    {"packet-odd-offloads", refusal(Status::BadArgument), odd_offloads},
    {"spoof-offloaded", refusal(Status::Denied), spoof_offloaded},
    {"send-frames-of-others", any_refusal, send_frames_of_others},
    {"send-with-bindings-of-others", any_refusal, bindings_of_others},
};

}  // namespace

u8* write_own_packet() {
  write_ip(network().address);
  return packet_bytes();
}

SysResult send_own_packet(u32 slot) {
  const SendPacket packet{1, 0, 0, {{lab.frame(), 0, 60}}};
  return sys::net_send(slot, binding, &packet, 1);
}

u32 own_binding() { return binding == kNone ? 0 : binding; }

std::span<const Attack> net_attacks() {
  if (network().receive != kNone && network().send != kNone) return kAttacks;
  return kWithout;
}

}  // namespace intruder
