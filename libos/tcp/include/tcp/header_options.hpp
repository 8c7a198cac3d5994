// SPDX-License-Identifier: MIT
// HeaderOptions: the options of a segment (RFC 9293, 3.1; RFC 7323; RFC 2018), read from whatever a
// peer sends and written in the layout that everybody predicts.
#pragma once
#include <span>

#include "tcp/sequence.hpp"

namespace tcp {

inline constexpr u32 kSackBlocks = 4;  // that fit into a header
inline constexpr u8 kNoScale = 0xff;
inline constexpr u8 kMaxScale = 14;           // RFC 7323, 2.3
inline constexpr u32 kTimestampsLength = 12;  // with the two fillers
inline constexpr u32 kMaxOptions = 40;
// Filler, filler, kind and length: how timestamps alone begin (RFC 7323, appendix A).
inline constexpr u32 kPredictedTimes = 0x0101080a;

struct HeaderOptions {
  u16 mss = 0;          // 0: not there
  u8 scale = kNoScale;  // of the window
  bool sack_permitted = false;
  bool timestamps = false;
  u32 ts_value = 0, ts_echo = 0;
  u8 sack_count = 0;
  Range sack[kSackBlocks] = {};
};

// Reads what follows the fixed header. Options that are not known are passed over; a list that does not
// fit is read as far as it does (RFC 9293, MUST-7). What belongs on a SYN is taken from nothing else.
void read_options(std::span<const u8> bytes, bool syn, HeaderOptions& options);

// Bytes that write_options writes: a multiple of 4, at most kMaxOptions.
u32 length_of(const HeaderOptions& options);
void write_options(const HeaderOptions& options, u8* out);

}  // namespace tcp
