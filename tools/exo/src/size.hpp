// SPDX-License-Identifier: MIT
// Sizes as people write them: "16M", "512K", "1G". Always with a unit, so that nobody has to guess.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exo {

// Bytes; nothing if it is not a positive number with K, M or G, or does not fit 48 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

// The shortest exact form: 16777216 is "16M", 4096 is "4K", 100 is "100 bytes".
std::string size_text(std::uint64_t bytes);

// A number written with digits only, at most `max`.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max);

}  // namespace exo
