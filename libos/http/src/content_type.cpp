// SPDX-License-Identifier: MIT
#include "characters.hpp"
#include "http/response.hpp"

namespace http {
namespace {

struct Type {
  std::string_view extension;
  std::string_view type;
};

constexpr Type kTypes[] = {
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"xml", "application/xml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/x-icon"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"wav", "audio/wav"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"pdf", "application/pdf"},
    {"wasm", "application/wasm"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
};

}  // namespace

std::string_view content_type(std::string_view path) {
  if (path.ends_with('/')) return "text/html; charset=utf-8";  // its index
  const u64 dot = path.rfind('.');
  const u64 slash = path.rfind('/');
  const bool has_extension = dot != path.npos && (slash == path.npos || dot > slash);
  if (!has_extension) return "application/octet-stream";
  path.remove_prefix(dot + 1);
  for (const Type& t : kTypes)
    if (equal_ignoring_case(path, t.extension)) return t.type;
  return "application/octet-stream";
}

}  // namespace http
