// SPDX-License-Identifier: MIT
// Stack: one network interface with one IPv4 address and, if it is wanted, IPv6: Ethernet, ARP, IPv4,
// ICMP, IGMP, IPv6 with neighbour discovery and MLD, and UDP. TCP and DHCP stand on it. It has no
// global, no heap and no clock: the platform gives it frames and the time, it gives packets to the Link.
//
// All members are zero until start(), so a stack that is a global costs no space in the image.
#pragma once
#include <span>

#include "net/arp.hpp"
#include "net/groups.hpp"
#include "net/interface6.hpp"
#include "net/ip_address.hpp"
#include "net/link.hpp"
#include "net/path_mtu.hpp"
#include "net/reassembly.hpp"
#include "net/types.hpp"

namespace net {

inline constexpr u32 kEthernetHeader = 14;
inline constexpr u32 kIpHeader = 20;
inline constexpr u32 kIp6Header = 40;
inline constexpr u32 kHeadroom = kEthernetHeader + kIpHeader;  // in front of a packet's payload
inline constexpr u32 kMtu = 1500;                              // bytes of an IPv4 packet
inline constexpr u8 kProtocolIcmp = 1, kProtocolIgmp = 2, kProtocolTcp = 6, kProtocolUdp = 17;
inline constexpr u8 kProtocolIcmp6 = 58;
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
  u32 mtu = 0;   // TooBig: what the next hop takes, IP header included; 0: it did not say
  u32 size = 0;  // and what our packet had
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

// The way to a peer over IPv4, looked up once: what all packets there begin with. It is good until something
// changes that it was made from (Stack::ready). All zero: there is none.
struct Route {
  u8 head[kHeadroom];  // Ethernet and IPv4, length and checksum missing
  u16 sum;             // of that IP header, in the processor's byte order
  u16 neighbour;       // in the table of neighbours
  u16 pseudo;          // sum of the pseudo-header without the length, in the processor's byte order
  u32 epoch;
};

struct Counters {
  u64 frames_in, frames_out;
  u64 arp_in, arp_bad, arp_conflicts;
  u64 ip_in, ip_bad_header, ip_bad_checksum, ip_fragments, ip_not_ours, ip_bad_source, ip_no_handler;
  u64 icmp_in, icmp_bad, icmp_echoed, icmp_other;
  u64 udp_in, udp_bad, udp_no_port;
  u64 not_ours, runts, unknown_type;  // Ethernet
  u64 ip_reassembled, icmp_errors, igmp_in, groups_reported;
  u64 ip6_in, ip6_bad, ip6_not_ours, ip6_extension, icmp6_in, icmp6_bad, icmp6_echoed;
  u64 nd_in, nd_bad, nd_duplicates, router_advertisements;
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

  // Turns IPv6 on: a link-local address out of the station's number, and what routers advertise
  // (RFC 4861, RFC 4862). With `address` (not none) also that one, of a network of `prefix` bits, and
  // `router` (if not none).
  void start_v6(u64 now, Address6 address = {}, u8 prefix = 64, Address6 router = {});
  const Interface6& interface6() const { return v6_; }

  // Receives packets to a multicast group too, until as many calls of leave. False: no room.
  bool join(u64 now, IpAddress group);
  void leave(u64 now, IpAddress group);

  // Takes one whole Ethernet frame without FCS, of any length and content. `summed`: the card has
  // checked the checksum of TCP or UDP in it.
  void input(u64 now, std::span<const u8> frame, bool summed = false);
  // Where several environments have one station and one address, what a neighbour answers may reach another
  // of them. So they show each frame here before input: a neighbour that is not known is where its packet
  // came from.
  void witness(u64 now, std::span<const u8> frame);
  // Runs what is due (ARP retries and expiry) and answers when to call again, kForever for never.
  u64 poll(u64 now) {
    now_ = now;
    return now < due_ ? due_ : run_due(now);
  }

  // Where TCP packets go, with the IP header checked and taken off, and errors about TCP packets of ours.
  void handle_tcp(Handler handler, ErrorHandler errors = {}) {
    tcp_ = handler;
    tcp_errors_ = errors;
  }
  // Opens a UDP port for receiving. False: it is open already, or kUdpPorts are.
  bool open_udp(u16 port, Handler handler);
  void close_udp(u16 port);
  // Sends a datagram, copying `payload` (with the header at most kMaxDatagram bytes), in fragments if
  // it is too long for a packet.
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
  // The same for who sends to one peer again and again. prepare: false if there is no route yet, send_ip sees
  // to that. take_routed: as take. send_routed: `route` is ready; `payload`: bytes of all pieces.
  bool prepare(u8 protocol, IpAddress from, IpAddress to, Route& route);
  bool ready(const Route& route) const { return route.epoch == epoch_; }
  u8* take_routed(u32 size) {
    u8* buffer = link_.take(kHeadroom + size);
    return buffer == nullptr ? nullptr : buffer + kHeadroom;
  }
  Sent send_routed(u64 now, const Route& route, u8* header, u32 length, std::span<const Piece> pieces,
                   u32 payload, Offload offload);
  // Whether packets to `a` are for us alone; the address to speak from; the longest packet, IP header
  // included, that can go there.
  bool ours(IpAddress a) const;
  IpAddress source_for(IpAddress to) const;
  u32 path_mtu(IpAddress to) const;
  // The protocol has found the error to be about a packet of its own: the path's limit is noted.
  void note_path(u64 now, const PathError& error);
  const Features& features() const { return link_.features(); }
  // Whether packets that are as nearly all are go a short way; on at first. What comes of them is the same.
  void use_short_ways(bool on) {
    short_ways_ = on;
    watch();
  }

