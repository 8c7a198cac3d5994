// SPDX-License-Identifier: MIT
#include "toml_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "size.hpp"

namespace exo {

namespace {

// Insertions, deletions and replacements that make one word of the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); i++) {
    std::size_t corner = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); j++) {
      const std::size_t replaced = corner + (a[i] == b[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string advice(std::string_view wrong, std::initializer_list<std::string_view> keys) {
  const auto* nearest = std::min_element(
      keys.begin(), keys.end(), [&](auto a, auto b) { return distance(wrong, a) < distance(wrong, b); });
  if (distance(wrong, *nearest) <= 2) return fmt::format("did you mean \"{}\"?", *nearest);
  return fmt::format("it may have {}", fmt::join(keys, ", "));
}

int first_line(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

}  // namespace

TomlTable::TomlTable(const Path& file, const toml::table& table, std::string where,
                     std::initializer_list<std::string_view> keys)
    : file_(file), table_(&table), where_(std::move(where)), line_(std::max(first_line(table), 1)) {
  for (const auto& [key, value] : table) {
    if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
    bad_manifest(file_, static_cast<int>(key.source().begin.line),
                 fmt::format("unknown key \"{}\" in {}; {}", key.str(), where_, advice(key.str(), keys)));
  }
}

int TomlTable::line_of(std::string_view key) const {
  const toml::node* found = node(key);
  return found != nullptr ? first_line(*found) : line_;
}

void TomlTable::fail(std::string_view key, const std::string& what) const {
  bad_manifest(file_, line_of(key), what);
}

At<std::string> TomlTable::text(std::string_view key) const {
  if (!has(key)) fail(key, fmt::format("{} has no {}; add {} = \"...\"", where_, key, key));
  const auto value = node(key)->value_exact<std::string>();
  if (!value) fail(key, fmt::format("{} must be text; write {} = \"...\"", key, key));
  return {*value, line_of(key)};
}

At<std::string> TomlTable::text(std::string_view key, std::string_view otherwise) const {
  return has(key) ? text(key) : At<std::string>{std::string(otherwise), line_};
}

std::uint32_t TomlTable::number(std::string_view key, std::uint32_t low, std::uint32_t high) const {
  if (!has(key)) fail(key, fmt::format("{} has no {}; add {} = {}", where_, key, key, low));
  const auto value = node(key)->value_exact<std::int64_t>();
  if (!value || *value < low || *value > high)
    fail(key, fmt::format("{} must be a whole number; write one from {} to {}", key, low, high));
  return static_cast<std::uint32_t>(*value);
}

std::uint32_t TomlTable::number(std::string_view key, std::uint32_t low, std::uint32_t high,
                                std::uint32_t otherwise) const {
  return has(key) ? number(key, low, high) : otherwise;
}

bool TomlTable::boolean(std::string_view key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const auto value = node(key)->value_exact<bool>();
  if (!value) fail(key, fmt::format("{} is neither true nor false; write one of them", key));
  return *value;
}

At<std::uint64_t> TomlTable::size(std::string_view key) const {
  if (!has(key)) fail(key, fmt::format("{} has no {}; add {} = \"16M\"", where_, key, key));
  const auto written = node(key)->value_exact<std::string>();
  const auto bytes = written ? parse_size(*written) : std::nullopt;
  if (!bytes)
    fail(key, fmt::format("{} is not a size; write a number and a unit, like \"512K\" or \"16M\"", key));
  if (*bytes % 4096 != 0) fail(key, fmt::format("{} is not a multiple of 4K; round it up", key));
  return {*bytes, line_of(key)};
}

At<std::uint64_t> TomlTable::size(std::string_view key, std::uint64_t otherwise) const {
  return has(key) ? size(key) : At<std::uint64_t>{otherwise, line_};
}

At<std::uint32_t> TomlTable::port(std::string_view key) const {
  if (!has(key)) return {0, line_};
  const auto written = node(key)->value_exact<std::string>();
  const auto number = node(key)->value_exact<std::int64_t>();
  const auto value = parse_number(written ? *written : number ? std::to_string(*number) : "", 65535);
  if (!value || *value < 1) fail(key, fmt::format("{} is not a port; write a number from 1 to 65535", key));
  return {*value, line_of(key)};
}

std::vector<At<std::string>> TomlTable::texts(std::string_view key) const {
  if (!has(key)) return {};
  const toml::array* array = node(key)->as_array();
  if (array == nullptr) fail(key, fmt::format("{} must be a list; write {} = [\"...\"]", key, key));
  std::vector<At<std::string>> result;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::string>();
    if (!value)
      bad_manifest(file_, first_line(item),
                   fmt::format("{} holds something that is not text; quote it", key));
    result.push_back({*value, first_line(item)});
  }
  return result;
}

const toml::table* TomlTable::table(std::string_view key) const {
  if (!has(key)) return nullptr;
  const toml::table* found = node(key)->as_table();
  if (found == nullptr)
    fail(key, fmt::format("{} must be a table; write {} = {{ ... }} or [{}]", key, key, key));
  return found;
}

std::vector<const toml::table*> TomlTable::tables(std::string_view key) const {
  if (!has(key)) return {};
  const toml::array* array = node(key)->as_array();
  std::vector<const toml::table*> result;
  for (std::size_t i = 0; array != nullptr && i < array->size(); i++) {
    const toml::table* item = array->get(i)->as_table();
    if (item == nullptr)
      bad_manifest(file_, first_line(*array->get(i)),
                   fmt::format("{} must hold tables; write {{ ... }}", key));
    result.push_back(item);
  }
  if (array == nullptr)
    fail(key, fmt::format("{} must be a list of tables; write [[{}]] or {} = [{{ ... }}]", key, key, key));
  return result;
}

}  // namespace exo
