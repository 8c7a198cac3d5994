// SPDX-License-Identifier: MIT
#include "size.hpp"

#include <fmt/format.h>

#include <charconv>

namespace exo {

namespace {

// All of `text` as a decimal number.
std::optional<std::uint64_t> digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc() || end != text.end() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto unit = std::string_view("KMG").find(static_cast<char>(text.back() & ~0x20));
  if (unit == std::string_view::npos) return std::nullopt;
  const auto value = digits(text.substr(0, text.size() - 1));
  const auto shift = 10 * (unit + 1);
  if (!value || *value == 0 || *value >= (1ull << 48) >> shift) return std::nullopt;
  return *value << shift;
}

std::string size_text(std::uint64_t bytes) {
  for (int unit = 2; unit >= 0; unit--) {
    const int shift = 10 * (unit + 1);
    if (bytes != 0 && bytes % (1ull << shift) == 0) return fmt::format("{}{}", bytes >> shift, "KMG"[unit]);
  }
  return fmt::format("{} bytes", bytes);
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
  const auto value = digits(text);
  if (!value || *value > max) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

}  // namespace exo
