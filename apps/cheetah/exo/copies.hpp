// SPDX-License-Identifier: MIT
// Copies: what is sent is copied first, into memory of its own that stays until it has arrived, as where the
// send buffer and the file cache are two things. Nobody wants that: with `gather` off a bench shows what it
// is worth that they are one.
#pragma once
#include "apps/cheetah/pool.hpp"
#include "net/types.hpp"
#include "pack/format.hpp"

namespace cheetah {

class Copies {
 public:
  static constexpr u32 kPlaces = 64;  // of the longest piece each: a run
  static constexpr u64 kBytes = u64{kPlaces} * pack::kRunBlocks * pack::kBlock;

  constexpr Copies() = default;
  // `memory`: kBytes that can be sent from.
  void start(u8* memory) {
    places_.start(reinterpret_cast<Place*>(memory));
    on_ = true;
  }
  bool on() const { return on_; }

  // The copy, and the token that give_back() is to be called with. Where all places are taken: the piece.
  net::Piece copy(const net::Piece& piece, u64& token) {
    const u32 number = piece.length <= sizeof(Place) ? places_.take() : 0;
    if (number == 0) return piece;
    __builtin_memcpy(places_.at(number).bytes, piece.data, piece.length);
    token |= u64{number} << kShift;
    return {places_.at(number).bytes, piece.length};
  }
  void give_back(u64 token) {
    if (token >> kShift != 0) places_.give_back(static_cast<u32>(token >> kShift));
  }

 private:
  static constexpr u32 kShift = 40;  // the server's own tokens are shorter, and it does not look up here
  struct Place {
    u8 bytes[pack::kRunBlocks * pack::kBlock];
  };

  Pool<Place, kPlaces> places_;
  bool on_ = false;
};

}  // namespace cheetah
