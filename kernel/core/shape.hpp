// SPDX-License-Identifier: MIT
// The shapes of filters' chains: what filters that differ only in keys have in common, kept and run once
// for all of them. A shape's chain goes up as the filters' chains do; and the space where the machine
// code of shapes lies.
#pragma once
#include "base/result.hpp"
#include "kernel/core/bpf_shape.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline bool shape_live(u32 shape) { return shape < kMaxShapes && shapes[shape].references != 0; }

// The shape with this parent and program, or a free entry for it; kNone: neither. There is one wherever
// there is a free filter: a filter brings at most one shape.
u32 shape_find(u16 parent, const ShapedProgram& program);
// Fills a free entry that shape_find has named, a child of `parent`; does nothing to one in use.
void shape_fill(u32 shape, u16 parent, const ShapedProgram& program);
// The shape of the filters that pass everything from or to a card. Boot only; kNone: no free entry.
u32 shape_of_card(u16 device);

void shape_reference(u32 shape);
// The last reference frees it and its code, and so on up the chain (kMaxFilterDepth at most).
void shape_unreference(u32 shape);

// The space of machine code: kCodeUnits units of kCodeUnit bytes, given to shapes in runs.
inline constexpr u32 kCodeUnit = 64;
inline constexpr u32 kCodeSpace = kCodeUnit * kCodeUnits;

// Books the first run of free units that `bytes` fit in for a shape that is live and not compiled yet.
// True: it is kCodeCompiled and the caller writes the code to code_first * kCodeUnit before anybody
// runs it. False: there is none, and the shape is kCodeInterpreted from now on.
bool code_take(u32 shape, u32 bytes);

}  // namespace core
