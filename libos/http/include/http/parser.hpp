// SPDX-License-Identifier: MIT
// Parser: reads HTTP/1.x requests (RFC 9112) line by line, in place: a line is copied only if it is cut
// between two packets, and only what decides the answer is kept. How a request is cut changes nothing.
// Everything is bounded: what is too long is an error status, not a longer buffer. Trivial, so that
// tables of it can be left to the zero page; reset() first.
#pragma once
#include <span>
#include <string_view>

#include "http/conditions.hpp"
#include "http/encoding.hpp"
#include "http/ranges.hpp"

namespace http {

inline constexpr u32 kMaxTarget = 2048;        // longer: 414
inline constexpr u32 kMaxHeader = 8192;        // request line and fields together; longer: 431
inline constexpr u32 kMaxSkippedBody = 65536;  // a body of ours to throw away; longer: 413
inline constexpr u32 kMaxMethod = 16;          // longer: 501
inline constexpr u32 kVersion = 8;             // "HTTP/1.1"
inline constexpr u32 kMaxFieldLine = 512;      // of those that we read; longer: 431, or the field is ignored
inline constexpr u32 kMaxRequestLine = kMaxMethod + 1 + kMaxTarget + 1 + kVersion;

enum class Method : u8 {
  Get,
  Head,
  Options,     // 204 with Allow
  NotAllowed,  // known to RFC 9110 or 5789, but not served: 405
  Unknown,     // 501
};

class Parser {
 public:
  void reset();
  // Takes bytes of one request and answers how many: all, or up to the end of the request when it is
  // complete or failed. What is left belongs to the next one.
  u32 feed(std::span<const u8> data);

  bool done() const { return state_ == State::Done; }
  bool failed() const { return state_ == State::Failed; }
  bool started() const { return bytes_ > 0; }  // something of a request has come
  // When failed: the status to answer before the connection is closed: 400, 411, 413, 414, 417, 431,
  // 501, 505.
  u16 error() const { return error_; }
  // Of HTTP/1.N, at most 1; as long as no line has told it: 1.
  u8 minor() const { return minor_; }

  // When done:
  Method method() const { return method_; }
  bool keep_alive() const { return keep_alive_; }  // RFC 9112, 9.3
  // Of GET and HEAD: absolute, percent-decoded, without query, "//", "." and "..", never with NUL or
  // another control character. A trailing '/' stays. Valid until reset().
  std::string_view path() const { return {text_, path_length_}; }
  const Conditions& conditions() const { return conditions_; }
  const RangeRequest& range() const { return range_; }
  const AcceptEncoding& accept() const { return accept_; }

 private:
  enum class State : u8 {
    Start,  // before the request line; empty lines are skipped (RFC 9112, 2.2)
    RequestLine,
    Fields,
    SkipField,  // the rest of a long line that nobody reads
    Body,
    Done,
    Failed,
  };

  void fail(u16 status);
  u32 take_header(const char* text, u32 length);
  u32 end_line(std::string_view line, const char* text, u32 run, u32 length);
  void keep(const char* text, u32 length);
  void take_line(std::string_view line);
  void line_too_long(std::string_view beginning);

  void request_line(std::string_view line);
  void long_request_line(std::string_view beginning);
  bool take_method(std::string_view name);
  void take_target(std::string_view target);

  void field_line(std::string_view line);
  void take_field(std::string_view name, std::string_view value);
  void take_content_length(std::string_view value);
  void take_connection(std::string_view value);
  void take_transfer_encoding(std::string_view value);
  void take_expect(std::string_view value);
  void end_header();

  State state_;
  Method method_;
  u8 minor_;  // of the version
  u8 hosts_;
  bool carriage_return_;  // the last byte was CR: LF must follow
  bool keep_alive_, close_seen_, keep_seen_;
  bool length_seen_, encoding_seen_, chunked_, expects_;
  u16 error_;
  u32 bytes_;  // of the header so far
  u32 path_length_;
  u32 kept_;  // bytes of an unfinished line, in text_ behind the path
  u64 body_left_;
  Conditions conditions_;
  RangeRequest range_;
  AcceptEncoding accept_;
  char text_[kMaxTarget + kMaxFieldLine + 1];
};
static_assert(kMaxTarget + kMaxFieldLine >= kMaxRequestLine);

}  // namespace http
