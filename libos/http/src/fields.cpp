// SPDX-License-Identifier: MIT
// Parser: the fields that decide where a request ends and what becomes of the connection (RFC 9112,
// 3.2, 6 and 9). Whatever two readers could take differently is refused.
#include "characters.hpp"
#include "http/parser.hpp"
#include "http/target.hpp"

namespace http {
namespace {

constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

// uri-host [ ":" port ], or empty (RFC 9110, 7.2): enough that nothing strange is let through.
bool host_formed(std::string_view host) {
  for (const char c : host)
    if (!is_digit(c) && !is_alpha(c) &&
        std::string_view("-._~%!$&'()*+,;=:[]").find(c) == std::string_view::npos)
      return false;
  return true;
}

}  // namespace

void Parser::identify_field() {
  const std::string_view name(text_, text_length_);
  field_ = Field::Other;
  if (equal_ignoring_case(name, "host")) field_ = Field::Host;
  if (equal_ignoring_case(name, "connection")) field_ = Field::Connection;
  if (equal_ignoring_case(name, "content-length")) field_ = Field::ContentLength;
  if (equal_ignoring_case(name, "transfer-encoding")) field_ = Field::TransferEncoding;
}

void Parser::end_field() {
  const std::string_view value = trim({text_, text_length_});
  state_ = State::FieldStart;
  switch (field_) {
    case Field::Other:
      break;
    case Field::Host:
      if (hosts_++ > 0 || !host_formed(value)) fail(400);
      break;
    case Field::Connection:
      take_connection(value);
      break;
    case Field::ContentLength:
      take_content_length(value);
      break;
    case Field::TransferEncoding:
      encoding_seen_ = true;
      break;
  }
}

void Parser::take_connection(std::string_view value) {
  while (!value.empty()) {
    const u64 comma = value.find(',');
    const u64 length = comma == value.npos ? value.size() : comma;
    const std::string_view option = trim({value.data(), length});
    if (equal_ignoring_case(option, "close")) close_seen_ = true;
    if (equal_ignoring_case(option, "keep-alive")) keep_seen_ = true;
    value.remove_prefix(comma == value.npos ? length : length + 1);
  }
}

void Parser::take_content_length(std::string_view value) {
  constexpr u64 kEnough = 1'000'000'000'000;  // above it the exact number does not matter
  u64 length = 0;
  for (const char c : value) {
    if (!is_digit(c)) return fail(400);
    length = length * 10 + static_cast<u64>(c - '0');
    if (length > kEnough) length = kEnough;
  }
  if (value.empty() || (length_seen_ && length != body_left_)) return fail(400);
  length_seen_ = true;
  body_left_ = length;
}

void Parser::end_header() {
  if (minor_ >= 1 && hosts_ == 0) return fail(400);
  if (encoding_seen_) return fail(length_seen_ || minor_ == 0 ? 400 : 501);  // RFC 9112, 6.1
  if (body_left_ > kMaxSkippedBody) return fail(413);
  if (method_ == Method::Get || method_ == Method::Head) {
    path_length_ = normalise_target(target_, target_length_);
    if (path_length_ == 0) return fail(400);
  }
  keep_alive_ = !close_seen_ && (minor_ >= 1 || keep_seen_);
  state_ = body_left_ > 0 ? State::Body : State::Done;
}

}  // namespace http
