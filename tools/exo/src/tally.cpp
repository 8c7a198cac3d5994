// SPDX-License-Identifier: MIT
#include "tally.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace exo {

void Tally::fail(std::string line) {
  failed++;
  failures.push_back(std::move(line));
}

void Tally::add(const Tally& other) {
  passed += other.passed;
  failed += other.failed;
  skipped += other.skipped;
  failures.insert(failures.end(), other.failures.begin(), other.failures.end());
}

bool Tally::take_line(std::string_view line) {
  if (line.starts_with("PASS ")) {
    passed++;
  } else if (line.starts_with("FAIL ")) {
    fail(std::string(line.substr(5)));
  } else if (line.starts_with("SKIP ")) {
    skipped++;
  } else {
    return false;
  }
  return true;
}

namespace {

using nlohmann::json;

// The first failure of one test, on one line.
std::string first_failure(const json& test) {
  std::string text = test.at("failures").at(0).value("failure", "failed");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void count_test(const json& test, const std::string& program, Tally& tally) {
  const std::string result = test.value("result", "");
  if (test.contains("failures")) {
    tally.fail(fmt::format("{} {}.{}: {}", program, test.value("classname", "?"), test.value("name", "?"),
                           first_failure(test)));
  } else if (result == "SKIPPED" || test.value("status", "") == "NOTRUN") {
    tally.skipped += result == "SKIPPED" ? 1 : 0;  // what a filter left out is not a skipped test
  } else {
    tally.passed++;
  }
}

}  // namespace

Tally read_gtest_report(std::string_view text, const std::string& program) {
  Tally tally;
  const json report = json::parse(text, nullptr, false);
  if (report.is_discarded() || !report.contains("testsuites")) return tally;
  for (const json& suite : report["testsuites"])
    for (const json& test : suite.value("testsuite", json::array())) count_test(test, program, tally);
  return tally;
}

std::string counts_text(const Tally& tally) {
  const std::string text = fmt::format("{} passed, {} failed", tally.passed, tally.failed);
  return tally.skipped == 0 ? text : fmt::format("{}, {} skipped", text, tally.skipped);
}

}  // namespace exo
