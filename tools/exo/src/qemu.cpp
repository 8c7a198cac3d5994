// SPDX-License-Identifier: MIT
#include "qemu.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <initializer_list>

#include "address.hpp"
#include "error.hpp"
#include "paths.hpp"

namespace exo {

namespace {

constexpr const char* kMac = "52:54:00:12:34:56";
constexpr int kCleanOff = 0x10 << 1 | 1;  // what the kernel writes to isa-debug-exit, as QEMU returns it
constexpr int kPanic = 0x11 << 1 | 1;
constexpr int kFailureOff = 0x12 << 1 | 1;  // machine_off with a code other than 0

using Arguments = std::vector<std::string>;

void add(Arguments& to, std::initializer_list<std::string> more) { to.insert(to.end(), more); }

// Commas separate QEMU's options; one inside a value is doubled.
std::string escaped(const Path& path) {
  std::string result;
  for (const char c : path.string()) result += c == ',' ? std::string(",,") : std::string(1, c);
  return result;
}

void add_disk(Arguments& to, const Hardware& hardware) {
  if (hardware.disk_type == DiskType::None || hardware.disk.empty()) return;
  add(to, {"-drive", fmt::format("file={},if=none,id=d0,format=raw,snapshot={}", escaped(hardware.disk),
                                 hardware.keep_writes ? "off" : "on")});
  if (hardware.disk_type == DiskType::Nvme) {
    add(to, {"-device", "nvme,drive=d0,serial=exo0,max_ioqpairs=16"});
  } else if (hardware.board == Board::Microvm) {
    add(to, {"-device", "virtio-blk-device,drive=d0"});
  } else {
    add(to, {"-device", "virtio-blk-pci,drive=d0,disable-legacy=on"});
  }
}

std::string user_network(const Hardware& hardware) {
  std::string netdev = "user,id=n0";
  if (hardware.guest_net != 0) {
    netdev += fmt::format(",net={}/{}", address_text(hardware.guest_net), hardware.guest_prefix);
    if (hardware.guest_gateway != 0) netdev += fmt::format(",host={}", address_text(hardware.guest_gateway));
  }
  for (const Forward& forward : hardware.forwards) {
    const std::string guest = forward.guest_address == 0 ? "" : address_text(forward.guest_address);
    netdev += fmt::format(",hostfwd=tcp:127.0.0.1:{}-{}:{}", forward.host_port, guest, forward.guest_port);
  }
  return netdev;
}

std::string network(const Hardware& hardware) {
  if (!hardware.wire.guest_end.empty())
    return fmt::format("dgram,id=n0,local.type=unix,local.path={},remote.type=unix,remote.path={}",
                       escaped(hardware.wire.guest_end), escaped(hardware.wire.our_end));
  if (!hardware.tap.empty())
    return fmt::format("tap,id=n0,ifname={},script=no,downscript=no", escaped(hardware.tap));
  return user_network(hardware);
}

// Properties that take away what the person does not want offered.
std::string without_offloads(Offload offload) {
  std::string properties;
  if (offload == Offload::None) properties += ",csum=off,guest_csum=off";
  if (offload != Offload::All)
    properties +=
        ",gso=off,host_tso4=off,host_tso6=off,host_ecn=off,host_ufo=off"
        ",guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off";
  return properties;
}

void add_network(Arguments& to, const Hardware& hardware) {
  if (hardware.nic == Nic::None) {
    add(to, {"-nic", "none"});
    return;
  }
  const char* const device =
      hardware.board == Board::Microvm ? "virtio-net-device" : "virtio-net-pci,disable-legacy=on";
  add(to, {"-netdev", network(hardware), "-device",
           fmt::format("{},netdev=n0,mac={}{}", device, kMac, without_offloads(hardware.offload))});
  if (!hardware.dump.empty())
    add(to, {"-object", fmt::format("filter-dump,id=f0,netdev=n0,file={}", escaped(hardware.dump))});
}

void add_debugger(Arguments& to, const Hardware& hardware) {
  if (hardware.gdb_socket.empty()) return;
  add(to, {"-S", "-chardev",
           fmt::format("socket,path={},server=on,wait=off,id=gdb0", escaped(hardware.gdb_socket)), "-gdb",
           "chardev:gdb0"});
}

void add_monitor(Arguments& to, const Hardware& hardware) {
  if (hardware.monitor.empty()) return;
  add(to, {"-qmp", fmt::format("unix:{},server=on,wait=off", escaped(hardware.monitor))});
}

}  // namespace

std::string plugin_words(const std::string& library, const std::string& key, const Path& file) {
  return fmt::format("{},{}={}", (build_folder() / library).string(), key, file.string());
}

std::vector<std::string> qemu_command(const Hardware& hardware) {
  const bool kvm = hardware.accelerator == Accelerator::Kvm;
  Arguments to{"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot"};
  add(to, {"-display", "none", "-monitor", "none", "-parallel", "none"});
  add(to, {"-machine", hardware.board == Board::Q35 ? "q35" : "microvm,rtc=on"});
  const std::string model = !hardware.cpu_model.empty() ? hardware.cpu_model : kvm ? "host" : "max";
  const char* const tcg = hardware.count_time ? "tcg,thread=single" : "tcg,thread=multi";
  add(to, {"-accel", kvm ? "kvm" : tcg, "-cpu", model});
  if (hardware.count_time) add(to, {"-icount", "shift=0,sleep=off", "-rtc", "base=2020-01-01,clock=vm"});
  if (!hardware.plugin.empty()) add(to, {"-plugin", hardware.plugin});
  add(to, {"-smp", fmt::format("{}", hardware.cpus), "-m", fmt::format("{}M", hardware.memory >> 20)});
  add(to, {"-kernel", hardware.image.string()});
  if (!hardware.initrd.empty()) add(to, {"-initrd", hardware.initrd.string()});
  if (!hardware.append.empty()) add(to, {"-append", hardware.append});
  add(to, {"-chardev", fmt::format("file,id=console,path={}", escaped(hardware.console)), "-serial",
           "chardev:console"});
  add(to, {"-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"});
  if (hardware.board == Board::Microvm) add(to, {"-global", "virtio-mmio.force-legacy=false"});
  add_disk(to, hardware);
  add_network(to, hardware);
  add_debugger(to, hardware);
  add_monitor(to, hardware);
  return to;
}

Accelerator find_accelerator(const Path& cpuinfo, const Path& device) {
  std::ifstream in(cpuinfo);
  bool virtualises = false;
  for (std::string line; !virtualises && std::getline(in, line);) {
    if (!line.starts_with("flags")) continue;
    line += ' ';
    virtualises = line.find(" svm ") != std::string::npos || line.find(" vmx ") != std::string::npos;
  }
  if (!virtualises) return Accelerator::Tcg;
  const int handle = ::open(device.c_str(), O_RDWR | O_CLOEXEC);
  if (handle < 0) return Accelerator::Tcg;
  ::close(handle);
  return Accelerator::Kvm;
}

GuestEnd guest_end(int qemu_status) {
  switch (qemu_status) {
    case kCleanOff:
      return {Ending::PoweredOff, kExitOk};
    case kFailureOff:
      return {Ending::PoweredOff, kExitFailed};
    case kPanic:
      return {Ending::Panicked, 3};
    case 0:  // -no-reboot: QEMU ends when the guest resets, which ours never does on purpose
      return {Ending::Reset, kExitFailed};
    case 1:
      return {Ending::Failed, kExitFailed};
    default:
      return {Ending::Other, qemu_status};
  }
}

}  // namespace exo
