// SPDX-License-Identifier: MIT
// Network cards: virtio-net 1.x (virtio 1.1, 5.1), one receive and one transmit queue, with checksums both
// ways and segmentation of what is sent where the card has them. Receive buffers are the kernel's; a packet
// to send goes out of the sender's own memory behind a small header area that the kernel fills.
#pragma once
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/virtio_transport.hpp"

namespace drivers::virtio_net {

// Starts the card behind `transport` as devices[device] and says so in the log. Boot only.
bool start(const virtio::Transport& transport, u16 device);

u8* head(u16 device);
u16 offloads(u16 device);
Status transmit(u16 device, const OutPacket& packet, u32* slot);
void kick(u16 device);
// Looks at every card for what an interrupt would have told; a few loads when there is nothing.
void poll();

}  // namespace drivers::virtio_net
