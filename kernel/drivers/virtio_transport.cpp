// SPDX-License-Identifier: MIT
#include "kernel/drivers/virtio_transport.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/wait.hpp"
#include "kernel/log.hpp"

namespace drivers::virtio {
namespace {

constexpr u64 kResetMs = 1000;

bool refuse(const Transport& transport, const char* why) {
  stop_device(transport);
  kernel::Log log("virtio");
  put_name(transport, log.text());
  log.text().put(": ").put(why).put("; the device is left reset");
  return false;
}

void add_status(const Transport& transport, u8 bit) {
  transport.ops->set_status(transport, transport.ops->status(transport) | bit);
}

}  // namespace

void stop_device(const Transport& transport) {
  transport.ops->set_status(transport, 0);
  // The device is reset when it says so (4.1.4.3.1).
  wait_until(kResetMs, [&] { return transport.ops->status(transport) == 0; });
}

bool negotiate(const Transport& transport, u64 wanted, u64* agreed) {
  stop_device(transport);
  if (transport.ops->status(transport) != 0) return refuse(transport, "does not reset");
  add_status(transport, kAcknowledge);
  add_status(transport, kDriver);
  const u64 offered = transport.ops->device_features(transport);
  if ((offered & kVersion1) == 0) return refuse(transport, "does not offer VIRTIO_F_VERSION_1");
  *agreed = offered & (wanted | kVersion1);
  transport.ops->set_driver_features(transport, *agreed);
  add_status(transport, kFeaturesOk);
  if ((transport.ops->status(transport) & kFeaturesOk) == 0) {
    return refuse(transport, "does not accept our features (FEATURES_OK fell)");
  }
  return true;
}

// Empty rings in `memory`.
static bool enable_queue(Transport& transport, u16 index, u8* bytes, u16 size, Virtqueue* queue) {
  queue->init(bytes, size);
  const u64 memory = arch::virt_to_phys(bytes);
  const QueueAddress address = {memory, memory + Virtqueue::kAvailable, memory + Virtqueue::kUsed};
  return transport.ops->enable_queue(transport, index, size, address);
}

bool restart(Transport& transport, u64 wanted, Virtqueue* queue) {
  u64 agreed = 0;
  if (!negotiate(transport, wanted, &agreed)) return false;
  u8* const bytes = queue->memory();
  __builtin_memset(bytes, 0, Virtqueue::kPages * kPageSize);
  transport.ops->route(transport, transport.vector);
  if (!enable_queue(transport, 0, bytes, queue->size(), queue)) return false;
  start_device(transport);
  return true;
}

bool start_queue(Transport& transport, u16 index, u16 limit, Virtqueue* queue) {
  u16 size = limit;
  const u16 offered = transport.ops->queue_limit(transport, index);
  while (size > offered) size /= 2;
  if (size < 2) return refuse(transport, "lacks a queue");
  u8* const memory = arch::frame_bytes(arch::take_kernel_frames(Virtqueue::kPages));
  if (!enable_queue(transport, index, memory, size, queue)) return refuse(transport, "does not take a queue");
  return true;
}

bool start_interrupt(Transport& transport, arch::IrqHandler handler, u32 context) {
  const u8 vector = arch::irq_allocate(handler, context);
  if (vector == 0) return refuse(transport, "no interrupt vector is left");
  transport.vector = vector;
  transport.ops->route(transport, vector);
  return true;
}

void start_device(const Transport& transport) { add_status(transport, kDriverOk); }

void read_config(const Transport& transport, u32 offset, void* to, u32 length) {
  u8* bytes = static_cast<u8*>(to);
  for (u32 tries = 0; tries < 8; tries++) {
    const u32 before = transport.ops->generation(transport);
    for (u32 i = 0; i < length; i++) {
      bytes[i] = offset + i < transport.config.length() ? transport.config.read<u8>(offset + i) : 0;
    }
    if (transport.ops->generation(transport) == before) return;
  }
}

void put_name(const Transport& transport, base::Text& text) {
  if (transport.is_mmio()) {
    text.put("mmio 0x").hex(transport.address);
  } else {
    pci::put_name(transport.function, text);
  }
}

}  // namespace drivers::virtio
