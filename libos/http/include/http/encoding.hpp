// SPDX-License-Identifier: MIT
// Content codings (RFC 9110, 12.5.3): which of the alternatives of a file a client is best given.
#pragma once
#include <string_view>

#include "abi/types.hpp"

namespace http {

using namespace abi;

enum class Encoding : u8 { Identity, Gzip, Brotli };
inline constexpr u32 kEncodings = 3;
constexpr u8 bit_of(Encoding encoding) { return static_cast<u8>(1u << static_cast<u8>(encoding)); }

// What Content-Encoding says ("" for Identity), and what the alternative's file name ends with.
std::string_view name_of(Encoding encoding);
std::string_view suffix_of(Encoding encoding);

// What Accept-Encoding fields said. Weights are thousandths. Trivial; reset() first.
class AcceptEncoding {
 public:
  void reset() { named_ = 0; }
  void take(std::string_view value);  // a field's value; more fields are as one list
  // The best of `available` (bits; Identity always is): the highest weight, the smaller file of equals.
  // Identity if the client said nothing, and also if it refuses whatever there is.
  Encoding choose(u8 available) const;

 private:
  u32 weight(Encoding encoding) const;

  static constexpr u32 kAny = kEncodings;  // "*"
  u8 named_;                               // bits, kAny's included
  u16 weights_[kEncodings + 1];
};

}  // namespace http
