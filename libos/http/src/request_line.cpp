// SPDX-License-Identifier: MIT
// Parser: the first line of a request (RFC 9112, 3).
#include "characters.hpp"
#include "http/parser.hpp"
#include "http/target.hpp"

namespace http {
namespace {

std::string_view first_word(std::string_view text) {
  const u64 end = text.find(' ');
  return front_of(text, end == text.npos ? text.size() : end);
}

}  // namespace

void Parser::request_line(std::string_view line) {
  const std::string_view name = first_word(line);
  if (name.size() > kMaxMethod && kToken.all(name)) return fail(501);
  if (name.size() == line.size() || !take_method(name)) return fail(400);
  line.remove_prefix(name.size() + 1);
  const u64 target_end = line.find(' ');
  if (target_end == line.npos || target_end == 0) return fail(line.size() > kMaxTarget ? 414 : 400);
  const std::string_view target = front_of(line, target_end);
  if (target.size() > kMaxTarget) return fail(414);
  const std::string_view version = behind(line, target_end + 1);
  const bool formed = version.size() == kVersion && version.starts_with("HTTP/") && is_digit(version[5]) &&
                      version[6] == '.' && is_digit(version[7]);
  if (!formed) return fail(400);
  if (version[5] != '1') return fail(505);
  minor_ = version[7] == '0' ? 0 : 1;  // a higher one is served as the highest we know (RFC 9110, 6.2)
  state_ = State::Fields;
  take_target(target);
}

// Its first kMaxRequestLine + 1 bytes are known: enough to say what of it is too long.
void Parser::long_request_line(std::string_view beginning) {
  const std::string_view name = first_word(beginning);
  if (!kToken.all(name) || name.empty()) return fail(400);
  if (name.size() > kMaxMethod) return fail(501);
  beginning.remove_prefix(name.size() + 1);
  fail(first_word(beginning).size() > kMaxTarget ? 414 : 400);
}

// False: not even a token.
bool Parser::take_method(std::string_view name) {
  method_ = Method::Unknown;
  if (name == "GET") {
    method_ = Method::Get;
    return true;
  }
  if (name == "HEAD") method_ = Method::Head;
  if (name == "OPTIONS") method_ = Method::Options;
  for (const std::string_view known : {"POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"})
    if (name == known) method_ = Method::NotAllowed;
  return !name.empty() && kToken.all(name);
}

// "*" is for OPTIONS only (RFC 9112, 3.2.4); of what is not served the target does not matter.
void Parser::take_target(std::string_view target) {
  for (const char c : target)
    if (static_cast<u8>(c) < ' ') return fail(400);  // a tab
  if (method_ > Method::Options || (method_ == Method::Options && target == "*")) return;
  const u32 length = static_cast<u32>(target.size());
  for (u32 i = 0; i < length; i++) text_[i] = target[i];  // forwards: it may lie in text_ itself
  path_length_ = normalise_target(text_, length);
  if (path_length_ == 0) fail(400);
}

}  // namespace http
