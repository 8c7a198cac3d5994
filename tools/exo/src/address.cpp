// SPDX-License-Identifier: MIT
#include "address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "size.hpp"

namespace exo {

namespace {

// "ADDRESS/PREFIX", the prefix at most `width` bits. Into: its members are what `parse` gives, and the
// prefix.
template <class Into, class Parse>
std::optional<Into> parse_with_prefix(std::string_view text, Parse parse, std::uint32_t width) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse(text.substr(0, slash));
  const auto prefix = parse_number(text.substr(slash + 1), width);
  if (!address || !prefix) return std::nullopt;
  return Into{*address, *prefix};
}

}  // namespace

std::optional<std::uint32_t> parse_address(std::string_view text) {
  in_addr parsed{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
  return ntohl(parsed.s_addr);
}

std::optional<AddressAndPrefix> parse_address_and_prefix(std::string_view text) {
  return parse_with_prefix<AddressAndPrefix>(text, parse_address, 32);
}

std::optional<Address6> parse_address6(std::string_view text) {
  Address6 parsed{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), parsed.data()) != 1) return std::nullopt;
  return parsed;
}

std::optional<Address6AndPrefix> parse_address6_and_prefix(std::string_view text) {
  return parse_with_prefix<Address6AndPrefix>(text, parse_address6, 128);
}

std::string address_text(const Address6& address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, address.data(), text, sizeof text);
  return text;
}

bool same_network(const Address6& a, const Address6& b, std::uint32_t prefix) {
  for (std::uint32_t bit = 0; bit < prefix; bit++)
    if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

std::string address_text(std::uint32_t a) {
  return fmt::format("{}.{}.{}.{}", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

}  // namespace exo
