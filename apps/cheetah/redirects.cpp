// SPDX-License-Identifier: MIT
#include "apps/cheetah/redirects.hpp"

namespace cheetah {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view next_word(std::string_view& line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  u64 end = 0;
  while (end < line.size() && !is_blank(line[end])) end++;
  const std::string_view word(line.data(), end);
  line.remove_prefix(end);
  return word;
}

// What goes into a header as it is.
bool is_plain(std::string_view text) {
  for (const char c : text)
    if (c <= ' ' || static_cast<u8>(c) >= 0x7f) return false;
  return !text.empty();
}

u16 status_of(std::string_view word) {
  if (word.empty() || word == "301") return 301;
  if (word == "302") return 302;
  if (word == "303") return 303;
  if (word == "307") return 307;
  return word == "308" ? 308 : 0;
}

}  // namespace

bool Redirects::read_line(std::string_view line) {
  const std::string_view from = next_word(line);
  if (from.empty() || from.front() == '#') return true;
  const std::string_view to = next_word(line);
  const u16 status = status_of(next_word(line));
  if (count_ == kMaxRedirects || from.front() != '/' || !is_plain(to) || status == 0) return false;
  if (!next_word(line).empty()) return false;
  list_[count_++] = {from, to, status};
  return true;
}

u32 Redirects::read(std::string_view text) {
  u32 bad = 0;
  for (u32 number = 1; !text.empty(); number++) {
    const auto end = text.find('\n');
    const std::string_view line(text.data(), end == text.npos ? text.size() : end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!read_line(line) && bad == 0) bad = number;
  }
  return bad;
}

}  // namespace cheetah
