// SPDX-License-Identifier: MIT
// multipart/byteranges (RFC 9110, 14.6): what stands in front of each range when several are sent, and
// behind the last.
#pragma once
#include "http/response.hpp"

namespace http {

inline constexpr u32 kBoundaryLength = 20;

// A boundary that is in no file by more than chance: made of the file's tag and the time.
struct Boundary {
  char text[kBoundaryLength];
  std::string_view view() const { return {text, kBoundaryLength}; }
};
Boundary make_boundary(Tag tag, u64 now);

// Delimiter and header of a part; `whole`: the file's length.
void write_part(base::Text& out, const Boundary& boundary, std::string_view type, const ByteRange& range,
                u64 whole);
void write_end(base::Text& out, const Boundary& boundary);

// Bytes that the parts take besides the file's, end included.
u64 overhead(const Boundary& boundary, std::string_view type, const Selection& selection, u64 whole);

}  // namespace http
