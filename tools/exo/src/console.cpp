// SPDX-License-Identifier: MIT
#include "console.hpp"

#include <cstdio>
#include <mutex>

namespace exo {

void print_line(std::string_view line) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

bool is_spoken_by(std::string_view line, std::string_view speaker) {
  if (!line.starts_with(speaker)) return false;
  std::string_view rest = line.substr(speaker.size());
  if (!rest.starts_with(".")) return rest.starts_with("|");
  rest.remove_prefix(1);
  return !rest.empty() && rest.find_first_not_of("0123456789") == rest.find('|') && rest.front() != '|';
}

void ConsoleFollower::take(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (speaker_.empty() || is_spoken_by(line, speaker_)) print_line(line);
}

void ConsoleFollower::print_new_lines() {
  if (!in_.is_open()) in_.open(path_, std::ios::binary);
  in_.clear();  // the end of the file was only its end so far
  char buffer[4096];
  while (in_.read(buffer, sizeof buffer), in_.gcount() > 0) {
    partial_.append(buffer, static_cast<std::size_t>(in_.gcount()));
    std::size_t start = 0;
    for (std::size_t end; (end = partial_.find('\n', start)) != std::string::npos; start = end + 1)
      take(std::string_view(partial_).substr(start, end - start));
    partial_.erase(0, start);
    in_.clear();
  }
}

void ConsoleFollower::print_rest() {
  print_new_lines();
  if (!partial_.empty()) take(partial_);
  partial_.clear();
}

}  // namespace exo
