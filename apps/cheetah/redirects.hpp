// SPDX-License-Identifier: MIT
// Redirects: the site's file `_redirects`: on each line a path, where it leads, and if it is not 301 the
// status;
// '*' at a path's end stands for whatever follows, which is put behind the place. '#' begins a comment.
#pragma once
#include <span>

#include "http/site.hpp"

namespace cheetah {

using namespace abi;

inline constexpr std::string_view kRedirectsFile = "_redirects";
inline constexpr u32 kMaxRedirects = 64;
inline constexpr u32 kMaxRedirectsBytes = 8192;

class Redirects {
 public:
  // `text` stays as it is. 0, or the number of the first line that was not understood, from 1: it and
  // what is beyond kMaxRedirects is left out.
  u32 read(std::string_view text);
  std::span<const http::Redirect> list() const { return {list_, count_}; }

 private:
  bool read_line(std::string_view line);

  http::Redirect list_[kMaxRedirects] = {};
  u32 count_ = 0;
};

}  // namespace cheetah
