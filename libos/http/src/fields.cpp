// SPDX-License-Identifier: MIT
// Parser: header fields: which are read, where a request ends and what becomes of the connection (RFC
// 9112, 3.2, 5, 6 and 9). Whatever two readers could take differently is refused.
#include "characters.hpp"
#include "http/date.hpp"
#include "http/parser.hpp"

namespace http {
namespace {

enum class Field : u8 {
  Other,
  Host,
  Connection,
  ContentLength,
  TransferEncoding,
  Expect,
  Range,
  IfRange,
  IfMatch,
  IfNoneMatch,
  IfModifiedSince,
  IfUnmodifiedSince,
  AcceptEncoding,
};

struct Name {
  std::string_view text;
  Field field;
};

constexpr Name kNames[] = {{"host", Field::Host},
                           {"range", Field::Range},
                           {"expect", Field::Expect},
                           {"if-range", Field::IfRange},
                           {"if-match", Field::IfMatch},
                           {"connection", Field::Connection},
                           {"if-none-match", Field::IfNoneMatch},
                           {"content-length", Field::ContentLength},
                           {"accept-encoding", Field::AcceptEncoding},
                           {"transfer-encoding", Field::TransferEncoding},
                           {"if-modified-since", Field::IfModifiedSince},
                           {"if-unmodified-since", Field::IfUnmodifiedSince}};

Field field_of(std::string_view name) {
  for (const Name& known : kNames)
    if (known.text.size() == name.size() && lower(name[0]) == known.text[0] &&
        equal_ignoring_case(name, known.text))
      return known.field;
  return Field::Other;
}

// What a client only wishes for may be left out when it is too long; the rest may not.
constexpr bool ignorable(Field field) {
  return field == Field::Other || field == Field::Range || field == Field::IfNoneMatch ||
         field == Field::IfModifiedSince || field == Field::AcceptEncoding;
}

}  // namespace

// A line, or in state SkipField the beginning of one that is longer than what is read.
void Parser::field_line(std::string_view line) {
  const u64 colon = line.find(':');
  if (colon == line.npos && state_ == State::SkipField && kToken.all(line)) return fail(431);
  if (colon == line.npos || colon == 0) return fail(400);
  const std::string_view name = front_of(line, colon);
  if (!kToken.all(name)) return fail(400);  // also a line that continues the last one (RFC 9112, 5.2)
  if (state_ != State::SkipField) return take_field(name, trim(behind(line, colon + 1)));
  const Field field = field_of(name);
  if (!ignorable(field)) return fail(431);
  if (field == Field::Range) range_.ignore();
}

void Parser::take_field(std::string_view name, std::string_view value) {
  switch (field_of(name)) {
    case Field::Other:
      break;
    case Field::Host:
      if (hosts_++ > 0 || !kHost.all(value)) fail(400);
      break;
    case Field::Connection:
      take_connection(value);
      break;
    case Field::ContentLength:
      take_content_length(value);
      break;
    case Field::TransferEncoding:
      take_transfer_encoding(value);
      break;
    case Field::Expect:
      take_expect(value);
      break;
    case Field::Range:
      range_.take(value);
      break;
    case Field::IfRange:
      conditions_.take_if_range(value);
      break;
    case Field::IfMatch:
      conditions_.match.take(value);
      break;
    case Field::IfNoneMatch:
      conditions_.none_match.take(value);
      break;
    case Field::IfModifiedSince:
      conditions_.modified_since = read_date(value);
      break;
    case Field::IfUnmodifiedSince:
      conditions_.unmodified_since = read_date(value);
      break;
    case Field::AcceptEncoding:
      accept_.take(value);
      break;
  }
}

void Parser::take_connection(std::string_view value) {
  while (!value.empty()) {
    const std::string_view option = next_element(value);
    if (equal_ignoring_case(option, "close")) close_seen_ = true;
    if (equal_ignoring_case(option, "keep-alive")) keep_seen_ = true;
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

void Parser::take_transfer_encoding(std::string_view value) {
  chunked_ = !encoding_seen_ && equal_ignoring_case(value, "chunked");
  encoding_seen_ = true;
}

void Parser::take_expect(std::string_view value) {
  if (!equal_ignoring_case(value, "100-continue")) return fail(417);
  expects_ = true;
}

// A body in chunks is refused by asking for its length, other codings as unknown (RFC 9112, 6.1, 6.3).
// Who expects 100 is told the final status at once, and that no body is waited for (RFC 9110, 10.1.1):
// no answer of ours depends on one.
void Parser::end_header() {
  if (minor_ >= 1 && hosts_ == 0) return fail(400);
  if (encoding_seen_) {
    if (length_seen_ || minor_ == 0) return fail(400);  // which of the two counts? (smuggling)
    return fail(chunked_ ? 411 : 501);
  }
  if (body_left_ > kMaxSkippedBody) return fail(413);
  keep_alive_ = !close_seen_ && (minor_ >= 1 || keep_seen_);
  if (expects_ && minor_ >= 1 && body_left_ > 0) {
    keep_alive_ = false;
    body_left_ = 0;
  }
  state_ = body_left_ > 0 ? State::Body : State::Done;
}

}  // namespace http
