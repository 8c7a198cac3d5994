// SPDX-License-Identifier: MIT
// u64 paging_copy(u64* to, const u64* from): one page; 1, or 0 if it was given up. A fault in between
// comes to the program's own handler, which may continue at paging_copy_failed.
        .section .text.paging_copy, "ax", @progbits
        .globl paging_copy, paging_copy_at, paging_copy_failed
        .type paging_copy, @function
paging_copy:
        movl $512, %ecx
        cld
paging_copy_at:
        rep movsq
        movl $1, %eax
        ret
paging_copy_failed:
        xorl %eax, %eax
        ret
        .size paging_copy, . - paging_copy

        .section .note.GNU-stack, "", @progbits
