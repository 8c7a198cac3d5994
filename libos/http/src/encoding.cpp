// SPDX-License-Identifier: MIT
#include "http/encoding.hpp"

#include "characters.hpp"

namespace http {
namespace {

constexpr u32 kNoWeight = ~0u;

// qvalue (RFC 9110, 12.4.2) in thousandths.
u32 read_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return kNoWeight;
  if (text.size() > 1 && text[1] != '.') return kNoWeight;
  u32 value = static_cast<u32>(text[0] - '0') * 1000;
  u32 unit = 100;
  for (u64 i = 2; i < text.size(); i++, unit /= 10) {
    if (!is_digit(text[i])) return kNoWeight;
    value += static_cast<u32>(text[i] - '0') * unit;
  }
  return value <= 1000 ? value : kNoWeight;
}

// The weight behind a coding: ";q=0.5", 1 without it.
u32 weight_of(std::string_view parameters) {
  u32 weight = 1000;
  while (!parameters.empty()) {
    const std::string_view parameter = next_element(parameters, ';');
    if (parameter.size() >= 2 && lower(parameter[0]) == 'q' && parameter[1] == '=')
      weight = read_weight(behind(parameter, 2));
  }
  return weight;
}

}  // namespace

std::string_view name_of(Encoding encoding) {
  constexpr std::string_view kNames[] = {"", "gzip", "br"};
  return kNames[static_cast<u32>(encoding)];
}

std::string_view suffix_of(Encoding encoding) {
  constexpr std::string_view kSuffixes[] = {"", ".gz", ".br"};
  return kSuffixes[static_cast<u32>(encoding)];
}

void AcceptEncoding::take(std::string_view value) {
  while (!value.empty()) {
    std::string_view element = next_element(value);
    const std::string_view coding = next_element(element, ';');
    u32 index = kAny + 1;
    if (coding == "*") index = kAny;
    if (equal_ignoring_case(coding, "identity")) index = static_cast<u32>(Encoding::Identity);
    if (equal_ignoring_case(coding, "br")) index = static_cast<u32>(Encoding::Brotli);
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
      index = static_cast<u32>(Encoding::Gzip);
    const u32 weight = weight_of(element);
    if (index > kAny || weight == kNoWeight) continue;
    named_ |= static_cast<u8>(1u << index);
    weights_[index] = static_cast<u16>(weight);
  }
}

u32 AcceptEncoding::weight(Encoding encoding) const {
  const u32 index = static_cast<u32>(encoding);
  if ((named_ >> index & 1) != 0) return weights_[index];
  return (named_ >> kAny & 1) != 0 ? weights_[kAny] : 0;
}

Encoding AcceptEncoding::choose(u8 available) const {
  Encoding best = Encoding::Identity;
  u32 weight_of_best = named_ == 0 ? ~0u : weight(Encoding::Identity);
  for (const Encoding encoding : {Encoding::Gzip, Encoding::Brotli}) {
    const u32 found = weight(encoding);
    if ((available & bit_of(encoding)) == 0 || found == 0 || found < weight_of_best) continue;
    best = encoding;
    weight_of_best = found;
  }
  return best;
}

}  // namespace http
