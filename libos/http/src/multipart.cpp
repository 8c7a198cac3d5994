// SPDX-License-Identifier: MIT
#include "http/multipart.hpp"

namespace http {

Boundary make_boundary(Tag tag, u64 now) {
  constexpr u64 kSpread = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
  Boundary boundary;
  base::Text out(boundary.text, sizeof boundary.text);
  out.put("exo-").hex((tag ^ now) * kSpread, 16);
  return boundary;
}

void write_part(base::Text& out, const Boundary& boundary, std::string_view type, const ByteRange& range,
                u64 whole) {
  out.put("\r\n--").put(boundary.text, kBoundaryLength);
  if (!type.empty()) out.put("\r\nContent-Type: ").put(type.data(), type.size());
  out.put("\r\nContent-Range: bytes ").dec(range.first).put('-').dec(range.last).put('/').dec(whole);
  out.put("\r\n\r\n");
}

void write_end(base::Text& out, const Boundary& boundary) {
  out.put("\r\n--").put(boundary.text, kBoundaryLength).put("--\r\n");
}

u64 overhead(const Boundary& boundary, std::string_view type, const Selection& selection, u64 whole) {
  char scratch[256];
  u64 sum = 0;
  for (u32 i = 0; i < selection.count; i++) {
    base::Text part(scratch, sizeof scratch);
    write_part(part, boundary, {}, selection.ranges[i], whole);
    sum += part.size();
    if (!type.empty()) sum += std::string_view("\r\nContent-Type: ").size() + type.size();
  }
  base::Text end(scratch, sizeof scratch);
  write_end(end, boundary);
  return sum + end.size();
}

}  // namespace http
