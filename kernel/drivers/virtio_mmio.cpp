// SPDX-License-Identifier: MIT
// Virtio over a block of registers, version 2 (virtio 1.1, 4.2).
#include "kernel/drivers/virtio_transport.hpp"
#include "kernel/log.hpp"

namespace drivers::virtio {
namespace {

// 4.2.2: register offsets. InterruptStatus and InterruptACK are used in acknowledge().
constexpr u64 kMagic = 0x00, kVersion = 0x04, kDeviceId = 0x08;
constexpr u64 kDeviceFeatures = 0x10, kDeviceFeaturesSelect = 0x14;
constexpr u64 kDriverFeatures = 0x20, kDriverFeaturesSelect = 0x24;
constexpr u64 kQueueSelect = 0x30, kQueueNumMax = 0x34, kQueueNum = 0x38, kQueueReady = 0x44;
constexpr u64 kQueueNotify = 0x50, kStatus = 0x70;
constexpr u64 kQueueDescriptors = 0x80, kQueueDriver = 0x90, kQueueDevice = 0xa0;
constexpr u64 kConfigGeneration = 0xfc, kConfig = 0x100;
constexpr u64 kBlockBytes = 0x200;
constexpr u32 kMagicValue = 0x74726976;  // "virt"

u8 status(const Transport& t) { return static_cast<u8>(t.registers.read<u32>(kStatus)); }
void set_status(const Transport& t, u8 value) { t.registers.write<u32>(kStatus, value); }

u64 device_features(const Transport& t) {
  t.registers.write<u32>(kDeviceFeaturesSelect, 0);
  const u64 low = t.registers.read<u32>(kDeviceFeatures);
  t.registers.write<u32>(kDeviceFeaturesSelect, 1);
  return low | static_cast<u64>(t.registers.read<u32>(kDeviceFeatures)) << 32;
}

void set_driver_features(const Transport& t, u64 features) {
  t.registers.write<u32>(kDriverFeaturesSelect, 0);
  t.registers.write<u32>(kDriverFeatures, static_cast<u32>(features));
  t.registers.write<u32>(kDriverFeaturesSelect, 1);
  t.registers.write<u32>(kDriverFeatures, static_cast<u32>(features >> 32));
}

u16 queue_limit(const Transport& t, u16 queue) {
  t.registers.write<u32>(kQueueSelect, queue);
  const u32 limit = t.registers.read<u32>(kQueueNumMax);
  return static_cast<u16>(limit < 0x8000 ? limit : 0x8000);
}

void write_address(const Transport& t, u64 offset, u64 physical) {
  t.registers.write<u32>(offset, static_cast<u32>(physical));
  t.registers.write<u32>(offset + 4, static_cast<u32>(physical >> 32));
}

bool enable_queue(Transport& t, u16 queue, u16 size, const QueueAddress& address) {
  t.registers.write<u32>(kQueueSelect, queue);
  if (t.registers.read<u32>(kQueueReady) != 0) return false;
  t.registers.write<u32>(kQueueNum, size);
  write_address(t, kQueueDescriptors, address.descriptors);
  write_address(t, kQueueDriver, address.available);
  write_address(t, kQueueDevice, address.used);
  t.notify[queue] = t.registers.from(kQueueNotify);
  t.registers.write<u32>(kQueueReady, 1);
  return true;
}

u32 generation(const Transport& t) { return t.registers.read<u32>(kConfigGeneration); }

// Edge-triggered, whatever the wire is: it rises when the device first has something to tell, and
// acknowledge() reads until it has fallen. A hypervisor that pulses its wires would lose pulses on a
// level-triggered input; one that holds them would interrupt twice.
void route(Transport& t, u8 vector) { arch::ioapic_route(t.gsi, vector, false, false); }

constexpr TransportOps kMmioOps = {status,      set_status,   device_features, set_driver_features,
                                   queue_limit, enable_queue, generation,      route};

}  // namespace

Type probe_mmio(const MmioBlock& block) {
  const Window registers = map_registers(block.address, kBlockBytes);
  if (registers.read<u32>(kMagic) != kMagicValue) return Type::None;
  const u32 id = registers.read<u32>(kDeviceId);
  if (id == 0) return Type::None;  // a place for a device, with none in it
  if (registers.read<u32>(kVersion) != 2) {
    kernel::Log("virtio")
        .text()
        .put("mmio 0x")
        .hex(block.address)
        .put(": legacy device, not used: start QEMU with -global virtio-mmio.force-legacy=false");
    return Type::None;
  }
  return id == 1 ? Type::Net : id == 2 ? Type::Blk : Type::None;
}

bool open_mmio(const MmioBlock& block, Transport* transport) {
  transport->type = probe_mmio(block);
  if (transport->type == Type::None) return false;
  transport->registers = map_registers(block.address, kBlockBytes);
  transport->config = transport->registers.from(kConfig);
  transport->address = block.address;
  transport->gsi = block.gsi;
  transport->ops = &kMmioOps;
  return true;
}

}  // namespace drivers::virtio
