// SPDX-License-Identifier: MIT
// The program of bench::Child: position independent, without a stack.
        .section .rodata.bench_child, "a", @progbits
        .balign 16
        .globl bench_child_code, bench_child_call, bench_child_end
bench_child_code:
        movl $41, %eax                  // yield to nobody in particular
        movl $-1, %edi
        syscall
        jmp bench_child_code
bench_child_call:
        movl $51, %eax                  // env_reply, with what is in the registers
        syscall
        ud2
bench_child_end:

        .section .note.GNU-stack, "", @progbits
