// SPDX-License-Identifier: MIT
// Link: the way out to the card, which the platform implements. A packet is one header buffer out
// of the link's pool followed by up to kMaxPieces pieces of the caller's own memory, sent without
// a copy. A link is a context and three functions, so that the protocol code is compiled once and
// costs one indirect call per packet.
//
// Packets come in by net::Stack::input with the whole frame, which need stay valid during the call.
#pragma once
#include <span>

#include "net/types.hpp"

namespace net {

// Pieces per packet. The longest that a card cuts, in three pieces that begin anywhere in a page, and a
// header make at most abi::kMaxSegments of the card's.
inline constexpr u32 kMaxPieces = 3;
// Nearly all buffers that the stack takes are at most this long. Echo replies, UDP and DHCP may
// need up to abi::kMaxPacket: a platform may keep a few large buffers for them, or answer nullptr.
inline constexpr u32 kSmallBuffer = 128;

// What the card does for us (virtio 1.2, 5.1.6.2): completes checksums, and cuts what is longer than
// a packet into packets. 0 and false: we do it.
struct Features {
  bool checksum = false;
  u32 segment_bytes = 0;  // most payload in one send; at most kMaxSegmentedBytes
};
inline constexpr u32 kMaxSegmentedBytes = 65535 - 120;
inline constexpr u32 kMaxCuts = 256;  // packets that the card makes of one send

// What of it a packet needs. `checksum_start` and `header_length` are filled in by Stack::send_ip.
struct Offload {
  bool by_card = false;     // the checksum: false, it is there already
  u16 checksum_start = 0;   // sum from this byte of the packet to the end
  u16 checksum_offset = 0;  // and store it so much further; the pseudo-header's sum is there
  u16 segment_size = 0;     // payload of each packet to be made, 0: it is one
  u16 header_length = 0;    // with segment_size: what every packet begins with
};

class Link {
 public:
  struct Operations {
    // A buffer of at least `size` bytes (<= abi::kMaxPacket), within one page, or nullptr when none
    // is free just now. The stack must send it or give it back.
    u8* (*take)(void* context, u32 size);
    void (*give_back)(void* context, u8* buffer);
    // Sends the first `length` bytes of `buffer` followed by `pieces` (none empty). The buffer is
    // the link's again in any case: it returns to the pool when the card is done with it. The pieces
    // must be read no later than the card is done. False: the packet is lost (card queue full).
    // `offload` asks for no more than `features` offers.
    bool (*send)(void* context, u8* buffer, u32 length, std::span<const Piece> pieces,
                 const Offload& offload);
  };

  constexpr Link() = default;
  constexpr Link(void* context, Operations operations, Features features = {})
      : context_(context), operations_(operations), features_(features) {}

  u8* take(u32 size) const { return operations_.take(context_, size); }
  void give_back(u8* buffer) const { operations_.give_back(context_, buffer); }
  bool send(u8* buffer, u32 length, std::span<const Piece> pieces, const Offload& offload = {}) const {
    return operations_.send(context_, buffer, length, pieces, offload);
  }
  const Features& features() const { return features_; }

 private:
  void* context_ = nullptr;
  Operations operations_{};
  Features features_{};
};

// A link to an object with the members take(u32), give_back(u8*) and
// send(u8*, u32, std::span<const Piece>). If it has features(), its send takes an Offload too. The
// object must outlive the link.
template <class Platform>
constexpr Link link_to(Platform& platform) {
  constexpr bool kOffloads = requires { platform.features(); };
  Features features{};
  if constexpr (kOffloads) features = platform.features();
  return {
      &platform,
      {[](void* p, u32 size) -> u8* { return static_cast<Platform*>(p)->take(size); },
       [](void* p, u8* buffer) { static_cast<Platform*>(p)->give_back(buffer); },
       [](void* p, u8* buffer, u32 length, std::span<const Piece> pieces, const Offload& offload) -> bool {
         if constexpr (kOffloads) {
           return static_cast<Platform*>(p)->send(buffer, length, pieces, offload);
         } else {
           (void)offload;
           return static_cast<Platform*>(p)->send(buffer, length, pieces);
         }
       }},
      features};
}

}  // namespace net
