// SPDX-License-Identifier: MIT
// Frames: whatever ARP, IPv4, ICMP, IGMP, UDP, IPv6, ICMPv6, neighbour discovery and MLD are given, they
// stay inside it, give every buffer back, and send only packets that are right themselves.
// sources: libos/net/src/*.cpp
//
// Input: commands. A byte says what: time passes, we send, or a frame comes, and how far its headers are made
// right; then a length and the bytes.
#include "wire.hpp"

namespace {

using namespace fuzz;

constexpr net::Address kGroup = net::address(239, 1, 2, 3);

class Host {
 public:
  Host() {
    stack_.start(net::link_to(wire_), kOurs, {kOur4, 24, net::address(10, 0, 0, 254)});
    stack_.start_v6(now_, kOur6, 64);
    stack_.open_udp(53, {this, [](void* p, u64, const net::Received& packet) {
                           auto& self = *static_cast<Host*>(p);
                           for (const u8 b : packet.payload) self.seen_ = static_cast<u8>(self.seen_ + b);
                         }});
    stack_.handle_tcp(
        {this,
         [](void* p, u64, const net::Received& r) { static_cast<Host*>(p)->seen_ += r.payload.empty(); }},
        {this, [](void* p, u64 now, const net::PathError& error) {
           require(error.payload.size() >= 8);
           static_cast<Host*>(p)->stack_.note_path(now, error);
         }});
    (void)stack_.join(now_, kGroup);
    pass(3 * net::kSecond);
  }
  ~Host() {
    require(stack_.path_mtu(kTheir4) >= net::kLeastMtu4 && stack_.path_mtu(kTheir6) >= net::kLeastMtu6);
    pass(1000 * net::kSecond);  // neighbours that do not answer are given up: nothing is held any more
    require(wire_.outstanding() == 0);
  }

  void pass(u64 time) {
    for (const u64 end = now_ + time; now_ < end; now_ += net::kSecond) {
      stack_.poll(now_);
      for (const Bytes& frame : wire_.sent) check(frame);
      wire_.sent.clear();
    }
  }
  void command(Reader& in) {
    const u8 what = in.byte();
    const Bytes body = in.bytes(in.byte() * (what & 0x80 ? 6u : 1u));
    const net::IpAddress them = what & 0x40 ? net::IpAddress(kTheir6) : net::IpAddress(kTheir4);
    switch (what & 15) {
      case 0:
        return pass(u64{in.byte()} * net::kSecond);
      case 1:
        (void)stack_.send_udp(now_, 53, them, 9, body);
        return;
      case 2:
        return what & 0x20 ? stack_.leave(now_, kGroup) : (void)stack_.join(now_, kGroup);
      default:
        stack_.input(now_, frame(what & 15, body, in));
    }
  }

 private:
  Bytes frame(u8 kind, Bytes body, Reader& in) {
    constexpr net::Mac kMulticast{{0x33, 0x33, 0, 0, 0, 1}}, kMulticast4{{1, 0, 0x5e, 0, 0, 1}};
    switch (kind) {
      case 3:
        return body;
      case 4:
        return ethernet(0x0806, body);
      case 5:
        return ethernet(0x0800, body);
      case 6:
        mend(body, 10, {});
        return ethernet(0x0800, body);
      case 7:
        mend(body, 2, {});
        return ethernet(0x0800, ipv4(1, body));
      case 8:
        mend(body, 2, {});
        return ethernet(0x0800, ipv4(2, body, kGroup), kMulticast4);
      case 9:
        mend(body, 6, pseudo(17, kTheir4, kOur4, body.size()));
        return ethernet(0x0800, ipv4(17, body, kOur4, in.byte() % 4, in.half()));
      case 10:
        return ethernet(0x86dd, body);
      case 11:
        return ethernet(0x86dd, ipv6(in.byte(), body));
      case 12:
        mend(body, 2, pseudo(58, kTheir6, kOur6, body.size()));
        return ethernet(0x86dd, ipv6(58, body));
      case 13: {
        constexpr net::Address6 kRouter{0xfe80000000000000, 9};
        mend(body, 2, pseudo(58, kRouter, net::kAllNodes, body.size()));
        return ethernet(0x86dd, ipv6(58, body, kRouter, net::kAllNodes, in.byte() % 2 ? 255 : 1), kMulticast);
      }
      case 14:
        mend(body, 6, pseudo(17, kTheir6, kOur6, body.size()));
        return ethernet(0x86dd, ipv6(17, body));
      default:
        return ethernet(in.half(), body);
    }
  }

  static void check(const Bytes& frame) {
    const u16 type = base::load_be16(&frame[12]);
    if (type != 0x0800) return require(type == 0x0806 || type == 0x86dd);
    net::Checksum sum;
    sum.add(std::span(frame).subspan(14, (frame[14] & 15u) * 4));
    require(sum.finish() == 0 && base::load_be16(&frame[16]) == frame.size() - 14);
  }

  Wire wire_;
  net::Stack stack_;
  u64 now_ = 100 * net::kSecond;
  u8 seen_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
  Reader in(data, size);
  const auto host = std::make_unique<Host>();
  for (int i = 0; i < 64 && !in.empty(); i++) host->command(in);
  return 0;
}
