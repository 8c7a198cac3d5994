# SPDX-License-Identifier: MIT
"""A symbolic executor for LLVM bitcode: one pass over a function, one formula for each obligation."""
