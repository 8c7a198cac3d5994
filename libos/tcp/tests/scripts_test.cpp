// SPDX-License-Identifier: MIT
// Every packet script in scripts/ is a test. And every script can fail: whatever line of what it
// expects is taken out or changed, it does.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "script/script.hpp"

namespace tcp::test {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(EXO_SCRIPTS))
    if (entry.path().extension() == ".pkt") found.push_back(entry.path().stem());
  std::sort(found.begin(), found.end());
  return found;
}

Script load(const std::string& name) {
  std::ifstream file(std::string(EXO_SCRIPTS) + "/" + name + ".pkt");
  std::ostringstream text;
  text << file.rdbuf();
  return read_script(name + ".pkt", text.str());
}

class Scripts : public ::testing::TestWithParam<std::string> {};

TEST_P(Scripts, Plays) { EXPECT_EQ(play(load(GetParam())), ""); }

// Without the short ways all comes as with them, but that none was taken.
TEST_P(Scripts, PlaysTheLongWay) {
  Script script = load(GetParam());
  std::erase_if(script.lines, [](const ScriptLine& line) {
    return line.kind == ScriptLine::Kind::Check && line.words[0] == "predicted";
  });
  ScriptLine off;
  off.kind = ScriptLine::Kind::Set;
  off.words = {"predict", "off"};
  script.lines.insert(script.lines.begin(), off);
  EXPECT_EQ(play(script), "");
}

bool expects(const ScriptLine& line) {
  return line.kind == ScriptLine::Kind::Expect || line.kind == ScriptLine::Kind::Check;
}

TEST_P(Scripts, CanFail) {
  const Script script = load(GetParam());
  u32 expected = 0;
  for (u64 i = 0; i < script.lines.size(); i++) {
    const ScriptLine& line = script.lines[i];
    if (!expects(line)) continue;
    expected++;
    Script changed = script;
    if (line.kind == ScriptLine::Kind::Expect) {
      changed.lines[i].segment.end++;
      EXPECT_NE(play(changed), "") << "line " << line.number << " with another length";
      changed = script;
      changed.lines[i].delay += 7'000'000;
      if (i + 1 < script.lines.size() && script.lines[i + 1].delay >= 7'000'000)
        changed.lines[i + 1].delay -= 7'000'000;
      EXPECT_NE(play(changed), "") << "line " << line.number << " 7 ms later";
      changed = script;
      changed.lines[i].kind = ScriptLine::Kind::Do;
      changed.lines[i].words = {"wait"};
      changed.lines[i].delay += 2'000'000;
      EXPECT_NE(play(changed), "") << "without line " << line.number;
    } else {
      changed.lines[i].words.back() += "1";
      EXPECT_NE(play(changed), "") << "line " << line.number << " with another value";
    }
  }
  EXPECT_GT(expected, 0u) << "a script that expects nothing";
}

INSTANTIATE_TEST_SUITE_P(All, Scripts, ::testing::ValuesIn(names()), [](const auto& each) {
  std::string name = each.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(ScriptReader, SaysWhatIsWrong) {
  EXPECT_EQ(read_script("x", "listen\n+0.1 > A 1:1 ack 1 <ts * 5>\n").error, "");
  for (const char* bad :
       {"> Q 1:1", "> A 1", "> A 1:1 wind 5", "> A 1:1 <mss 5", "< A 1:1 <what 5>", "set", "> A x:1"})
    EXPECT_NE(read_script("x", bad).error.find("x:1: "), std::string::npos) << bad;
}

TEST(ScriptPlayer, SaysWhereItDiffered) {
  const auto error = [](const char* text) { return play(read_script("x", text)); };
  EXPECT_NE(error("").find("nothing happens"), std::string::npos);
  EXPECT_NE(error("listen\n> A 1:1\n").find("x:2: nothing was sent"), std::string::npos);
  EXPECT_NE(error("listen\n< S 9:9\n").find("x:2: at the end: a segment was sent"), std::string::npos);
  EXPECT_NE(error("listen\n< S 9:9\n> SA 0:0 ack 11\n").find("x:3: ack is 10, not 11"), std::string::npos);
  EXPECT_NE(error("listen\n< S 9:9\n+1 > SA 0:0 ack 10\n").find("earlier"), std::string::npos);
  EXPECT_NE(error("listen\n< S 9:9\n> SA 0:0 ack 10\n< A 10:10 ack 1\n").find("told 'opened'"),
            std::string::npos);
}

}  // namespace
}  // namespace tcp::test
