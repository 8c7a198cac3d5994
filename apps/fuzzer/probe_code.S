// SPDX-License-Identifier: MIT
// The two instructions that may fault, and the program of the small environments that the fuzzer makes.
        .section .text.fuzzer_probe, "ax", @progbits
        .globl fuzzer_probe_read, fuzzer_probe_write, fuzzer_no
        .globl fuzzer_read, fuzzer_read_end, fuzzer_write, fuzzer_write_end
fuzzer_probe_read:                      // bool (u64 address, u64* value)
fuzzer_read:
        movq (%rdi), %rax
fuzzer_read_end:
        movq %rax, (%rsi)
        movl $1, %eax
        ret
fuzzer_probe_write:                     // bool (u64 address, u64 value)
fuzzer_write:
        movq %rsi, (%rdi)
fuzzer_write_end:
        movl $1, %eax
        ret
fuzzer_no:
        xorl %eax, %eax
        ret

        .section .rodata.fuzzer_child, "a", @progbits
        .balign 16
        .globl fuzzer_child_code, fuzzer_child_call, fuzzer_child_end
fuzzer_child_code:
        movl $41, %eax                  // yield to nobody in particular
        movl $-1, %edi
        syscall
        jmp fuzzer_child_code
fuzzer_child_call:                      // rdi = caller, rsi, rdx, r10, r8: replies a + b, c, d, 7
        leaq (%rsi,%rdx), %rdi
        movq %r10, %rsi
        movq %r8, %rdx
        movl $7, %r10d
        movl $51, %eax                  // env_reply
        syscall
        ud2
fuzzer_child_end:

        .section .note.GNU-stack, "", @progbits
