// SPDX-License-Identifier: MIT
// Site: what a Server serves: documents by path, and what it says instead of some.
#pragma once
#include <span>

#include "http/response.hpp"

namespace http {

enum class Found : u8 {
  Here,       // the document is filled in
  Missing,    // 404
  Directory,  // 301 to the same path with '/'
  Later,      // being loaded: asked again at the next Server::resume
  Failed,     // 503: cannot be loaded
};

struct Document {
  const u8* data = nullptr;  // stays as it is until Site::done gets `token`
  u32 length = 0;
  u64 modified = 0;       // seconds since 1970, 0: not known
  std::string_view type;  // empty: by the path's extension
  u64 token = 0;          // the site's own
  Tag tag = 0;            // of these bytes, 0: none
  Encoding encoding = Encoding::Identity;
  bool varies = false;  // there are others for other Accept-Encoding fields
};

// A page of the site's own for a status, sent as HTML.
struct ErrorPage {
  u16 status;
  std::string_view text;  // stays as it is
};

struct Redirect {
  std::string_view from;  // a path as Parser::path; with '*' at its end: all that begin so
  std::string_view to;    // for Location, already encoded; what '*' stood for is put behind it
  u16 status = 301;       // or 302, 303, 307, 308
};

struct Site {
  void* context = nullptr;
  // `path` as Parser::path gives it; `accept` chooses among alternatives. Every Here is followed by one
  // `done`, HEAD too.
  Found (*find)(void* context, u64 now, std::string_view path, const AcceptEncoding& accept,
                Document& document) = nullptr;
  void (*done)(void* context, u64 token) = nullptr;
  std::span<const ErrorPage> pages = {};
  std::span<const Redirect> redirects = {};  // looked at before find, in order
};

// A site out of an object with members find(now, path, [accept,] document) and done(token).
template <class Object>
constexpr Site site_of(Object& object) {
  Site site;
  site.context = &object;
  site.find = [](void* o, u64 now, std::string_view path, const AcceptEncoding& accept,
                 Document& document) -> Found {
    if constexpr (requires(Object & x) { x.find(now, path, accept, document); }) {
      return static_cast<Object*>(o)->find(now, path, accept, document);
    } else {
      return static_cast<Object*>(o)->find(now, path, document);
    }
  };
  site.done = [](void* o, u64 token) { static_cast<Object*>(o)->done(token); };
  return site;
}

// The page for a status; empty: none.
std::string_view find_page(std::span<const ErrorPage> pages, u16 status);

// The redirection of a path, or nullptr; `rest`: what '*' stood for.
const Redirect* find_redirect(std::span<const Redirect> redirects, std::string_view path,
                              std::string_view& rest);

}  // namespace http
