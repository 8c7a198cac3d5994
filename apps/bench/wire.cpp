// SPDX-License-Identifier: MIT
#include "apps/bench/wire.hpp"

#include "base/memory.hpp"
#include "core/resources.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace bench {

namespace sys = abi::sys;

namespace {

constexpr u64 kPatience = 10 * core::kSecond;
constexpr u16 kIpv4 = 0x0800;
constexpr u8 kPeer[6] = {0x02, 0, 0, 0, 0, 1};  // the other end's address

void put16(u8* at, u16 value) {
  at[0] = static_cast<u8>(value >> 8);
  at[1] = static_cast<u8>(value);
}

void put32(u8* at, u32 value) {
  put16(at, static_cast<u16>(value >> 16));
  put16(at + 2, static_cast<u16>(value));
}

void put_ethernet(u8* at, const u8* to, const u8* from, u16 type) {
  memcpy(at, to, 6);
  memcpy(at + 6, from, 6);
  put16(at + 12, type);
}

// Ethernet, IPv4 and UDP headers (RFC 791, RFC 768), kProbeBytes in all; nobody looks at the checksums.
void put_datagram(u8* at, bool to_us, u16 port) {
  const core::NetworkInfo& network = core::start_info->network;
  const u8* own = network.mac;
  put_ethernet(at, to_us ? own : kPeer, to_us ? kPeer : own, kIpv4);
  u8* ip = at + 14;
  memset(ip, 0, kProbeBytes - 14);
  ip[0] = 0x45;
  put16(ip + 2, kProbeBytes - 14);
  ip[8] = 64;
  ip[9] = 17;
  const u32 peer = network.address ^ 1;
  put32(ip + 12, to_us ? peer : network.address);
  put32(ip + 16, to_us ? network.address : peer);
  put16(ip + 20, 9);
  put16(ip + 22, port);
  put16(ip + 24, kProbeBytes - 34);
}

Status await_counter(const volatile u64& counter, u64 wanted) {
  const u64 end = core::now() + kPatience;
  while (counter < wanted)
    if (core::now() > end) return Status::TimedOut;
  return Status::Ok;
}

}  // namespace

Result<Ring> Ring::open(u32 receive, u32 frames) {
  Ring ring;
  ring.memory_ = TRY(vm::allocate_dma(frames + 1));
  ring.list_frame_ = TRY(core::take_frame());
  ring.control_ = reinterpret_cast<volatile RingControl*>(ring.memory_.bytes);
  BindConfig config{};
  config.receive = receive;
  config.control = ring.memory_.frame(0);
  config.list_frame = ring.list_frame_;
  config.frame_count = frames;
  for (u32 i = 0; i < frames; i++) config.frames[i] = ring.memory_.frame(i + 1);
  const sys::SysResult bound = sys::net_bind(&config);
  if (bound.status != Status::Ok) {
    const Status freed = ring.give_memory_back();
    return freed == Status::Ok ? bound.status : freed;
  }
  ring.binding_ = static_cast<u32>(bound.value);
  return ring;
}

Status Ring::close() {
  TRY_STATUS(sys::net_unbind(binding_).status);
  return give_memory_back();
}

Status Ring::give_memory_back() {
  TRY_STATUS(core::put_frames(&list_frame_, 1));
  return vm::free_dma(memory_);
}

Status Ring::await(u64 count) {
  const u64 wanted = control_->consumed + count;
  TRY_STATUS(await_counter(control_->produced, wanted));
  control_->consumed = wanted;
  return Status::Ok;
}

Status Ring::await_sent(u64 count) {
  sent_ += count;
  return await_counter(control_->sent, sent_);
}

Status Outgoing::start() {
  page_ = TRY(vm::allocate_dma(1));
  return Status::Ok;
}

const SendPacket& Outgoing::ask(u32 count, u16 port) {
  u8* at = page_.bytes;
  put_ethernet(at, kPeer, core::start_info->network.mac, kAskType);
  put32(at + 14, count);
  put_datagram(at + kAskHeader, true, port);
  return finish(kAskHeader + kProbeBytes);
}

const SendPacket& Outgoing::datagram() {
  put_datagram(page_.bytes, false, 9);
  return finish(kProbeBytes);
}

const SendPacket& Outgoing::finish(u32 length) {
  packet_.segment_count = 1;
  packet_.segments[0] = {page_.frame(0), 0, static_cast<u16>(length)};
  return packet_;
}

}  // namespace bench