 private:
  u64 run_due(u64 now);
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
  Sent hold(u64 now, IpAddress hop, u8* buffer, u32 length, bool pieces);
  IpAddress came_through(u64 now, std::span<const u8> frame) const;
  Neighbour& enter(u64 now, IpAddress address);
  void known(u64 now, Neighbour& neighbour, const Mac& mac);
  // IPv4 and what stands on it
  bool broadcast(Address a) const;
  bool for_us(Address destination) const;
  bool possible_source(Address source) const;
  bool our_station(const Mac& to) const;
  void watch();
  bool input_quick(u64 now, std::span<const u8> frame, bool summed);
  void input_ip(u64 now, std::span<const u8> packet, bool summed);
  void input_fragment(u64 now, std::span<const u8> packet, Received& received);
  void dispatch(u64 now, u8 protocol, const Received& packet);
  void input_icmp(u64 now, const Received& packet);
  void input_icmp_error(u64 now, std::span<const u8> message);
  void input_igmp(u64 now, const Received& packet);
  void input_udp(u64 now, const Received& packet);
  void tell_error(u64 now, u8 protocol, PathError& error);
  void echo(u64 now, u8 protocol, u8 type, IpAddress from, const Received& packet);
  struct Part {  // of a message, in a fragment
    u8 protocol;
    bool more;  // it is not the last one
    u32 offset, length;
  };
  Sent send_datagram(u64 now, u8 protocol, IpAddress from, IpAddress to, std::span<const u8> header,
                     std::span<const u8> payload);
  Sent send_fragments(u64 now, u8 protocol, IpAddress from, IpAddress to, std::span<const u8> header,
                      std::span<const u8> payload);
  Sent send_fragment(u64 now, IpAddress from, IpAddress to, u8* data, const Part& part);
  Address next_hop(Address to) const;
  void write_ip4(u8* buffer, u8 protocol, Address from, Address to, u32 total, u16 fragment);
  static void fill_ip4(u8* buffer, u8 protocol, Address from, Address to, u32 total, u16 id, u16 fragment);
  Sent route(u64 now, Address to, u8* buffer, u32 length, std::span<const Piece> pieces,
             const Offload& offload);
  Sent transmit(const Mac& to, u8* buffer, u32 length, std::span<const Piece> pieces,
                const Offload& offload = {});
  Sent transmit_to(u64 now, IpAddress hop, u8* buffer, u32 length, std::span<const Piece> pieces,
                   const Offload& offload);

  // Multicast (stack_groups.cpp)
  void report_groups(u64 now);
  void say_group(u64 now, IpAddress group, bool leaving);
  void send_igmp(u8 type, Address to, Address group);
  void send_mld(u64 now, u8 type, Address6 to, Address6 group);

  // IPv6 (stack_ip6.cpp, stack_icmp6.cpp, stack_nd.cpp)
  void input_ip6(u64 now, std::span<const u8> packet, bool summed);
  bool for_us6(Address6 destination) const;
  bool walk_extensions(u64 now, u8& next, Received& received);
  void dispatch6(u64 now, u8 next, const Received& packet);
  void input_icmp6(u64 now, const Received& packet);
  void input_icmp6_error(u64 now, std::span<const u8> message);
  void input_mld(u64 now, const Received& packet);
  Sent route6(u64 now, Address6 to, u8* buffer, u32 length, std::span<const Piece> pieces,
              const Offload& offload);
  static void write_ip6(u8* buffer, u8 next, u8 hop_limit, Address6 from, Address6 to, u32 payload);
  Sent send_icmp6(u64 now, Address6 from, Address6 to, std::span<const u8> message);
  void input_neighbour(u64 now, const Received& packet);
  void input_solicitation(u64 now, const Received& packet);
  void input_advertisement(u64 now, const Received& packet);
  void input_router(u64 now, const Received& packet);
  void input_prefix(u64 now, const u8* option);
  void solicit(u64 now, Address6 target, const Mac* mac, bool probe);
  void poll_v6(u64 now);
  void own_address(u64 now, Address6 address, u64 preferred_until, u64 valid_until);
  void disown(u64 now, Address6 address);

  Link link_;
  Mac mac_;
  Interface interface_;
  ArpCache arp_;
  Handler tcp_;
  ErrorHandler tcp_errors_;
  Port ports_[kUdpPorts] = {};
  PathMtus paths_;
  Reassembly reassembly_;
  Groups groups_;
  Interface6 v6_;
  bool v6_on_ = false;
  bool to_group_ = false;  // the frame that is just being looked at went to a multicast station
  u8 hop_limit_ = 0;       // of packets that are just being looked at
  u8 solicitations_ = 0;   // of routers, sent
  u64 solicit_at_ = kForever;
  u64 now_ = 0;  // of the last input or poll
  u64 due_ = 0;  // nothing is due before; 0 whenever something may have changed that
  bool short_ways_ = true;
  u32 epoch_ = 1;  // another one whenever a route may have changed
  // What input_quick compares with, as it lies in a frame.
  u64 quick_station_ = 0;
  u32 quick_address_ = 0;
  u32 quick_kind_ = 0;  // no frame has it: nothing is quick
  u64 last_defence_ = 0;
  u16 next_id_ = 0;  // IPv4 identification; not used for anything as we never fragment (RFC 6864)
  Counters counters_ = {};
};

}  // namespace net
