// SPDX-License-Identifier: MIT
// What the rest of the kernel calls in drivers, and what drivers call back. Mechanism only: every
// argument was checked by the core before it comes here. Lock: the kernel lock, except at boot.
#pragma once
#include "abi/disk.hpp"
#include "abi/net.hpp"
#include "abi/status.hpp"

namespace drivers {
using namespace abi;

// Boot: finds PCI and MMIO devices, starts them, fills devices[] (abi/ledger.hpp) and logs a line
// for each. A machine without a disk or card is reported and goes on.
// `command_line` may hold virtio_mmio.device=SIZE@ADDRESS:IRQ entries (Linux
// Documentation/admin-guide/kernel-parameters.txt) as QEMU's microvm writes them.
void start(const char* command_line);

// At each timer tick: looks for what an interrupt should have told. A few loads when there is nothing.
void poll();

// ---- disks. `queue` is an index into queues[]; its entry (frames, device, owner) is filled already.
// frames[0] completion ring, frames[1] submission ring, frames[2..5] PRP lists: all zeroed.
Status disk_queue_open(u32 queue);
// Nothing is in flight. Again: the device has not let go of the queue's frames yet, call again.
Status disk_queue_close(u32 queue);
// Hands checked commands over, up to the first that is not taken, whose error is the value; `done` were
// taken, and the device knows of them (one doorbell). Their frames are pinned; the core keeps them until
// disk_completed.
// NoSpace while the device is being brought back, BadArgument: more frames than it takes (nothing happened
// then).
Status disk_submit(u32 queue, const DiskCommand* list, u32 count, u32& done);
// Looks for completions now, as an interrupt would (at most one ring's worth).
void disk_poll(u32 queue);
// The kernel's own reading and writing, one command at a time on each disk: a page of blocks from `block`
// on, from or to `page` (page aligned, of the kernel image), or a flush. Ok: disk_kernel_done will be
// told, not before the call is over. NoSpace: not now. NoDevice.
Status disk_kernel_io(u16 device, DiskOp op, u64 block, void* page);

// ---- network. Device 0..n of type VirtioNet in devices[].
// Kernel memory that the card can read, for the first kEgressBytes of the next packet: nobody else
// writes there until net_transmit takes the packet. nullptr when the card's queue is full.
u8* net_head(u16 device);
u16 net_offloads(u16 device);  // what of kOffload... the card does
struct OutPacket {
  u32 head_length;  // 14..kEgressBytes, written to net_head
  // What the card is to do, which core::offload_check has agreed to; all 0: nothing.
  u16 sum_start;      // the TCP header, whose checksum it completes
  u16 cut;            // payload of each packet that it makes
  u16 header_length;  // with cut: what every packet begins with
  u16 over_ipv6;      // with cut: 1
  u32 piece_count;    // 0..kMaxSegments: the rest, as (physical address, length)
  struct {
    u64 physical;
    u32 length;
  } pieces[kMaxSegments];
};
// Queues the packet whose head net_head took; `slot` identifies it in net_sent.
Status net_transmit(u16 device, const OutPacket& packet, u32* slot);
void net_kick(u16 device);             // one doorbell a batch
inline constexpr u32 kNetSlots = 256;  // values of `slot`

}  // namespace drivers

// ---- what drivers call back (implemented in kernel/syscall/disk.cpp and net.cpp), kernel lock held.
namespace kernel {
using namespace abi;

// The device has finished command `id` of `queue`; the completion entry is in the ring already
// (the device or the virtio driver wrote it). Unpins and wakes the owner.
void disk_completed(u32 queue, u16 id, bool ok);
// The kernel's own command on that disk is over.
void disk_kernel_done(u16 device, bool ok);
// Every kTickMs.
void disk_ticked();
// A packet arrived, `flags` are kPacket...; the bytes are valid during the call only. Whom it is for is woken
// at the end of the burst, which must follow before the lock is released.
void net_received(u16 device, const u8* packet, u32 length, u32 flags);
void net_burst_end();
// Packet `slot` has left and its memory is the environment's again. In the order of transmission.
void net_sent(u16 device, u32 slot);

}  // namespace kernel
