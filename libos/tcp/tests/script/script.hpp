// SPDX-License-Identifier: MIT
// Packet scripts: what a peer sends and an application does, and what must come of it, with times. The
// language is in ../scripts/README.md; here a script is read into lines.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tcp/header_options.hpp"

namespace tcp::test {

// The segment of a `<` or `>` line. Numbers are as written: the peer's own, and ours from our initial
// sequence number and first timestamp on.
struct ScriptSegment {
  u8 flags = 0;
  u32 begin = 0, end = 0;
  std::optional<u32> ack, window, mss, scale;
  bool sack_permitted = false;
  bool has_options = false;  // <> was written: what is not in it is not there
  bool has_times = false;
  std::optional<u32> ts_value;  // nothing: any
  u32 ts_echo = 0;
  std::vector<Range> sack;
  u16 port = 0;  // of the peer; 0: as before
};

struct ScriptLine {
  enum class Kind { Set, Give, Expect, Check, Do };
  Kind kind = Kind::Do;
  int number = 0;     // in the file
  u64 delay = 0;      // nanoseconds after the line before
  bool more = false;  // `&`: the engine is not polled behind this line
  ScriptSegment segment;
  std::vector<std::string> words;  // of the others
};

struct Script {
  std::string name;
  std::vector<ScriptLine> lines;
  std::string error;  // of reading: where and why
};

Script read_script(const std::string& name, const std::string& text);

// Plays it. Nothing if all came as written; else where and how it differed.
std::string play(const Script& script);

}  // namespace tcp::test
