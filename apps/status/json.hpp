// SPDX-License-Identifier: MIT
// Json: writes JSON (RFC 8259) into a base::Text, commas and escapes included. What does not fit is cut,
// and then the text says truncated(): such a document is not to be sent.
#pragma once
#include "base/text.hpp"

namespace status {
using namespace abi;

class Json {
 public:
  explicit Json(base::Text& text) : text_(text) {}

  // Members of an object; key() is followed by one value.
  Json& key(const char* name) {
    string(name);
    text_.put(':');
    first_ = true;  // no comma between key and value
    return *this;
  }
  Json& open(char bracket) {  // '{' or '['
    separate();
    text_.put(bracket);
    first_ = true;
    return *this;
  }
  Json& close(char bracket) {
    text_.put(bracket);
    first_ = false;
    return *this;
  }
  Json& number(u64 value) {
    separate();
    text_.dec(value);
    return *this;
  }
  // `thousandths` / 1000, with three decimals.
  Json& decimal(u64 thousandths) {
    separate();
    text_.dec(thousandths / 1000).put('.').dec(thousandths % 1000, 3, '0');
    return *this;
  }
  Json& boolean(bool value) { return word(value ? "true" : "false"); }
  Json& null() { return word("null"); }
  Json& string(const char* value) { return string(value, ~0u); }
  // At most `most` bytes, up to a zero.
  Json& string(const char* value, u32 most) {
    separate();
    text_.put('"');
    for (u32 i = 0; i < most && value[i] != 0; i++) escape(static_cast<u8>(value[i]));
    text_.put('"');
    return *this;
  }

 private:
  void separate() {
    if (!first_) text_.put(',');
    first_ = false;
  }
  Json& word(const char* value) {
    separate();
    text_.put(value);
    return *this;
  }
  void escape(u8 c) {
    if (c == '"' || c == '\\') {
      text_.put('\\').put(static_cast<char>(c));
    } else if (c < 0x20 || c > 0x7e) {  // names are ASCII; anything else is shown as Latin-1
      text_.put("\\u").hex(c, 4);
    } else {
      text_.put(static_cast<char>(c));
    }
  }

  base::Text& text_;
  bool first_ = true;
};

}  // namespace status
