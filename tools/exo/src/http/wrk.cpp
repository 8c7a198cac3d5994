// SPDX-License-Identifier: MIT
#include "wrk.hpp"

#include <array>
#include <charconv>
#include <sstream>

#include "error.hpp"

namespace exo {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kUnits{Unit{"us", 1e-6},      Unit{"ms", 1e-3},      Unit{"s", 1},
                            Unit{"m", 60},         Unit{"h", 3600},       Unit{"B", 1},
                            Unit{"KB", 1ul << 10}, Unit{"MB", 1ul << 20}, Unit{"GB", 1ul << 30}};

// A round trip may take long where 256 connections ask for a large file; a slow answer is no error.
constexpr const char* kTimeout = "60s";

// The first word of `line`.
std::string first_word(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  return word;
}

// "  1234 requests in 2.00s, 3.45MB read"
void take_totals(const std::string& line, WrkResult& result) {
  std::istringstream words(line);
  std::string requests, in, time, bytes;
  words >> result.requests >> requests >> in >> time >> bytes;
  if (!words || !time.ends_with(',')) fail("wrk: cannot be understood: {}", line);
  time.pop_back();
  result.seconds = parse_wrk_quantity(time);
  result.bytes = parse_wrk_quantity(bytes);
}

std::string trimmed(const std::string& line) {
  const auto from = line.find_first_not_of(' ');
  return from == std::string::npos ? "" : line.substr(from);
}

}  // namespace

std::vector<std::string> wrk_command(const WrkLoad& load) {
  std::vector<std::string> command{"wrk", "--latency", "-t", "1", "--timeout", kTimeout};
  command.insert(command.end(), {"-c", fmt::format("{}", load.connections)});
  command.insert(command.end(), {"-d", fmt::format("{}s", load.seconds)});
  if (load.close) command.insert(command.end(), {"-H", "Connection: close"});
  command.push_back(load.url);
  return command;
}

double parse_wrk_quantity(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc())
    for (const Unit& known : kUnits)
      if (unit == known.name) return number * known.factor;
  fail("wrk: not a quantity: {}", text);
}

WrkResult parse_wrk(std::string_view output) {
  WrkResult result;
  bool totals = false, middle = false, high = false;
  std::istringstream lines{std::string(output)};
  for (std::string line; std::getline(lines, line);) {
    const std::string word = first_word(line);
    if (word == "50%")
      result.p50 = parse_wrk_quantity(first_word(line.substr(line.find('%') + 1))), middle = true;
    if (word == "99%")
      result.p99 = parse_wrk_quantity(first_word(line.substr(line.find('%') + 1))), high = true;
    if (line.find(" requests in ") != std::string::npos) take_totals(line, result), totals = true;
    if (word == "Socket" || word == "Non-2xx")
      result.errors += (result.errors.empty() ? "" : "; ") + trimmed(line);
  }
  if (!totals || !middle || !high) fail("wrk did not come to its end: {}", output);
  if (result.requests == 0 && result.errors.empty()) result.errors = "no request was answered";
  return result;
}

}  // namespace exo
