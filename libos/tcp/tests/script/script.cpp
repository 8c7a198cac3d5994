// SPDX-License-Identifier: MIT
#include "script.hpp"

#include <sstream>

#include "tcp/segment.hpp"

namespace tcp::test {
namespace {

u32 number(const std::string& word) {
  std::size_t used = 0;
  const unsigned long value = std::stoul(word, &used, 0);
  if (used != word.size()) throw std::invalid_argument("a number was expected, not '" + word + "'");
  return static_cast<u32>(value);
}

Range range(const std::string& word) {
  const auto colon = word.find(':');
  if (colon == std::string::npos) throw std::invalid_argument("BEGIN:END was expected, not '" + word + "'");
  return {number(word.substr(0, colon)), number(word.substr(colon + 1))};
}

u8 flags(const std::string& letters) {
  u8 result = 0;
  for (const char letter : letters) {
    const auto at = std::string("FSRPA").find(letter);
    if (at == std::string::npos) throw std::invalid_argument("flags are FSRPA, not '" + letters + "'");
    result |= static_cast<u8>(1 << at);
  }
  return result;
}

// What stands between < and >.
void read_options(const std::string& text, ScriptSegment& segment) {
  segment.has_options = true;
  std::istringstream all(text);
  for (std::string one; std::getline(all, one, ',');) {
    std::istringstream in(one);
    std::string kind, a, b;
    in >> kind >> a >> b;
    if (kind == "mss") {
      segment.mss = number(a);
    } else if (kind == "scale") {
      segment.scale = number(a);
    } else if (kind == "sackok") {
      segment.sack_permitted = true;
    } else if (kind == "ts") {
      segment.has_times = true;
      if (a != "*") segment.ts_value = number(a);
      segment.ts_echo = number(b);
    } else if (kind == "sack") {
      segment.sack.push_back(range(a));
    } else if (!kind.empty()) {
      throw std::invalid_argument("no option '" + kind + "'");
    }
  }
}

ScriptSegment read_segment(std::string text) {
  ScriptSegment segment;
  const auto open = text.find('<');
  if (open != std::string::npos) {
    const auto close = text.find('>', open);
    if (close == std::string::npos) throw std::invalid_argument("options without an end");
    read_options(text.substr(open + 1, close - open - 1), segment);
    text.erase(open, close - open + 1);
  }
  std::istringstream in(text);
  std::string letters, numbers, word, value;
  in >> letters >> numbers;
  segment.flags = flags(letters);
  const Range covered = range(numbers);
  segment.begin = covered.begin;
  segment.end = covered.end;
  while (in >> word >> value) {
    if (word == "ack") {
      segment.ack = number(value);
    } else if (word == "win") {
      segment.window = number(value);
    } else if (word == "port") {
      segment.port = static_cast<u16>(number(value));
    } else {
      throw std::invalid_argument("no word '" + word + "' in a segment");
    }
  }
  return segment;
}

ScriptLine read_line(std::string text) {
  ScriptLine line;
  if (text.back() == '&') {
    line.more = true;
    text.pop_back();
  }
  std::istringstream in(text);
  std::string word;
  in >> word;
  if (word[0] == '+') {
    line.delay = static_cast<u64>(std::stod(word.substr(1)) * 1e9 + 0.5);
    in >> word;
  }
  if (word == "<" || word == ">") {
    line.kind = word == "<" ? ScriptLine::Kind::Give : ScriptLine::Kind::Expect;
    std::string rest;
    std::getline(in, rest);
    if (rest.find("toobig") == std::string::npos) {
      line.segment = read_segment(rest);
      return line;
    }
    in = std::istringstream(rest);
  } else {
    line.kind = word == "set" ? ScriptLine::Kind::Set
                : word == "!" ? ScriptLine::Kind::Check
                              : ScriptLine::Kind::Do;
    if (line.kind == ScriptLine::Kind::Do) line.words.push_back(word);
  }
  while (in >> word) line.words.push_back(word);
  if (line.words.empty()) throw std::invalid_argument("a word is missing");
  return line;
}

}  // namespace

Script read_script(const std::string& name, const std::string& text) {
  Script script{name, {}, {}};
  std::istringstream in(text);
  int at = 0;
  for (std::string raw; std::getline(in, raw);) {
    at++;
    raw = raw.substr(0, raw.find('#'));
    while (!raw.empty() && std::isspace(static_cast<unsigned char>(raw.back())) != 0) raw.pop_back();
    if (raw.empty()) continue;
    try {
      script.lines.push_back(read_line(raw));
      script.lines.back().number = at;
    } catch (const std::exception& wrong) {
      script.error = name + ":" + std::to_string(at) + ": " + wrong.what();
      return script;
    }
  }
  return script;
}

}  // namespace tcp::test
