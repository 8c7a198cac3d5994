// SPDX-License-Identifier: MIT
// HTTP requests: whatever comes, and however it is cut, is taken the same way; a path that is answered
// lies inside the site, and no answer has a byte of a file twice.
// sources: libos/http/src/conditions.cpp libos/http/src/decision.cpp libos/http/src/encoding.cpp
// sources: libos/http/src/fields.cpp libos/http/src/parser.cpp libos/http/src/plain_run.cpp
// sources: libos/http/src/ranges.cpp libos/http/src/read_date.cpp libos/http/src/request_line.cpp
// sources: libos/http/src/target.cpp
//
// Input: a byte that says how long the pieces are that the rest comes in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "http/decision.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// `size` bytes in pieces of `step`, each in memory of exactly its length. Answers what was taken.
std::size_t feed(http::Parser& parser, const std::uint8_t* data, std::size_t size, std::size_t step) {
  parser.reset();
  std::size_t taken = 0;
  while (taken < size && !parser.done() && !parser.failed()) {
    const std::size_t length = size - taken < step ? size - taken : step;
    const std::unique_ptr<abi::u8[]> piece(new abi::u8[length]);
    std::copy(data + taken, data + taken + length, piece.get());
    const abi::u32 now = parser.feed({piece.get(), length});
    require(now == length || parser.done() || parser.failed());
    taken += now;
  }
  return taken;
}

void check_path(std::string_view path) {
  require(path.starts_with('/'));
  const std::string text = std::string(path) + "/";
  require(text.find("/../") == std::string::npos && text.find("/./") == std::string::npos);
  require(path.find("//") == path.npos && path.find('\0') == path.npos);
}

http::Decision decide(const http::Parser& parser, const http::Validators& current, abi::u64 length) {
  http::Decision decision;
  http::decide(parser, current, length, decision);
  const http::Selection& selection = decision.selection;
  require((decision.status == 206) == (selection.count > 0));
  for (abi::u32 i = 0; i < selection.count; i++) {
    require(selection.ranges[i].first <= selection.ranges[i].last && selection.ranges[i].last < length);
    for (abi::u32 j = 0; j < i; j++)
      require(selection.ranges[i].first > selection.ranges[j].last + 1 ||
              selection.ranges[j].first > selection.ranges[i].last + 1);
  }
  return decision;
}

void require_same(const http::Parser& a, const http::Parser& b) {
  require(a.done() == b.done() && a.failed() == b.failed() && a.error() == b.error());
  if (!a.done()) return;
  require(a.method() == b.method() && a.keep_alive() == b.keep_alive());
  for (const abi::u8 available : {0, 2, 4, 6})
    require(a.accept().choose(available) == b.accept().choose(available));
  if (a.method() > http::Method::Head) return;
  require(a.path() == b.path());
  check_path(a.path());
  for (const abi::u64 length : {0ul, 1ul, 10ul, 5000ul, 1ul << 40})
    for (const http::Validators current : {http::Validators{}, {0x0011223344556677, 784111777}}) {
      const http::Decision one = decide(a, current, length), other = decide(b, current, length);
      require(one.status == other.status && one.selection.count == other.selection.count);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = data[0] < 128 ? data[0] + 1u : (data[0] - 127u) * 17u;
  static http::Parser whole, cut;  // large
  const std::size_t taken = feed(whole, data + 1, size - 1, size);
  require(feed(cut, data + 1, size - 1, step) == taken);
  require_same(whole, cut);
  require(feed(cut, data + 1, size - 1, 1) == taken);
  require_same(whole, cut);
  return 0;
}
