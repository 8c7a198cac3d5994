# SPDX-License-Identifier: MIT
"""Planted mistakes, and what has to notice them."""
