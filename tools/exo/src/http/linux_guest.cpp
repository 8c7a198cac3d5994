// SPDX-License-Identifier: MIT
#include "linux_guest.hpp"

#include <array>

#include "cpio.hpp"
#include "debian.hpp"
#include "error.hpp"

namespace exo {

Path uncompressed_kernel(const Path& package);  // linux_kernel.cpp

namespace {

constexpr std::string_view kCommandLine =
    "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off tsc=reliable clocksource=tsc nokaslr "
    "audit=0 "
    "nmi_watchdog=0 rdinit=/init";

// Which of the first two needs the other is not the same in all versions: all are tried twice.
constexpr std::array kModules{"drivers/virtio/virtio_ring",
                              "drivers/virtio/virtio",
                              "drivers/virtio/virtio_pci_modern_dev",
                              "drivers/virtio/virtio_pci_legacy_dev",
                              "drivers/virtio/virtio_pci",
                              "net/core/failover",
                              "drivers/net/net_failover",
                              "drivers/net/virtio_net"};

// Package and file of it: nginx and the libraries that it is linked with.
constexpr std::array<std::pair<const char*, const char*>, 8> kServerFiles{
    {{"nginx", "usr/sbin/nginx"},
     {"libc6", "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
     {"libc6", "lib/x86_64-linux-gnu/libc.so.6"},
     {"libcrypt1", "lib/x86_64-linux-gnu/libcrypt.so.1"},
     {"libpcre2-8-0", "usr/lib/x86_64-linux-gnu/libpcre2-8.so.0"},
     {"libssl3", "usr/lib/x86_64-linux-gnu/libssl.so.3"},
     {"libssl3", "usr/lib/x86_64-linux-gnu/libcrypto.so.3"},
     {"zlib1g", "lib/x86_64-linux-gnu/libz.so.1"}}};

void add_modules(CpioWriter& to, const Path& package) {
  Path modules;
  for (const auto& entry : std::filesystem::directory_iterator(package / "lib/modules"))
    modules = entry.path() / "kernel";
  to.add_folder("modules");
  for (std::size_t i = 0; i < kModules.size(); i++) {
    const Path file = modules / (std::string(kModules[i]) + ".ko");
    to.add_file(fmt::format("modules/{}.ko", i), read_file(file));
  }
}

void add_nginx(CpioWriter& to, const Path& cache, std::uint32_t workers) {
  for (const auto& [package, file] : kServerFiles) {
    const Path from = fetch_package(package, cache) / file;
    const bool loader = Path(file).filename().string().starts_with("ld-");
    const std::string name = std::string(file).ends_with("nginx")
                                 ? "bin/nginx"
                                 : (loader ? "lib64/" : "lib/") + Path(file).filename().string();
    to.add_file(name, read_file(std::filesystem::canonical(from)), 0755);
  }
  to.add_text("etc/nginx.conf", nginx_settings(workers));
}

std::string start_script(const LinuxPurpose& purpose) {
  std::string script =
      "#!/bin/busybox sh\n"
      "b() { /bin/busybox \"$@\"; }\n"
      "b mount -t proc proc /proc\nb mount -t sysfs sys /sys\nb mount -t devtmpfs dev /dev\n";
  for (int pass = 0; pass < 2; pass++)
    for (std::size_t i = 0; i < kModules.size(); i++)
      script += fmt::format("b insmod /modules/{}.ko 2>/dev/null\n", i);
  script +=
      fmt::format("b ip link set lo up\nb ip link set eth0 up\nb ip addr add {} dev eth0\n", purpose.address);
  script += "export LD_LIBRARY_PATH=/lib\nulimit -n 65536\n";
  script +=
      purpose.server == LinuxServer::Nginx
          ? "exec /bin/nginx -c /etc/nginx.conf\n"
          : fmt::format("exec /bin/cheetah-linux --root /site --port 80 --workers {}\n", purpose.workers);
  return script;
}

void add_site(CpioWriter& to, const Path& site) {
  to.add_folder("site");
  for (const auto& entry : std::filesystem::directory_iterator(site))
    to.add_file("site/" + entry.path().filename().string(), read_file(entry.path()));
}

}  // namespace

std::string nginx_settings(std::uint32_t workers) {
  return fmt::format(
      "user root;\nworker_processes {};\ndaemon off;\nerror_log /dev/console crit;\npid /tmp/nginx.pid;\n"
      "worker_rlimit_nofile 65536;\n{}"
      "events {{ worker_connections 16384; multi_accept on; use epoll; }}\n"
      "http {{\n"
      "  access_log off;\n  sendfile on;\n  sendfile_max_chunk 0;\n  tcp_nopush on;\n  tcp_nodelay on;\n"
      "  open_file_cache max=100 inactive=1h;\n  open_file_cache_valid 1h;\n"
      "  keepalive_requests 100000000;\n  keepalive_timeout 1h;\n  reset_timedout_connection on;\n"
      "  default_type application/octet-stream;\n"
      "  client_body_temp_path /tmp/b;\n  proxy_temp_path /tmp/p;\n  fastcgi_temp_path /tmp/f;\n"
      "  uwsgi_temp_path /tmp/u;\n  scgi_temp_path /tmp/s;\n"
      "  server {{ listen 80 reuseport backlog=4096; root /site; }}\n}}\n",
      workers, workers > 1 ? "worker_cpu_affinity auto;\n" : "");
}

LinuxGuest prepare_linux(const LinuxPurpose& purpose, const Path& cache, const Path& folder) {
  const Path package = fetch_package(
      real_package("linux-image-amd64"), cache,
      {"./boot/vmlinuz*", "./lib/modules/*/kernel/drivers/virtio/*",
       "./lib/modules/*/kernel/drivers/net/*failover.ko", "./lib/modules/*/kernel/drivers/net/virtio_net.ko",
       "./lib/modules/*/kernel/net/core/*"});
  CpioWriter root;
  for (const char* name : {"bin", "dev", "etc", "lib", "lib64", "proc", "sys", "tmp"}) root.add_folder(name);
  root.add_file("bin/busybox", read_file(fetch_package("busybox-static", cache) / "bin/busybox"), 0755);
  root.add_text("etc/passwd", "root:x:0:0:root:/:/bin/false\n");
  root.add_text("etc/group", "root:x:0:\nnogroup:x:65534:\n");
  add_modules(root, package);
  if (purpose.server == LinuxServer::Nginx) {
    add_nginx(root, cache, purpose.workers);
  } else {
    root.add_file("bin/cheetah-linux", read_file(purpose.program), 0755);
  }
  add_site(root, purpose.site);
  root.add_text("init", start_script(purpose), 0755);
  std::filesystem::create_directories(folder);
  const Path initrd = folder / (purpose.server == LinuxServer::Nginx ? "nginx.cpio" : "cheetah.cpio");
  write_if_changed(initrd, std::move(root).finish());
  return {uncompressed_kernel(package), initrd, std::string(kCommandLine)};
}

}  // namespace exo
