# SPDX-License-Identifier: MIT
"""A model of the x86-64 instructions that compiled filters are made of."""
