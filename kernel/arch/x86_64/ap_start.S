# SPDX-License-Identifier: MIT
# Where an application processor starts: real mode, at a page below 1 MiB that smp.cpp copies this
# to (Intel SDM Vol. 3A, 9.4). It takes the road of boot.S and ends in ap_main(cpu).

#include "kernel/arch/x86_64/layout.hpp"
#define HIGH(x) ((x) - 0xffffffff80000000)

        .section .rodata, "a"
        .balign 16
        .globl ap_start, ap_start_end
        .code16
ap_start:
        cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds
        lgdtl   ap_gdt_pointer - ap_start
        movl    %cr0, %eax
        orl     $1, %eax
        movl    %eax, %cr0
        ljmpl   $KERNEL_CODE, $HIGH(ap_protected)
        .balign 8
ap_gdt:
        .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
ap_gdt_pointer:
        .word 23
        .globl ap_gdt_base
ap_gdt_base:
        .long 0                         # smp.cpp writes the linear address of ap_gdt here
        .globl ap_gdt_offset
        .set ap_gdt_offset, ap_gdt - ap_start
        .globl ap_gdt_base_offset
        .set ap_gdt_base_offset, ap_gdt_base - ap_start
ap_start_end:

        .section .boot.text, "ax"
        .code32
ap_protected:
        movl    $KERNEL_DATA, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $HIGH(ap_boot_stack_top), %esp
        call    enter_long_mode
        ljmp    $KERNEL_CODE, $HIGH(ap_start64)
        .code64
ap_start64:
        movabsq $ap_start_high, %rax
        jmp     *%rax

        .section .text, "ax"
ap_start_high:
        xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movq    kernel_cr3, %rax
        movq    %rax, %cr3
        movl    ap_number, %edi         # the CPU being started; one at a time
        movq    %rdi, %rsp
        shlq    $16, %rsp
        addq    $(CPU_BLOCKS + CPU_STACK_TOP - 256), %rsp  # below the frame of saved registers
        xorl    %ebp, %ebp
        call    ap_main
        ud2

        .section .bss, "aw", @nobits
        .balign 16
        .skip 64
ap_boot_stack_top:

        .section .note.GNU-stack, "", @progbits
