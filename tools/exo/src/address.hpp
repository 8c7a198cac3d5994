// SPDX-License-Identifier: MIT
// IPv4 addresses as numbers: 10.0.2.15 is 0x0a00020f. IPv6 addresses as bytes in transmission order.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exo {

struct AddressAndPrefix {
  std::uint32_t address = 0;
  std::uint32_t prefix = 0;  // 0..32
};

using Address6 = std::array<std::uint8_t, 16>;

struct Address6AndPrefix {
  Address6 address{};
  std::uint32_t prefix = 0;  // 0..128
};

std::optional<Address6> parse_address6(std::string_view text);                      // "fd00::15"
std::optional<Address6AndPrefix> parse_address6_and_prefix(std::string_view text);  // "fd00::15/64"
std::string address_text(const Address6& address);
// Whether both begin with the same `prefix` bits.
bool same_network(const Address6& a, const Address6& b, std::uint32_t prefix);

std::optional<std::uint32_t> parse_address(std::string_view text);                // "10.0.2.15"
std::optional<AddressAndPrefix> parse_address_and_prefix(std::string_view text);  // "10.0.2.15/24"
std::string address_text(std::uint32_t address);

// The bits of the network part: 24 is 0xffffff00.
constexpr std::uint32_t prefix_mask(std::uint32_t prefix) {
  return prefix == 0 ? 0 : 0xffffffffu << (32 - prefix);
}

}  // namespace exo
