// SPDX-License-Identifier: MIT
// The four functions that the compiler may call on its own (GCC manual, "Standards"), for code
// without a C library.
#pragma once

extern "C" {
void* memcpy(void* to, const void* from, unsigned long count) noexcept;
void* memmove(void* to, const void* from, unsigned long count) noexcept;
void* memset(void* to, int value, unsigned long count) noexcept;
int memcmp(const void* a, const void* b, unsigned long count) noexcept;
unsigned long strlen(const char* s) noexcept;
}
