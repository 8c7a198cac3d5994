// SPDX-License-Identifier: MIT
// Parser: characters and lines (RFC 9112, 2 to 5). What fields mean is in fields.cpp.
#include "http/parser.hpp"

#include "characters.hpp"

namespace http {

void Parser::reset() {
  state_ = after_line_ = State::Start;
  field_ = Field::Other;
  method_ = Method::Get;
  minor_ = hosts_ = 0;
  keep_alive_ = close_seen_ = keep_seen_ = length_seen_ = encoding_seen_ = false;
  error_ = 0;
  bytes_ = text_length_ = target_length_ = path_length_ = 0;
  body_left_ = 0;
}

void Parser::fail(u16 status) {
  state_ = State::Failed;
  error_ = status;
  keep_alive_ = false;
}

u32 Parser::feed(std::span<const u8> data) {
  u32 taken = 0;
  while (taken < data.size() && !done() && !failed()) {
    if (state_ == State::Body) {
      const u64 left = data.size() - taken;
      const u64 skipped = left < body_left_ ? left : body_left_;
      taken += static_cast<u32>(skipped);
      body_left_ -= skipped;
      if (body_left_ == 0) state_ = State::Done;
    } else {
      step(static_cast<char>(data[taken++]));
    }
  }
  return taken;
}

void Parser::step(char c) {
  if (state_ == State::Start && (c == '\r' || c == '\n')) return;
  if (++bytes_ > kMaxHeader) return fail(431);
  switch (state_) {
    case State::Start:
      state_ = State::MethodName;
      [[fallthrough]];
    case State::MethodName:
      return step_method(c);
    case State::Target:
      return step_target(c);
    case State::Version:
      return step_version(c);
    case State::FieldStart:
      return step_field_start(c);
    case State::FieldName:
      return step_field_name(c);
    case State::FieldSpace:
      if (c == ' ' || c == '\t') return;
      state_ = State::FieldValue;
      [[fallthrough]];
    case State::FieldValue:
      return step_field_value(c);
    case State::LineFeed:
      return c == '\n' ? end_line() : fail(400);
    case State::Body:
    case State::Done:
    case State::Failed:
      return;
  }
}

// A line ends with CR LF, or LF alone (RFC 9112, 2.2). True: `c` was part of the end.
bool Parser::line_end(char c) {
  if (c != '\r' && c != '\n') return false;
  after_line_ = state_;
  if (c == '\r') {
    state_ = State::LineFeed;
  } else {
    end_line();
  }
  return true;
}

void Parser::end_line() {
  switch (after_line_) {
    case State::Version:
      return end_request_line();
    case State::FieldStart:
      return end_header();
    default:
      return end_field();
  }
}

void Parser::step_method(char c) {
  if (c == ' ' && text_length_ > 0) return end_method();
  if (!is_token(c)) return fail(400);
  if (text_length_ == kMaxMethod) return fail(501);
  text_[text_length_++] = c;
}

void Parser::end_method() {
  const std::string_view name(text_, text_length_);
  method_ = Method::Unknown;
  if (name == "GET") method_ = Method::Get;
  if (name == "HEAD") method_ = Method::Head;
  for (const std::string_view known : {"POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
    if (name == known) method_ = Method::NotAllowed;
  text_length_ = 0;
  state_ = State::Target;
}

void Parser::step_target(char c) {
  if (c == ' ' && target_length_ > 0) {
    state_ = State::Version;
    return;
  }
  const u8 code = static_cast<u8>(c);
  if (code <= ' ' || code == 0x7f) return fail(400);
  if (target_length_ == kMaxTarget) return fail(414);
  target_[target_length_++] = c;
}

void Parser::step_version(char c) {
  if (line_end(c)) return;
  if (text_length_ == kVersion) return fail(400);
  text_[text_length_++] = c;
}

void Parser::end_request_line() {
  const std::string_view version(text_, text_length_);
  const bool formed = version.size() == kVersion && version.starts_with("HTTP/") && is_digit(version[5]) &&
                      version[6] == '.' && is_digit(version[7]);
  if (!formed) return fail(400);
  if (version[5] != '1') return fail(505);
  minor_ = version[7] == '0' ? 0 : 1;  // a higher one is served as the highest we know (RFC 9110, 6.2)
  text_length_ = 0;
  state_ = State::FieldStart;
}

void Parser::step_field_start(char c) {
  if (line_end(c)) return;
  text_length_ = 0;
  state_ = State::FieldName;
  step_field_name(c);  // a line that begins with space would continue the last: refused (RFC 9112, 5.2)
}

void Parser::step_field_name(char c) {
  if (c == ':' && text_length_ > 0) {
    identify_field();
    text_length_ = 0;
    state_ = State::FieldSpace;
    return;
  }
  if (!is_token(c)) return fail(400);
  if (text_length_ <= kMaxFieldName) text_[text_length_++] = c;
}

void Parser::step_field_value(char c) {
  if (line_end(c)) return;
  const u8 code = static_cast<u8>(c);
  if ((code < ' ' && c != '\t') || code == 0x7f) return fail(400);
  if (field_ == Field::Other) return;
  if (text_length_ == kMaxFieldValue) return fail(431);
  text_[text_length_++] = c;
}

}  // namespace http
