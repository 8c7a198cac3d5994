// SPDX-License-Identifier: MIT
#include "publish.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "error.hpp"
#include "process.hpp"
#include "size.hpp"

namespace exo {

std::string server_name(const manifest::Env& env) {
  std::string name = env.name;
  if (env.instances != 0) name.resize(name.rfind('.'));
  return name;
}

namespace {

const manifest::Env* wanted_env(const manifest::Reader& compiled, const PublishRequest& request) {
  for (const manifest::Env& env : compiled.envs()) {
    if ((env.network.flags & manifest::kNetwork) == 0) continue;
    const bool fits = request.env.empty() ? env.network.port != 0 && (request.guest_port == 0 ||
                                                                      request.guest_port == env.network.port)
                                          : request.env == env.name || request.env == server_name(env);
    if (fits) return &env;
  }
  return nullptr;
}

Forward forward_to(const manifest::Env& env, std::uint32_t host_port, std::uint32_t guest_port) {
  return {host_port, env.network.address, guest_port, server_name(env)};
}

}  // namespace

PublishRequest parse_publish(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const auto host = parse_number(parts.front(), 65535);
  const auto port = parse_number(parts.back(), 65535);
  PublishRequest request{host.value_or(0), parts.size() == 3 ? parts[1] : "", port.value_or(0)};
  if (parts.size() == 2 && !port) request.env = parts[1];
  const bool good = parts.size() == 2 ? request.guest_port != 0 || !request.env.empty()
                                      : parts.size() == 3 && request.guest_port != 0 && !request.env.empty();
  if (request.host_port == 0 || !good)
    bad_input("-p {}: not a port to publish; write HOST:PORT, HOST:ENV or HOST:ENV:PORT, like 8080:80", text);
  return request;
}

std::vector<PlannedForward> plan_forwards(const manifest::Reader& compiled,
                                          const std::vector<PublishRequest>& requests) {
  std::vector<PlannedForward> planned;
  std::set<std::string> named;
  for (const PublishRequest& request : requests) {
    const manifest::Env* env = wanted_env(compiled, request);
    const std::uint32_t port = request.guest_port != 0 ? request.guest_port
                               : env != nullptr        ? env->network.port
                                                       : 0;
    if (env == nullptr || port == 0)
      bad_input("-p {}: no environment {} there; see [env.network] in the manifest", request.host_port,
                request.env.empty() ? fmt::format("with port {}", request.guest_port)
                                    : fmt::format("\"{}\" with a port", request.env));
    planned.push_back({forward_to(*env, request.host_port, port), false});
    if (port == env->network.port) named.insert(server_name(*env));
  }
  for (const manifest::Env& env : compiled.envs())
    if (env.network.publish != 0 && named.count(server_name(env)) == 0)
      planned.push_back({forward_to(env, env.network.publish, env.network.port), true});
  return planned;
}

bool port_is_free(std::uint32_t port) {
  const Handle handle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;  // as QEMU does: connections that are only waiting to be forgotten do not count
  ::setsockopt(handle.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(handle.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         ::listen(handle.get(), 1) == 0;
}

std::vector<Forward> settle_ports(const std::vector<PlannedForward>& planned,
                                  std::vector<std::string>& notes) {
  std::set<std::uint32_t> ours;
  for (const PlannedForward& plan : planned)
    if (const auto port = plan.forward.host_port; !ours.insert(port).second && !plan.movable)
      bad_input("-p {}: published twice; choose two ports", port);
  std::vector<Forward> settled;
  std::set<std::uint32_t> used;
  for (const PlannedForward& plan : planned) {
    Forward forward = plan.forward;
    const std::uint32_t wanted = forward.host_port;
    if (!plan.movable && !port_is_free(wanted))
      bad_input("-p {}: port {} is in use on this host; choose another", wanted, wanted);
    while (plan.movable && (used.count(forward.host_port) != 0 ||
                            (forward.host_port != wanted && ours.count(forward.host_port) != 0) ||
                            !port_is_free(forward.host_port)))
      if (++forward.host_port > 65535) fail("no free port from {} on; choose one with -p", wanted);
    if (forward.host_port != wanted)
      notes.push_back(
          fmt::format("port {} is in use on this host; {} is on {}", wanted, forward.env, forward.host_port));
    used.insert(forward.host_port);
    settled.push_back(forward);
  }
  return settled;
}

}  // namespace exo
