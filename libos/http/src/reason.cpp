// SPDX-License-Identifier: MIT
#include "http/response.hpp"

namespace http {
namespace {

struct Reason {
  u16 status;
  std::string_view text;
};

constexpr Reason kReasons[] = {{200, "OK"},
                               {204, "No Content"},
                               {206, "Partial Content"},
                               {301, "Moved Permanently"},
                               {302, "Found"},
                               {303, "See Other"},
                               {304, "Not Modified"},
                               {307, "Temporary Redirect"},
                               {308, "Permanent Redirect"},
                               {400, "Bad Request"},
                               {403, "Forbidden"},
                               {404, "Not Found"},
                               {405, "Method Not Allowed"},
                               {408, "Request Timeout"},
                               {410, "Gone"},
                               {411, "Length Required"},
                               {412, "Precondition Failed"},
                               {413, "Content Too Large"},
                               {414, "URI Too Long"},
                               {416, "Range Not Satisfiable"},
                               {417, "Expectation Failed"},
                               {431, "Request Header Fields Too Large"},
                               {500, "Internal Server Error"},
                               {501, "Not Implemented"},
                               {503, "Service Unavailable"},
                               {505, "HTTP Version Not Supported"}};

}  // namespace

std::string_view reason(u16 status) {
  for (const Reason& known : kReasons)
    if (known.status == status) return known.text;
  return "Unknown";
}

}  // namespace http
