// SPDX-License-Identifier: MIT
// Which devices there are and which driver each belongs to.
#include "kernel/drivers/drivers.hpp"

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/drivers/disk_time.hpp"
#include "kernel/drivers/mmio_devices.hpp"
#include "kernel/drivers/nvme.hpp"
#include "kernel/drivers/pci.hpp"
#include "kernel/drivers/virtio_blk.hpp"
#include "kernel/drivers/virtio_net.hpp"
#include "kernel/drivers/virtio_transport.hpp"
#include "kernel/log.hpp"

namespace drivers {
namespace {

// A device that was found and has a driver. `function` or `block` says where, by `on_pci`.
struct Found {
  DeviceType type = DeviceType::None;
  bool on_pci = false;
  pci::Function function;
  MmioBlock block;
};
constinit Found found[kMaxDevices];
constinit u32 found_count = 0;
constinit u16 device_count = 0;

DeviceType device_type(virtio::Type type) {
  return type == virtio::Type::Net   ? DeviceType::VirtioNet
         : type == virtio::Type::Blk ? DeviceType::VirtioBlk
                                     : DeviceType::None;
}

void remember(const Found& device) {
  if (device.type == DeviceType::None) return;
  if (found_count == kMaxDevices) {
    kernel::Log("device").text().put("more devices than the ledger has entries, which are ").dec(kMaxDevices);
    return;
  }
  found[found_count++] = device;
}

void visit_pci(pci::Function function) {
  const DeviceType type = nvme::probe(function) ? DeviceType::Nvme : device_type(virtio::probe_pci(function));
  remember(Found{type, true, function, {}});
  constexpr u32 kEthernet = 0x020000;
  if (type == DeviceType::None && function.class_code() == kEthernet) {
    kernel::Log log("net");
    pci::put_name(function, log.text());
    log.text().put(": no driver for card ").hex(function.vendor(), 4).put(':').hex(function.device_id(), 4);
    log.text().put("; virtio-net has one");
  }
}

void visit_mmio(const MmioBlock& block) {
  remember(Found{device_type(virtio::probe_mmio(block)), false, {}, block});
}

bool start_one(const Found& device) {
  if (device.type == DeviceType::Nvme) return nvme::start(device.function, device_count);
  virtio::Transport transport;
  const bool open = device.on_pci ? virtio::open_pci(device.function, &transport)
                                  : virtio::open_mmio(device.block, &transport);
  if (!open) return false;
  return device.type == DeviceType::VirtioBlk ? virtio_blk::start(transport, device_count)
                                              : virtio_net::start(transport, device_count);
}

// Starts the disks, or everything else. Says how many.
u32 start_all(bool disks) {
  const u16 before = device_count;
  for (u32 i = 0; i < found_count; i++) {
    const bool is_disk = found[i].type != DeviceType::VirtioNet;
    if (is_disk == disks && start_one(found[i])) device_count++;
  }
  return device_count - before;
}

bool is_nvme(u32 queue) { return devices[queues[queue].device].type == DeviceType::Nvme; }

}  // namespace

void start(const char* command_line) {
  const bool has_pci = pci::present();
  if (has_pci) pci::each_function(visit_pci);
  each_mmio_block(command_line, !has_pci, visit_mmio);
  if (start_all(true) == 0) {
    kernel::Log("disk").text().put("none found: environments with an extent will be told NoDevice");
  }
  if (start_all(false) == 0) {
    kernel::Log("net").text().put("no card found: environments with a filter will be told NoDevice");
  }
}

// Counts ticks for the disks. One that lasted longer is still one.
static void disk_time() {
  static constinit u64 next = 0;
  const u64 now = arch::read_tsc();
  if (now < next) return;
  next = now + arch::cycles_of_microseconds(kTickMs * 1000);
  disk_tick++;
  nvme::tick_all();
  virtio_blk::tick_all();
  kernel::disk_ticked();
}

void poll() {
  virtio_net::poll();
  disk_time();
}

Status disk_queue_open(u32 queue) {
  return is_nvme(queue) ? nvme::queue_open(queue) : virtio_blk::queue_open(queue);
}
Status disk_queue_close(u32 queue) { return is_nvme(queue) ? nvme::queue_close(queue) : Status::Ok; }
Status disk_submit(u32 queue, const DiskCommand* list, u32 count, u32& done) {
  return is_nvme(queue) ? nvme::submit(queue, list, count, done)
                        : virtio_blk::submit(queue, list, count, done);
}
void disk_poll(u32 queue) { is_nvme(queue) ? nvme::poll(queue) : virtio_blk::poll(queue); }
Status disk_kernel_io(u16 device, DiskOp op, u64 block, void* page) {
  return devices[device].type == DeviceType::Nvme ? nvme::kernel_io(device, op, block, page)
                                                  : virtio_blk::kernel_io(device, op, block, page);
}

u8* net_head(u16 device) { return virtio_net::head(device); }
u16 net_offloads(u16 device) { return virtio_net::offloads(device); }
Status net_transmit(u16 device, const OutPacket& packet, u32* slot) {
  return virtio_net::transmit(device, packet, slot);
}
void net_kick(u16 device) { virtio_net::kick(device); }

}  // namespace drivers
