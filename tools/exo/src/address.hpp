// SPDX-License-Identifier: MIT
// IPv4 addresses as numbers: 10.0.2.15 is 0x0a00020f.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exo {

struct AddressAndPrefix {
  std::uint32_t address = 0;
  std::uint32_t prefix = 0;  // 0..32
};

std::optional<std::uint32_t> parse_address(std::string_view text);                // "10.0.2.15"
std::optional<AddressAndPrefix> parse_address_and_prefix(std::string_view text);  // "10.0.2.15/24"
std::string address_text(std::uint32_t address);

// The bits of the network part: 24 is 0xffffff00.
constexpr std::uint32_t prefix_mask(std::uint32_t prefix) {
  return prefix == 0 ? 0 : 0xffffffffu << (32 - prefix);
}

}  // namespace exo
