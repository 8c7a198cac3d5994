// SPDX-License-Identifier: MIT
#include "filter.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <memory>

namespace exo {

namespace {

constexpr int kSnapLength = 65535;  // what a program returns to accept a packet: never cut it

struct Close {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

}  // namespace

CompiledFilter compile_filter(const std::string& expression) {
  const std::unique_ptr<pcap_t, Close> handle(pcap_open_dead(DLT_EN10MB, kSnapLength));
  if (!handle) return {{}, "libpcap has no memory; free some"};
  bpf_program program{};
  if (pcap_compile(handle.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return {{}, fmt::format("{}; write it as for tcpdump (man 7 pcap-filter)", pcap_geterr(handle.get()))};
  CompiledFilter result;
  for (unsigned i = 0; i < program.bf_len; i++) {
    const bpf_insn& insn = program.bf_insns[i];
    result.code.push_back({insn.code, insn.jt, insn.jf, insn.k});
  }
  pcap_freecode(&program);
  if (result.code.size() > abi::kMaxFilterInsns)
    return {{},
            fmt::format("it takes {} instructions and the kernel takes {}; make it simpler",
                        result.code.size(), abi::kMaxFilterInsns)};
  return result;
}

}  // namespace exo
