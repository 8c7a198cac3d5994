// SPDX-License-Identifier: MIT
#include "libos/pack/host/order.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <optional>
#include <stdexcept>

namespace pack {

namespace {

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}
bool is_page(std::string_view path) { return ends_with_any(path, {".html", ".htm"}); }
bool may_refer(std::string_view path) { return is_page(path) || ends_with_any(path, {".css", ".svg"}); }

// What stands behind `at`: in quotes, in brackets, or up to a blank.
std::string value_at(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) at++;
  if (at == text.size()) return {};
  const bool quoted = text[at] == '"' || text[at] == '\'';
  const std::string_view ends = quoted ? text.substr(at, 1) : std::string_view(" \t\r\n>)");
  if (quoted) at++;
  const std::size_t end = text.find_first_of(ends, at);
  return std::string(trimmed(text.substr(at, end == text.npos ? 0 : end - at)));
}

// Where a reference's value begins if one begins at `at`; npos: none does.
std::size_t reference_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("url(")) return at + 4;
  if (rest.starts_with("@import") && rest.find_first_not_of(" \t", 7) != rest.npos &&
      (rest[rest.find_first_not_of(" \t", 7)] == '"' || rest[rest.find_first_not_of(" \t", 7)] == '\''))
    return at + 7;
  const bool inside = at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0);
  for (const std::string_view name : {"href", "src", "poster"}) {
    if (inside || !rest.starts_with(name)) continue;
    std::size_t equals = name.size();
    while (equals < rest.size() && is_blank(rest[equals])) equals++;
    if (equals < rest.size() && rest[equals] == '=') return at + equals + 1;
  }
  return text.npos;
}

// The site's path that `reference` in the file `from` means; nothing if it leads elsewhere.
std::optional<std::string> resolve(std::string_view from, std::string_view reference) {
  reference = reference.substr(0, reference.find_first_of("?#"));
  if (reference.starts_with("//") || reference.find(':') != reference.npos) return std::nullopt;
  if (reference.empty()) return std::nullopt;
  std::string all;
  if (reference.front() != '/') all = std::string(from.substr(0, from.rfind('/') + 1));
  all += reference;
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find('/', at), all.size());
    const std::string part = all.substr(at, end - at);
    if (part == ".." && parts.empty()) return std::nullopt;
    if (part == "..") parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    at = end + 1;
  }
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : "/") + part;
  const bool folder = all.ends_with('/') || all.ends_with("/.") || path.empty();
  return folder ? path + (path.empty() ? "index.html" : "/index.html") : path;
}

class Walk {
 public:
  explicit Walk(const std::vector<File>& files)
      : files_(files), placed_(files.size()), walked_(files.size()) {}

  void take_list(std::string_view list) {
    for (std::size_t number = 1; !list.empty(); number++) {
      const std::size_t end = std::min(list.find('\n'), list.size());
      take_line(trimmed(list.substr(0, end)), number);
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  }
  void take_pages() {
    start_at("index.html");
    for (const File& file : files_)
      if (file.path.ends_with("/index.html")) start_at(file.path);
  }
  std::vector<std::size_t> finish() && {
    for (std::size_t i = 0; i < files_.size(); i++) place(i);
    return std::move(order_);
  }

 private:
  void take_line(std::string_view line, std::size_t number) {
    if (line.empty() || line.front() == '#') return;
    bool logged = false;
    std::string_view path = line;
    for (const std::string_view method : {"\"GET ", "\"HEAD "}) {
      const std::size_t at = line.find(method);
      if (at == line.npos) continue;
      logged = true;
      path = line.substr(at + method.size());
      path = path.substr(0, path.find_first_of(" \""));
    }
    const std::optional<std::string> meant = resolve("", path);
    const std::optional<std::size_t> found = meant ? find(*meant) : std::nullopt;
    if (found) place(*found);
    if (!found && !logged)
      throw std::runtime_error("_order, line " + std::to_string(number) + ": '" + std::string(line) +
                               "' is no file of the site");
  }

  // A page with all it refers to, and then the pages that it leads to.
  void start_at(const std::string& path) {
    std::deque<std::size_t> pages;
    if (const auto page = find(path)) pages.push_back(*page);
    for (; !pages.empty(); pages.pop_front())
      if (!walked_[pages.front()]) follow(pages.front(), pages);
  }

  // What is part of a page comes behind it at once, and what is part of that; other pages wait.
  void follow(std::size_t file, std::deque<std::size_t>& pages) {
    std::vector<std::size_t> open{file};
    while (!open.empty()) {
      const std::size_t here = open.back();
      open.pop_back();
      place(here);
      if (walked_[here] || !may_refer(files_[here].path)) continue;
      walked_[here] = true;
      const std::string_view text(reinterpret_cast<const char*>(files_[here].bytes.data()),
                                  files_[here].bytes.size());
      std::vector<std::size_t> parts;
      for (const std::string& reference : references_in(text)) {
        const auto path = resolve(files_[here].path, reference);
        const auto found = path ? find(*path) : std::nullopt;
        if (found)
          (is_page(files_[*found].path) ? static_cast<void>(pages.push_back(*found))
                                        : parts.push_back(*found));
      }
      open.insert(open.end(), parts.rbegin(), parts.rend());
    }
  }

  // With its compressed forms behind it, which are sent in its place.
  void place(std::size_t file) {
    if (placed_[file]) return;
    placed_[file] = true;
    order_.push_back(file);
    for (const char* ending : {".br", ".gz"})
      if (const auto other = find(files_[file].path + ending)) place(*other);
  }

  std::optional<std::size_t> find(const std::string& path) const {
    const auto at =
        std::lower_bound(files_.begin(), files_.end(), path,
                         [](const File& file, const std::string& wanted) { return file.path < wanted; });
    if (at == files_.end() || at->path != path) return std::nullopt;
    return static_cast<std::size_t>(at - files_.begin());
  }

  const std::vector<File>& files_;
  std::vector<bool> placed_, walked_;
  std::vector<std::size_t> order_;
};

}  // namespace

std::vector<std::string> references_in(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = text.find_first_of("uhsp@", at)) != text.npos; at++) {
    const std::size_t begins = reference_at(text, at);
    if (begins != text.npos) found.push_back(value_at(text, begins));
  }
  return found;
}

std::vector<std::size_t> order_of_use(const std::vector<File>& files, std::string_view list) {
  Walk walk(files);
  walk.take_list(list);
  walk.take_pages();
  return std::move(walk).finish();
}

}  // namespace pack
