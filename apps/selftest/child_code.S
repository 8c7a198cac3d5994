// SPDX-License-Identifier: MIT
// The program of the environments that the tests make: position independent, one page of text, one
// page of data that the tests share (child.hpp has its layout). It needs no stack.
        .section .rodata.selftest_child, "a", @progbits
        .balign 16
        .globl selftest_child_code, selftest_child_end
selftest_child_code:
begin:                                  // rdi = BeginReason
        movl $0x20000, %ebx             // &ChildPage
        incq 0(%rbx)                    // begun
        movq %rdi, 24(%rbx)             // reason
        movq 8(%rbx), %rax              // order
        cmpq $1, %rax
        je exit
        cmpq $2, %rax
        je fault
        cmpq $3, %rax
        je sleep
        cmpq $4, %rax
        je spin
        movl $41, %eax                  // yield to nobody in particular
        movl $-1, %edi
        syscall
        jmp begin
exit:   movq 16(%rbx), %rdi
        movl $16, %eax                  // env_exit
        syscall
fault:  ud2
sleep:  xorl %edi, %edi
        movq $-1, %rdx
        movl $42, %eax                  // sleep for ever
        syscall
        jmp begin
spin:   incq 32(%rbx)                   // spins
        jmp spin

        .org selftest_child_code + 256
call:                                   // rdi = caller, rsi, rdx, r10, r8; r9: a capability came
        movl $0x20000, %ebx
        cmpq $1001, %rsi
        je spin
        cmpq $1002, %rsi
        je wait
        cmpq $1003, %rsi
        je count
        cmpq $1004, %rsi
        je brought
        cmpq $1005, %rsi
        je back
        addq %rdx, %rsi
        movq %r10, %rdx
        xorq %r8, %rdx
        movq 0(%rbx), %r10
reply:  movl $51, %eax                  // env_reply
        syscall
        ud2

wait:   cmpq $0, 16(%rbx)
        je wait
        jmp reply
count:  incq 32(%rbx)
        jmp reply
brought:
        movq %r9, %rdi
        jmp reply
back:   movl $2, %r8d
        movl %r10d, %r9d
        movl $54, %eax                  // env_reply_with
        syscall
        movq %rax, %rdi                 // refused: say so
        jmp reply

        .org selftest_child_code + 512
end:    jmp end                         // stays until the kernel takes the CPU

        .org selftest_child_code + 768
notice: movl $0x20000, %ebx             // what it interrupted is not gone back to
        movl $0x40000, %ebp             // &NoticePage
        cld
        movq 0(%rbp), %rax              // warned
        movq %rax, 88(%rbx)
        decq %rax
        andl $15, %eax
        shll $5, %eax
        leaq 64(%rbp,%rax), %rsi        // warnings[(warned - 1) % 16]
        leaq 104(%rbx), %rdi
        movl $4, %ecx
        rep movsq
        movq 8(%rbp), %rax              // repossessed
        movq %rax, 96(%rbx)
        decq %rax
        andl $63, %eax
        shll $5, %eax
        leaq 576(%rbp,%rax), %rsi       // taken[(repossessed - 1) % 64]
        movl $4, %ecx
        rep movsq
        movq 48(%rbx), %rdx             // free_count
        testq %rdx, %rdx
        jz noted
        movq $0, 48(%rbx)
        leaq 56(%rbx), %rsi             // free
        xorl %edi, %edi
        movl $21, %eax                  // frame_free
        syscall
noted:  incq 40(%rbx)                   // notices: only now, since its slice may end anywhere before
        movl $0, 0x30008                // UpcallPage::notice_busy
        jmp begin
selftest_child_end:

        .section .note.GNU-stack, "", @progbits
