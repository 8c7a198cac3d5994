// SPDX-License-Identifier: MIT
#include "http/site.hpp"

#include "characters.hpp"

namespace http {

std::string_view find_page(std::span<const ErrorPage> pages, u16 status) {
  for (const ErrorPage& page : pages)
    if (page.status == status) return page.text;
  return {};
}

const Redirect* find_redirect(std::span<const Redirect> redirects, std::string_view path,
                              std::string_view& rest) {
  for (const Redirect& redirect : redirects) {
    std::string_view from = redirect.from;
    const bool prefix = from.ends_with('*');
    if (prefix) from.remove_suffix(1);
    if (prefix ? !path.starts_with(from) : path != from) continue;
    rest = behind(path, from.size());
    return &redirect;
  }
  return nullptr;
}

}  // namespace http
