// SPDX-License-Identifier: MIT
// Policy: what an application decides about its TCP at compile time: sizes of the pools, algorithms,
// habits. Derive from DefaultPolicy and name again what differs; tcp::Engine and tcp::Storage take it.
#pragma once
#include "tcp/congestion/cubic.hpp"

namespace tcp {

struct NoAttachment {};

struct DefaultPolicy {
  using Attachment = NoAttachment;  // what of the application's lies in each control block; trivial
  using Congestion = Cubic;         // or NewReno, or one of the application's

  // Pools. Everything an engine needs lies in its Storage; nothing is allocated later.
  static constexpr u32 kConnections = 256;      // half-open ones included, TIME-WAIT not
  static constexpr u32 kTimeWait = 1024;        // connections that only wait
  static constexpr u32 kSendPieces = 2048;      // references of send(), all connections together
  static constexpr u32 kSendPiecesEach = 16;    // and each at most
  static constexpr u32 kReceiveWindow = 16384;  // most bytes of a connection that wait; a power of two
  static constexpr u32 kReceiveBlock = 2048;    // in blocks of these; a power of two
  static constexpr u32 kReceiveBlocks = 512;    // all connections together
  static constexpr u32 kSackRanges = 16;        // that are remembered of a peer

  // Options that are offered and taken.
  static constexpr bool kTimestamps = true;   // RFC 7323
  static constexpr bool kWindowScale = true;  // RFC 7323
  static constexpr bool kSack = true;         // RFC 2018
  static constexpr bool kSynCookies = true;   // RFC 4987, when a listener's backlog is full

  // Habits.
  static constexpr bool kNagle = false;     // hold back what is less than a segment (RFC 9293, 3.7.4)
  static constexpr u32 kAckEvery = 2;       // segments, at once; fewer are delayed (RFC 5681, 4.2)
  static constexpr bool kTailProbe = true;  // ask early whether the end of what is out is lost (RFC 8985, 7)
  static constexpr bool kPromptUpdates = true;  // tell at once that a window has opened by two segments
  static constexpr bool kUseOffload = true;     // what the card offers: checksums and segmentation
};

}  // namespace tcp
