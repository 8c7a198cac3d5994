# SPDX-License-Identifier: MIT
"""What the security core promises, one file for each concept."""
