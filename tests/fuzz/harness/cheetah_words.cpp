// SPDX-License-Identifier: MIT
// What an operator writes for Cheetah: a site's `_redirects`, and the options in the manifest's `args`.
// sources: apps/cheetah/redirects.cpp apps/cheetah/options.cpp
//
// Input: a byte that chooses which, and the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "apps/cheetah/options.hpp"
#include "apps/cheetah/redirects.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_inside(std::string_view part, std::string_view text) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

// Nothing that is taken can end the header that it is put into.
void try_redirects(std::string_view text) {
  cheetah::Redirects redirects;
  redirects.read(text);
  for (const http::Redirect& r : redirects.list()) {
    require(is_inside(r.from, text) && is_inside(r.to, text) && !r.to.empty() && r.from.front() == '/');
    require(r.status >= 301 && r.status <= 308);
    for (const char c : r.to) require(c > ' ' && c < 0x7f);
  }
}

void try_options(std::string_view text) {
  cheetah::Options options;
  const std::string_view wrong = options.take(text);
  require(wrong.empty() || is_inside(wrong, text));
  if (!wrong.empty()) return;
  require(options.ahead <= 8 && options.timeouts.idle >= 1'000'000'000 &&
          options.timeouts.idle <= 3600ul * 1'000'000'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::unique_ptr<char[]> exact(new char[size - 1]);
  if (size > 1) std::memcpy(exact.get(), data + 1, size - 1);
  const std::string_view text(exact.get(), size - 1);
  if (data[0] % 2 == 0) {
    try_redirects(text);
  } else {
    try_options(text);
  }
  return 0;
}
