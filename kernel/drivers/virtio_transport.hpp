// SPDX-License-Identifier: MIT
// How a virtio device is reached: through PCI capabilities (virtio 1.1, 4.1) or through a block of
// registers (4.2). What happens once, at boot, goes through a table of functions; notifying the
// device and acknowledging its interrupt are plain register accesses.
#pragma once
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/drivers/command_line.hpp"
#include "kernel/drivers/msix.hpp"
#include "kernel/drivers/virtio.hpp"
#include "kernel/drivers/virtqueue.hpp"

namespace drivers::virtio {

inline constexpr u32 kMaxQueuesUsed = 2;  // queues that one of our drivers sets up at most

struct Transport;

// Physical addresses of the three parts of a virtqueue.
struct QueueAddress {
  u64 descriptors, available, used;
};

struct TransportOps {
  u8 (*status)(const Transport&);
  void (*set_status)(const Transport&, u8 status);
  u64 (*device_features)(const Transport&);
  void (*set_driver_features)(const Transport&, u64 features);
  u16 (*queue_limit)(const Transport&, u16 queue);  // entries; 0: no such queue
  bool (*enable_queue)(Transport&, u16 queue, u16 size, const QueueAddress& address);
  u32 (*generation)(const Transport&);
  // Every queue's interrupt arrives as `vector` at CPU 0. Before enable_queue.
  void (*route)(Transport&, u8 vector);
};

struct Transport {
  const TransportOps* ops = nullptr;
  Type type = Type::None;
  Window config;     // device-specific configuration
  Window registers;  // PCI: common configuration; MMIO: the whole block
  Window notify[kMaxQueuesUsed];
  u8 vector = 0;  // of its interrupt

  // PCI only.
  pci::Function function;
  Window notify_area;
  u32 notify_multiplier = 0;
  Msix msix;

  // MMIO only.
  u64 address = 0;
  u32 gsi = 0;

  bool is_mmio() const { return ops != nullptr && address != 0; }
};

// Device type of a PCI function; None if it is no virtio device that we drive.
Type probe_pci(pci::Function function);
// A virtio device on PCI: finds its capabilities. Logs why if it cannot be used.
bool open_pci(pci::Function function, Transport* transport);

// Device type there; None if there is nothing, or only a legacy device (then a line says so).
Type probe_mmio(const MmioBlock& block);
bool open_mmio(const MmioBlock& block, Transport* transport);

// Reset, then status and features up to FEATURES_OK (3.1.1). Of `wanted` and VERSION_1, `agreed` are
// those that both sides have. On failure the device is left reset and a line says why.
bool negotiate(const Transport& transport, u64 wanted, u64* agreed);
// Ring memory for queue `index`, at most `limit` entries (a power of two), known to the device.
bool start_queue(Transport& transport, u16 index, u16 limit, Virtqueue* queue);
// Interrupts of the device call `handler(context)`.
bool start_interrupt(Transport& transport, arch::IrqHandler handler, u32 context);
void start_device(const Transport& transport);  // DRIVER_OK
// After a reset that is over, without waiting: as negotiate, start_queue for queue 0 in the memory that it
// has (empty then), start_interrupt and start_device did before.
bool restart(Transport& transport, u64 wanted, Virtqueue* queue);
void stop_device(const Transport& transport);  // back to reset; waits, but not for ever

// Copies device configuration that may change meanwhile consistently (2.4.1).
void read_config(const Transport& transport, u32 offset, void* to, u32 length);
// "00:03.0" or "mmio 0xfeb02e00"
void put_name(const Transport& transport, base::Text& text);

// Tells the device that `queue` (its index) has something new.
inline void notify(const Transport& transport, u16 queue) {
  if (transport.is_mmio()) {
    transport.notify[queue].write<u32>(0, queue);
  } else {
    transport.notify[queue].write<u16>(0, queue);
  }
}

// First thing in an interrupt handler. A wired interrupt stays asserted until its causes are
// acknowledged (4.2.2.2); read again until none is left, so that the line falls and can rise again.
inline void acknowledge(const Transport& transport) {
  if (!transport.is_mmio()) return;
  for (u32 i = 0; i < 8; i++) {
    const u32 cause = transport.registers.read<u32>(0x60);
    if (cause == 0) return;
    transport.registers.write<u32>(0x64, cause);
  }
}

}  // namespace drivers::virtio
