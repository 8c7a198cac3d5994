// SPDX-License-Identifier: MIT
// Every mistake in a manifest is one line that names the file, the line, what is wrong and what to
// do. The fixtures under bad/ carry the text that they must lead to, at the line it must name.
#include <algorithm>
#include <sstream>

#include "disk.hpp"
#include "error.hpp"
#include "manifest_compile.hpp"

namespace exo {
namespace {

const Path kFixtures = Path(EXO_TOOL_TESTS) / "bad";
const std::string kMark = "# expect: ";

std::vector<std::string> fixtures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFixtures))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// FILE:LINE: TEXT, as the fixture says it.
std::string expected_error(const Path& file, const std::string& text) {
  std::istringstream in(text);
  std::string line;
  for (int number = 1; std::getline(in, line); number++)
    if (const auto mark = line.find(kMark); mark != std::string::npos)
      return fmt::format("{}:{}: {}", file.string(), number, line.substr(mark + kMark.size()));
  return "no " + kMark + "in the fixture";
}

// All that `exo build` does with a manifest before anything is compiled or written.
void take_manifest(const Path& file, const std::string& text) {
  Manifest manifest = parse_manifest(file, text);
  check_manifest(manifest, [](const std::string& program) { return program == "root" || program == "web"; });
  expand_instances(manifest);
  const auto placements = lay_out(manifest);
  compile_manifest(manifest, placements);
  load_content(manifest, placements);
}

class BadManifest : public testing::TestWithParam<std::string> {};

TEST_P(BadManifest, IsRefusedInOneLine) {
  const Path file = kFixtures / (GetParam() + ".toml");
  const std::string text = read_text(file);
  std::string expected = expected_error(file, text);
  try {
    take_manifest(file, text);
    FAIL() << "accepted";
  } catch (const Error& error) {
    std::string found = error.what();
    EXPECT_EQ(found.find('\n'), std::string::npos);
    EXPECT_EQ(error.status(), kExitBadInput);
    if (expected.ends_with("...")) {
      expected.resize(expected.size() - 3);
      found.resize(std::min(found.size(), expected.size()));
    }
    EXPECT_EQ(found, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, BadManifest, testing::ValuesIn(fixtures()),
                         [](const auto& fixture) { return fixture.param; });

TEST(BadManifests, AreThere) { EXPECT_GE(fixtures().size(), 48u); }

}  // namespace
}  // namespace exo
