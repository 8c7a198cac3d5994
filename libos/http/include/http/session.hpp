// SPDX-License-Identifier: MIT
// Session: one connection of the Server: the request that is being read and the responses that are
// on their way. Trivial, so that tables of it can be left to the zero page.
#pragma once
#include "http/parser.hpp"
#include "http/response.hpp"

namespace http {

inline constexpr u32 kResponses = 2;  // responses on their way per connection (pipelining)
// Ranges of a file that one response has at most; who asks for more gets all of it. A response is at most
// 2 * kServedRanges + 1 pieces for the transport.
inline constexpr u32 kServedRanges = 3;
inline constexpr u32 kPieces = kResponses * (2 * kServedRanges + 1);  // of a connection, on their way

// Nanoseconds.
struct Timeouts {
  u64 idle = 15'000'000'000;    // without a byte of a request: the connection is closed
  u64 header = 10'000'000'000;  // from the first byte of a request to its last: 408
  u64 load = 30'000'000'000;    // for a document that is Later: 503
  u64 send = 30'000'000'000;    // for a response to arrive, and one second for each kLeastRate bytes
  u64 drain = 10'000'000'000;   // for the peer to close after us, a lost FIN of its own included: reset
};
inline constexpr u64 kLeastRate = 4096;  // bytes a second below which a reader is cut off

struct Session {
  enum class State : u8 {
    Free = 0,
    Reading,   // a request, or for one to begin
    Waiting,   // for the site to load the document
    Full,      // all responses are on their way: no request is read
    Draining,  // closed by us; what still comes is thrown away
  };
  struct Response {
    char header[kMaxResponseHeader];
    u64 document;  // the site's token
    u64 bytes;     // all that was sent
    u32 headers;   // pieces of the header, or of a page, that are on their way
    u32 contents;  // pieces of the document on their way: with the last, the site gets it back
    bool busy() const { return headers + contents > 0; }
  };

  bool sending() const {
    for (const Response& r : responses)
      if (r.busy()) return true;
    return false;
  }

  State state;
  u32 next_response;  // which of responses is used next
  u64 deadline;       // kForever: none
  Parser parser;
  Response responses[kResponses];
};

}  // namespace http
