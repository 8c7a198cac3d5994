# SPDX-License-Identifier: MIT
"""Models that Spin checks."""
