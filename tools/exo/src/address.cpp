// SPDX-License-Identifier: MIT
#include "address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "size.hpp"

namespace exo {

std::optional<std::uint32_t> parse_address(std::string_view text) {
  in_addr parsed{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
  return ntohl(parsed.s_addr);
}

std::optional<AddressAndPrefix> parse_address_and_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  const auto prefix = parse_number(text.substr(slash + 1), 32);
  if (!address || !prefix) return std::nullopt;
  return AddressAndPrefix{*address, *prefix};
}

std::string address_text(std::uint32_t a) {
  return fmt::format("{}.{}.{}.{}", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

}  // namespace exo
