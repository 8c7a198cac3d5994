// SPDX-License-Identifier: MIT
#include "network_space.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "command.hpp"
#include "error.hpp"

namespace exo {

namespace {

void put(const char* file, const std::string& text) { std::ofstream(file) << text; }

// Whoever is not root becomes it in a user namespace, where the network is his.
void separate() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const int what = user == 0 ? CLONE_NEWNET : CLONE_NEWNET | CLONE_NEWUSER;
  if (::unshare(what) != 0)
    fail("this machine allows no network namespace: {}; the bench needs one", std::strerror(errno));
  if (user == 0) return;
  put("/proc/self/setgroups", "deny");
  put("/proc/self/uid_map", fmt::format("0 {} 1", user));
  put("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

}  // namespace

void enter_network_space(const std::string& tap, const std::string& address) {
  separate();
  run_or_fail({"ip", "link", "set", "lo", "up"});
  run_or_fail({"ip", "tuntap", "add", "dev", tap, "mode", "tap"});
  run_or_fail({"ip", "addr", "add", address, "dev", tap});
  run_or_fail({"ip", "link", "set", tap, "up"});
  // Where they cannot be set, a run that needs more ports than there are says so by its errors.
  put("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535");
  put("/proc/sys/net/ipv4/tcp_tw_reuse", "1");
  put("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

}  // namespace exo
