// SPDX-License-Identifier: MIT
// Parser: lines (RFC 9112, 2). What is in them: request_line.cpp and fields.cpp.
#include "http/parser.hpp"

#include "characters.hpp"

namespace http {

void Parser::reset() {
  state_ = State::Start;
  method_ = Method::Get;
  minor_ = 1;
  hosts_ = 0;
  carriage_return_ = false;
  keep_alive_ = close_seen_ = keep_seen_ = false;
  length_seen_ = encoding_seen_ = chunked_ = expects_ = false;
  error_ = 0;
  bytes_ = path_length_ = kept_ = 0;
  body_left_ = 0;
  conditions_.reset();
  range_.reset();
  accept_.reset();
}

void Parser::fail(u16 status) {
  state_ = State::Failed;
  error_ = status;
  keep_alive_ = false;
}

u32 Parser::feed(std::span<const u8> data) {
  const char* text = reinterpret_cast<const char*>(data.data());
  const u32 length = static_cast<u32>(data.size());
  u32 taken = 0;
  while (taken < length && !done() && !failed()) {
    if (state_ == State::Body) {
      const u32 left = length - taken;
      const u32 skipped = left < body_left_ ? left : static_cast<u32>(body_left_);
      taken += skipped;
      body_left_ -= skipped;
      if (body_left_ == 0) state_ = State::Done;
    } else if (state_ == State::Start && (text[taken] == '\r' || text[taken] == '\n')) {
      taken++;
    } else if (bytes_ == kMaxHeader) {
      fail(431);
    } else {
      if (state_ == State::Start) state_ = State::RequestLine;
      const u32 left = length - taken, room = kMaxHeader - bytes_;
      const u32 step = take_header(text + taken, left < room ? left : room);
      bytes_ += step;
      taken += step;
    }
  }
  return taken;
}

// Takes one line, or what there is of it. Answers the bytes taken, at least one.
u32 Parser::take_header(const char* text, u32 length) {
  const std::string_view nothing;
  if (carriage_return_) {
    carriage_return_ = false;
    if (text[0] != '\n') {
      fail(400);
    } else if (state_ == State::SkipField) {
      state_ = State::Fields;
    } else {
      take_line({text_ + path_length_, kept_});
    }
    return 1;
  }
  const bool skipping = state_ == State::SkipField;
  const u32 limit = state_ == State::RequestLine ? kMaxRequestLine : kMaxFieldLine;
  const u32 room = skipping ? length : limit + 1 - kept_;  // one more than may be is enough to see
  const u32 window = length < room ? length : room;
  const u32 run = plain_run(text, window);
  if (skipping) return run == window ? run : end_line(nothing, text, run, length);
  if (run == window) {
    keep(text, run);
    if (run == room) line_too_long({text_ + path_length_, kept_});
    return run;
  }
  if (kept_ == 0) return end_line({text, run}, text, run, length);
  keep(text, run);
  return end_line({text_ + path_length_, kept_}, text, run, length);
}

// At text[run] something ends the line: LF, or CR and LF (RFC 9112, 2.2). `line`: the whole of it.
u32 Parser::end_line(std::string_view line, const char* text, u32 run, u32 length) {
  u32 taken = run + 1;
  if (text[run] == '\r') {
    if (taken == length) {
      if (kept_ == 0) keep(line.data(), static_cast<u32>(line.size()));
      carriage_return_ = true;
      return taken;
    }
    if (text[taken++] != '\n') {
      fail(400);
      return taken;
    }
  } else if (text[run] != '\n') {
    fail(400);
    return taken;
  }
  if (state_ == State::SkipField) {
    state_ = State::Fields;
  } else {
    take_line(line);
  }
  return taken;
}

void Parser::keep(const char* text, u32 length) {
  char* to = text_ + path_length_ + kept_;
  for (u32 i = 0; i < length; i++) to[i] = text[i];
  kept_ += length;
}

void Parser::take_line(std::string_view line) {
  kept_ = 0;
  if (state_ == State::RequestLine) {
    request_line(line);
  } else if (line.empty()) {
    end_header();
  } else {
    field_line(line);
  }
}

void Parser::line_too_long(std::string_view beginning) {
  kept_ = 0;
  if (state_ == State::RequestLine) {
    long_request_line(beginning);
  } else {
    state_ = State::SkipField;
    field_line(beginning);
  }
}

}  // namespace http
