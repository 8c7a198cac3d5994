// SPDX-License-Identifier: MIT
// Lines on the machine's console. The kernel puts the environment's name in front of each, and
// drops what it does not like. Without a console capability everything is silently thrown away.
#pragma once
#include "base/text.hpp"

namespace core {
using namespace abi;

// Bytes as they are; a line goes out at its newline.
void write(const char* text, u64 length);

// One line under construction; the destructor sends it.
//   core::Line().text().put("listening on ").put(address);
class Line {
 public:
  Line() = default;
  ~Line() {
    buffer_[text_.size()] = '\n';
    write(buffer_, text_.size() + 1);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  base::Text& text() { return text_; }

 private:
  char buffer_[241];
  base::Text text_{buffer_, sizeof buffer_ - 1};
};

// A whole line.
void print(const char* line);

}  // namespace core
