// SPDX-License-Identifier: MIT
// Exchange: what the server knows of one connection: a request that is being read, or a response that is
// being handed over. It is all a connection costs beside its TCP: a parser and a buffer it has only while it
// needs them. Zero: there is no connection.
#pragma once
#include "http/ranges.hpp"
#include "net/ip_address.hpp"

namespace cheetah {

using namespace abi;

inline constexpr u32 kServedRanges = 3;  // of a response; who asks for more gets all of the file
// Parts of a response that a connection has at a time: a slow one few, so that it keeps little in memory; one
// whose window is large as many as that lets through, and one more.
inline constexpr u32 kFewPieces = 4, kMostPieces = 8;

enum class Phase : u8 {
  Free = 0,
  Reading,    // a request, or for one to begin
  Answering,  // the response is not handed over yet
  Draining,   // closed by us; what still comes is thrown away
};

enum class Wait : u8 {
  Nothing = 0,
  Pieces,  // some must arrive first
  Run,     // a part of the file must be read
  Buffer,  // another connection must give one back
};

// In a SlotList: slot + 1 of the neighbours, 0: none.
struct SlotLink {
  u32 next, previous;
};

// A response is step by step: a text out of its buffer, a range of the file, a text, ..., a text. Texts may
// be empty; a whole file is one range.
struct Exchange {
  Phase phase;
  Wait wait;
  u8 pieces;        // on their way
  u8 ranges;        // of the file
  u8 step;          // 2 * range: the text before it; then the range
  bool keep_alive;  // after this response
  bool plain;       // a whole file, its header not written yet
  bool chosen;      // the file stands for another, by Accept-Encoding
  u16 status;       // for the log
  u8 method;        // http::Method, for the log
  bool counted;     // by its address
  u32 parser;       // number, 0: none
  u32 buffer;       // number, 0: none
  u32 file;
  u16 port;                    // the client's
  u16 cut[kServedRanges + 1];  // where the buffer's texts end
  u8 minor;                    // of the request's version, for the log
  net::IpAddress address;      // the client's
  u64 position;                // next byte of the range that is being handed over
  u64 deadline;
  u64 look_at;     // when it is in a list of Deadlines, 0: in none
  SlotLink due;    // there
  SlotLink waits;  // among those that wait for a run or a buffer
  http::ByteRange range[kServedRanges];
};
static_assert(sizeof(Exchange) == 144);

// A header and the texts between ranges. Held by the response that writes it and by each piece of it that
// is on its way.
struct Buffer {
  char text[1020];
  u32 users;
};
static_assert(sizeof(Buffer) == 1024);

}  // namespace cheetah
