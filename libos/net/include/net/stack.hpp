// SPDX-License-Identifier: MIT
// Stack: one network interface with one IPv4 address: Ethernet, ARP, IPv4, ICMP echo and UDP
// (RFC 894, 826, 791, 792, 768, 1122). TCP and DHCP stand on it. It has no global, no heap and no
// clock: the platform gives it frames and the time, it gives packets to the Link.
//
// All members are zero until start(), so a stack that is a global costs no space in the image.
#pragma once
#include <span>

#include "net/arp.hpp"
#include "net/ip_address.hpp"
#include "net/link.hpp"
#include "net/types.hpp"

namespace net {

inline constexpr u32 kEthernetHeader = 14;
inline constexpr u32 kIpHeader = 20;
inline constexpr u32 kIp6Header = 40;
inline constexpr u32 kHeadroom = kEthernetHeader + kIpHeader;                // in front of a packet's payload
inline constexpr u32 kMtu = 1500;                                            // bytes of an IPv4 packet
inline constexpr u8 kProtocolIcmp = 1, kProtocolTcp = 6, kProtocolUdp = 17;  // RFC 790
inline constexpr u32 kUdpPorts = 8;  // ports that may be open at a time

// Who we are. An address of none means "not known yet" (DHCP).
struct Interface {
  Address address = {};
  u8 prefix = 0;         // bits of the network part, 0..32
  Address gateway = {};  // none: only neighbours can be reached
  constexpr u32 mask() const { return prefix == 0 ? 0 : ~0u << (32 - prefix); }
  constexpr bool neighbour(Address a) const { return ((a.value ^ address.value) & mask()) == 0; }
  // The directed broadcast address; none where the prefix leaves no room for one (RFC 3021).
  constexpr Address broadcast() const { return prefix >= 31 ? Address{} : Address{address.value | ~mask()}; }
};

// What a handler sees of a received IPv4 packet or UDP datagram. Valid during the call.
struct Received {
  IpAddress source = {};
  IpAddress destination = {};
  std::span<const u8> payload;  // without the IP (and UDP) header
  u16 source_port = 0;          // UDP only
  bool summed = false;          // the card has checked the checksum of TCP or UDP
};

// An ICMP message about a packet of ours (RFC 792, RFC 4443), told to the protocol of that packet.
struct PathError {
  enum class Kind : u8 { TooBig, Unreachable, TimeExceeded, Refused };
  Kind kind = Kind::Unreachable;
  u32 mtu = 0;  // TooBig: what the next hop takes, IP header included; 0: it did not say
  IpAddress source = {};
  IpAddress destination = {};   // of our packet
  std::span<const u8> payload;  // its first bytes behind the IP header, 8 at least
};

struct ErrorHandler {
  void* context = nullptr;
  void (*function)(void* context, u64 now, const PathError& error) = nullptr;
};

struct Handler {
  void* context = nullptr;
  void (*function)(void* context, u64 now, const Received& packet) = nullptr;
};

// What became of a packet that was to be sent.
enum class Sent : u8 {
  Yes,         // with the card
  Held,        // waits for the neighbour's station address
  Unresolved,  // lost: it had pieces, or too many wait already, and the neighbour is not known yet
  Busy,        // lost: the card's queue is full or the link has no buffer. Try again in a moment
  NoRoute,     // lost: we have no address, or no gateway for a distant destination
  TooLong,
};

struct Counters {
  u64 frames_in, frames_out;
  u64 arp_in, arp_bad, arp_conflicts;
  u64 ip_in, ip_bad_header, ip_bad_checksum, ip_fragments, ip_not_ours, ip_bad_source, ip_no_handler;
  u64 icmp_in, icmp_bad, icmp_echoed, icmp_other;
  u64 udp_in, udp_bad, udp_no_port;
  u64 not_ours, runts, unknown_type;  // Ethernet
  u64 send_busy, send_unresolved, send_no_route;
};

class Stack {
 public:
  constexpr Stack() = default;

