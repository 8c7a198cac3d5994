// SPDX-License-Identifier: MIT
// tcpdump expressions to classic BPF, by libpcap, for Ethernet.
#pragma once
#include <string>
#include <vector>

#include "abi/net.hpp"

namespace exo {

struct CompiledFilter {
  std::vector<abi::BpfInsn> code;  // at most abi::kMaxFilterInsns
  std::string error;               // empty, or what is wrong and what to do
};

CompiledFilter compile_filter(const std::string& expression);

}  // namespace exo
