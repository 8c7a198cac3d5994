// SPDX-License-Identifier: MIT
// Parser: reads HTTP/1.x requests (RFC 9112) a byte at a time, however they are cut into packets,
// keeping only what decides the answer. Everything is bounded: what is too long is an error status,
// not a longer buffer. Trivial, so that tables of it can be left to the zero page; reset() first.
#pragma once
#include <span>
#include <string_view>

#include "abi/types.hpp"

namespace http {

using namespace abi;

inline constexpr u32 kMaxTarget = 2048;        // longer: 414
inline constexpr u32 kMaxHeader = 8192;        // request line and fields together; longer: 431
inline constexpr u32 kMaxSkippedBody = 65536;  // a body of ours to throw away; longer: 413
inline constexpr u32 kMaxMethod = 16;          // longer: 501
inline constexpr u32 kVersion = 8;             // "HTTP/1.1"
inline constexpr u32 kMaxFieldName = 32;       // longer names are none that we read
inline constexpr u32 kMaxFieldValue = 256;     // of those that we read; longer: 431

enum class Method : u8 {
  Get,
  Head,
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
  // When failed: the status to answer before the connection is closed: 400, 413, 414, 431, 501, 505.
  u16 error() const { return error_; }

  // When done:
  Method method() const { return method_; }
  bool keep_alive() const { return keep_alive_; }  // RFC 9112, 9.3
  // The path: absolute, percent-decoded, without query, "//" and ".", never with ".." or NUL. A
  // trailing '/' stays.
  std::string_view path() const { return {target_, path_length_}; }

 private:
  enum class State : u8 {
    Start,  // before the request line; empty lines are skipped (RFC 9112, 2.2)
    MethodName,
    Target,
    Version,
    FieldStart,  // first character of a field line, or of the empty line
    FieldName,
    FieldSpace,  // optional space before the value
    FieldValue,
    LineFeed,  // CR seen: LF must follow
    Body,
    Done,
    Failed,
  };
  enum class Field : u8 { Other, Host, Connection, ContentLength, TransferEncoding };

  void step(char c);
  void fail(u16 status);
  bool line_end(char c);
  void end_line();
  void step_method(char c);
  void end_method();
  void step_target(char c);
  void step_version(char c);
  void end_request_line();
  void step_field_start(char c);
  void step_field_name(char c);
  void identify_field();
  void step_field_value(char c);
  void end_field();
  void take_content_length(std::string_view value);
  void take_connection(std::string_view value);
  void end_header();

  State state_;
  State after_line_;  // while LineFeed: the state in which the line ended
  Field field_;
  Method method_;
  u8 minor_;  // of the version
  u8 hosts_;
  bool keep_alive_, close_seen_, keep_seen_;
  bool length_seen_, encoding_seen_;
  u16 error_;
  u32 bytes_;        // of the header so far
  u32 text_length_;  // used of text_
  u32 target_length_;
  u32 path_length_;
  u64 body_left_;
  char text_[kMaxFieldValue];  // method, version, field name or value, one after the other
  char target_[kMaxTarget];
};

}  // namespace http
