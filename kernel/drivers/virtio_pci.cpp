// SPDX-License-Identifier: MIT
// Virtio over PCI, modern interface only (virtio 1.1, 4.1).
#include "kernel/drivers/virtio_transport.hpp"
#include "kernel/log.hpp"

namespace drivers::virtio {
namespace {

// Vendor capability, 4.1.4: byte offsets in it, and its kinds.
constexpr u8 kCapKind = 3, kCapBar = 4, kCapOffset = 8, kCapLength = 12, kCapMultiplier = 16;
constexpr u8 kKindCommon = 1, kKindNotify = 2, kKindDevice = 4;

// struct virtio_pci_common_cfg, 4.1.4.3.
constexpr u64 kDeviceFeatureSelect = 0, kDeviceFeature = 4, kDriverFeatureSelect = 8, kDriverFeature = 12;
constexpr u64 kConfigVector = 16, kDeviceStatus = 20, kConfigGeneration = 21;
constexpr u64 kQueueSelect = 22, kQueueSize = 24, kQueueVector = 26, kQueueEnable = 28;
constexpr u64 kQueueNotifyOffset = 30, kQueueDescriptors = 32, kQueueAvailable = 40, kQueueUsed = 48;
constexpr u64 kCommonBytes = 56;
constexpr u16 kNoVector = 0xffff;
constexpr u16 kOurVector = 0;  // entry of the MSI-X table that all queues share

u8 status(const Transport& t) { return t.registers.read<u8>(kDeviceStatus); }
void set_status(const Transport& t, u8 value) { t.registers.write<u8>(kDeviceStatus, value); }

u64 device_features(const Transport& t) {
  t.registers.write<u32>(kDeviceFeatureSelect, 0);
  const u64 low = t.registers.read<u32>(kDeviceFeature);
  t.registers.write<u32>(kDeviceFeatureSelect, 1);
  return low | static_cast<u64>(t.registers.read<u32>(kDeviceFeature)) << 32;
}

void set_driver_features(const Transport& t, u64 features) {
  t.registers.write<u32>(kDriverFeatureSelect, 0);
  t.registers.write<u32>(kDriverFeature, static_cast<u32>(features));
  t.registers.write<u32>(kDriverFeatureSelect, 1);
  t.registers.write<u32>(kDriverFeature, static_cast<u32>(features >> 32));
}

u16 queue_limit(const Transport& t, u16 queue) {
  t.registers.write<u16>(kQueueSelect, queue);
  return t.registers.read<u16>(kQueueSize);
}

// 64-bit fields are written as two halves (4.1.3.1).
void write_address(const Transport& t, u64 offset, u64 physical) {
  t.registers.write<u32>(offset, static_cast<u32>(physical));
  t.registers.write<u32>(offset + 4, static_cast<u32>(physical >> 32));
}

bool enable_queue(Transport& t, u16 queue, u16 size, const QueueAddress& address) {
  t.registers.write<u16>(kQueueSelect, queue);
  t.registers.write<u16>(kQueueSize, size);
  t.registers.write<u16>(kQueueVector, kOurVector);
  if (t.registers.read<u16>(kQueueVector) != kOurVector) return false;
  write_address(t, kQueueDescriptors, address.descriptors);
  write_address(t, kQueueAvailable, address.available);
  write_address(t, kQueueUsed, address.used);
  const u64 offset = static_cast<u64>(t.registers.read<u16>(kQueueNotifyOffset)) * t.notify_multiplier;
  if (offset + 2 > t.notify_area.length()) return false;
  t.notify[queue] = t.notify_area.from(offset);
  t.registers.write<u16>(kQueueEnable, 1);
  return true;
}

u32 generation(const Transport& t) { return t.registers.read<u8>(kConfigGeneration); }

void route(Transport& t, u8 vector) {
  t.registers.write<u16>(kConfigVector, kNoVector);
  t.msix.route(kOurVector, vector, 0);
}

constexpr TransportOps kPciOps = {status,      set_status,   device_features, set_driver_features,
                                  queue_limit, enable_queue, generation,      route};

// A transitional device has the identifier of the legacy interface, 0x1000 on; a modern one 0x1040
// plus its type (4.1.2.1).
Type type_of(u16 device_id) {
  if (device_id == 0x1000 || device_id == 0x1041) return Type::Net;
  if (device_id == 0x1001 || device_id == 0x1042) return Type::Blk;
  return Type::None;
}

// The first capability of each kind that lies in a memory BAR (4.1.4.1).
void find_windows(Transport* t) {
  const pci::Function f = t->function;
  for (u8 at = f.capability(pci::kCapVendor); at != 0; at = f.capability(pci::kCapVendor, at)) {
    const u8 kind = f.read8(static_cast<u8>(at + kCapKind));
    Window* window = kind == kKindCommon   ? &t->registers
                     : kind == kKindNotify ? &t->notify_area
                     : kind == kKindDevice ? &t->config
                                           : nullptr;
    if (window == nullptr || window->length() != 0) continue;
    const u32 length = f.read32(static_cast<u8>(at + kCapLength));
    if (length == 0) continue;
    *window =
        f.map_bar(f.read8(static_cast<u8>(at + kCapBar)), f.read32(static_cast<u8>(at + kCapOffset)), length);
    if (kind == kKindNotify) t->notify_multiplier = f.read32(static_cast<u8>(at + kCapMultiplier));
  }
}

bool refuse(pci::Function f, const char* why) {
  kernel::Log log("virtio");
  pci::put_name(f, log.text());
  log.text().put(": ").put(why);
  return false;
}

}  // namespace

Type probe_pci(pci::Function function) {
  constexpr u16 kRedHat = 0x1af4;
  return function.vendor() == kRedHat ? type_of(function.device_id()) : Type::None;
}

bool open_pci(pci::Function function, Transport* transport) {
  transport->function = function;
  transport->type = probe_pci(function);
  function.enable();
  find_windows(transport);
  if (transport->registers.length() < kCommonBytes || transport->notify_area.length() == 0) {
    function.stop_dma();
    return refuse(function, "legacy device, not used: give it disable-modern=off");
  }
  if (!transport->msix.open(function)) {
    function.stop_dma();
    return refuse(function, "no MSI-X, not used: give it vectors=2 or more");
  }
  transport->ops = &kPciOps;
  return true;
}

}  // namespace drivers::virtio
