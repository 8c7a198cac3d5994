// SPDX-License-Identifier: MIT
// One table of a TOML file, read strictly: a key that is not in the list, or a value of another
// type, is an error with its line and what to do. Only the manifest parser includes this.
#pragma once
#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "manifest.hpp"

namespace exo {

class TomlTable {
 public:
  // `where` names the table in errors: "[machine]". `keys` are all it may have.
  TomlTable(const Path& file, const toml::table& table, std::string where,
            std::initializer_list<std::string_view> keys);

  int line() const { return line_; }
  bool has(std::string_view key) const { return table_->contains(key); }
  int line_of(std::string_view key) const;

  // The value of a key that must be there.
  At<std::string> text(std::string_view key) const;
  // The value, or `otherwise` at the table's own line.
  At<std::string> text(std::string_view key, std::string_view otherwise) const;
  std::uint32_t number(std::string_view key, std::uint32_t low, std::uint32_t high) const;
  std::uint32_t number(std::string_view key, std::uint32_t low, std::uint32_t high,
                       std::uint32_t otherwise) const;
  bool boolean(std::string_view key, bool otherwise) const;
  // A size like "16M", a multiple of 4 KiB.
  At<std::uint64_t> size(std::string_view key) const;
  At<std::uint64_t> size(std::string_view key, std::uint64_t otherwise) const;
  // A TCP port, as a number or as text. 0 if it is not there.
  At<std::uint32_t> port(std::string_view key) const;
  std::vector<At<std::string>> texts(std::string_view key) const;  // an array of strings; empty if not there
  const toml::table* table(std::string_view key) const;            // nullptr if not there
  std::vector<const toml::table*> tables(std::string_view key) const;

  // Throws: FILE:LINE: WHAT, at the line of the key (or of the table if it has no such key).
  [[noreturn]] void fail(std::string_view key, const std::string& what) const;

 private:
  const toml::node* node(std::string_view key) const { return table_->get(key); }

  const Path& file_;
  const toml::table* table_;
  std::string where_;
  int line_;
};

}  // namespace exo