  // Begins with `interface`; announces its address if it has one (RFC 5227, section 3).
  void start(const Link& link, const Mac& mac, const Interface& interface = {});
  // Changes the address, as DHCP does: a new one is announced, and the neighbours are forgotten.
  void configure(const Interface& interface);
  const Interface& interface() const { return interface_; }
  const Mac& mac() const { return mac_; }
  const Counters& counters() const { return counters_; }

  // Takes one whole Ethernet frame without FCS, of any length and content.
  void input(u64 now, std::span<const u8> frame);
  // Runs what is due (ARP retries and expiry) and answers when to call again, kForever for never.
  u64 poll(u64 now);

  // Where TCP packets go, with the IP header checked and taken off, and errors about TCP packets of ours.
  void handle_tcp(Handler handler, ErrorHandler errors = {}) {
    tcp_ = handler;
    tcp_errors_ = errors;
  }
  // Opens a UDP port for receiving. False: it is open already, or kUdpPorts are.
  bool open_udp(u16 port, Handler handler);
  void close_udp(u16 port);
  // Sends a datagram, copying `payload` (at most kMtu - 28 bytes).
  Sent send_udp(u64 now, u16 source_port, IpAddress to, u16 port, std::span<const u8> payload);

  // For protocols on IP. take: room for `size` bytes of header behind headroom(to); nullptr when the
  // link has none. send_ip: `header` came from take(to) and is used up; pieces follow it. Offsets in
  // `offload` are from `header`. `from` is an address of ours.
  static constexpr u32 headroom(IpAddress to) {
    return kEthernetHeader + (to.is_v4() ? kIpHeader : kIp6Header);
  }
  u8* take(IpAddress to, u32 size);
  void discard(IpAddress to, u8* header) { link_.give_back(header - headroom(to)); }
  Sent send_ip(u64 now, u8 protocol, IpAddress from, IpAddress to, u8* header, u32 length,
               std::span<const Piece> pieces = {}, Offload offload = {});
  // Whether packets to `a` are for us alone; the address to speak from; the longest packet, IP header
  // included, that can go there.
  bool ours(IpAddress a) const { return a.is_v4() && !a.none() && a.v4() == interface_.address; }
  IpAddress source_for(IpAddress to) const;
  u32 path_mtu(IpAddress to) const;
  const Features& features() const { return link_.features(); }

 private:
  struct Port {
    u16 number;  // 0: free
    Handler handler;
  };

  // ARP
  void input_arp(u64 now, std::span<const u8> packet);
  void learn(u64 now, Address sender, const Mac& mac, bool for_us);
  void defend(u64 now, const Mac& other);
  void announce();
  void send_arp(u16 operation, const Mac& station, const Mac& target_mac, Address target);
  void ask(u64 now, Neighbour& neighbour);
  void drop_held(Neighbour& neighbour);
  Sent hold(u64 now, Address hop, u8* buffer, u32 length, bool pieces);
  // IPv4 and what stands on it
  bool broadcast(Address a) const;
  bool for_us(Address destination) const;
  bool possible_source(Address source) const;
  void input_ip(u64 now, std::span<const u8> packet);
  void dispatch(u64 now, u8 protocol, const Received& packet);
  void input_icmp(u64 now, const Received& packet);
  void input_udp(u64 now, const Received& packet);
  Address next_hop(Address to) const;
  Sent route(u64 now, Address to, u8* buffer, u32 length, std::span<const Piece> pieces,
             const Offload& offload);
  Sent transmit(const Mac& to, u8* buffer, u32 length, std::span<const Piece> pieces,
                const Offload& offload = {});

  Link link_;
  Mac mac_;
  Interface interface_;
  ArpCache arp_;
  Handler tcp_;
  ErrorHandler tcp_errors_;
  Port ports_[kUdpPorts] = {};
  u64 last_defence_ = 0;
  u16 next_id_ = 0;  // IPv4 identification; not used for anything as we never fragment (RFC 6864)
  Counters counters_ = {};
};

}  // namespace net
