// SPDX-License-Identifier: MIT
#include "apps/cheetah/options.hpp"

namespace cheetah {
namespace {

constexpr u32 kBad = ~0u;

u32 read_number(std::string_view text) {
  if (text.empty() || text.size() > 6) return kBad;
  u32 value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return kBad;
    value = value * 10 + static_cast<u32>(c - '0');
  }
  return value;
}

std::string_view next_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto end = text.find(' ');
  const std::string_view word(text.data(), end == text.npos ? text.size() : end);
  text.remove_prefix(word.size());
  return word;
}

bool take_word(Options& options, std::string_view name, std::string_view value) {
  struct Time {
    std::string_view name;
    u64* value;
  };
  struct Switch {
    std::string_view name;
    bool* value;
  };
  const Time times[] = {{"idle", &options.timeouts.idle},
                        {"header", &options.timeouts.header},
                        {"load", &options.timeouts.load},
                        {"send", &options.timeouts.send},
                        {"drain", &options.timeouts.drain}};
  const Switch switches[] = {{"known", &options.known},       {"heads", &options.heads},
                             {"sums", &options.sums},         {"hot", &options.hot},
                             {"predict", &options.predict},   {"merge", &options.merge},
                             {"together", &options.together}, {"gather", &options.gather},
                             {"bursts", &options.bursts},     {"log", &options.log}};
  for (const Switch& s : switches) {
    if (name != s.name) continue;
    *s.value = value == "on";
    return value == "on" || value == "off";
  }
  const u32 number = read_number(value);
  if (number == kBad) return false;
  for (const Time& t : times) {
    if (name != t.name) continue;
    *t.value = u64{number} * 1'000'000'000;
    return number >= 1 && number <= 3600;
  }
  if (name == "connections") {
    options.connections = number;
    return number >= 16 && number <= 16384;
  }
  if (name == "per-address") {
    options.per_address = number;
    return true;
  }
  if (name == "ahead") {
    options.ahead = number;
    return number <= 8;
  }
  return false;
}

}  // namespace

std::string_view Options::take(std::string_view words) {
  for (;;) {
    const std::string_view word = next_word(words);
    if (word.empty()) return {};
    const auto equals = word.find('=');
    if (equals == word.npos) return word;
    const std::string_view name(word.data(), equals);
    std::string_view value = word;
    value.remove_prefix(equals + 1);
    if (!take_word(*this, name, value)) return word;
  }
}

}  // namespace cheetah
