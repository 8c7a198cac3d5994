// SPDX-License-Identifier: MIT
// In which order a site's files lie on the disk: the order of use, so that what is wanted together is read
// together. Only on the host.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "libos/pack/host/writer.hpp"

namespace pack {

inline constexpr std::string_view kOrderFile = "_order";  // at the top of a site

// Numbers of all `files`, which are sorted by path. First what `list` names, line by line: a path, or a line
// of an access log in the Common Log Format, so that a log is an order too. Then the pages, from the top's
// index.html along their links and the other folders' after it, each followed by what it refers to; then the
// rest. Throws std::runtime_error for a line that names no file and is no log's.
std::vector<std::size_t> order_of_use(const std::vector<File>& files, std::string_view list = {});

// The paths and addresses that a page or a style sheet refers to, as they stand there, in their order.
std::vector<std::string> references_in(std::string_view text);

}  // namespace pack
