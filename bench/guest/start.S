/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the TD reset vector to C. A TD's vCPU starts at 0xfffffff0 in flat 32-bit protected mode
 * with paging off and EFER.LME already set, RSI = vCPU index. CR4.PAE is clear on TDX and set on
 * softtdx, so it is ORed in. CR4.MCE, CR0.NE and EFER belong to the TDX module: what is there is
 * kept.
 */
#define __ASSEMBLER__ 1
#include "abi.h"

	.section .params, "aw"
	.globl guest_params
guest_params:
	.fill	4096, 1, 0

	.section .text
	.code32
start32:
	movl	%cr4, %eax
	orl	$0x20, %eax			/* PAE */
	movl	%eax, %cr4
	movl	GUEST_IMAGE_GPA + GUEST_PARAMS_CR3, %eax
	movl	%eax, %cr3
	lgdt	gdt_desc
	movl	%cr0, %eax
	orl	$0x80000000, %eax		/* PG: with LME and PAE this is long mode */
	movl	%eax, %cr0
	ljmp	$8, $start64

	.code64
start64:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%esi, %edi			/* guest_main(index) */
	leal	1(%rsi), %eax
	imulq	$GUEST_STACK_SIZE, %rax, %rax
	addq	guest_params + GUEST_PARAMS_STACKS(%rip), %rax
	movq	%rax, %rsp
	xorl	%ebp, %ebp
	call	guest_main
	ud2					/* it never returns */

	/* Accessed bits are set: the TD's memory must not be written for a segment load. */
	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff		/* 64-bit code */
	.quad	0x00cf93000000ffff		/* data */
gdt_desc:
	.word	. - gdt - 1
	.long	gdt

	.section .reset, "ax"
	.code32
	.globl reset_vector
reset_vector:
	jmp	start32
	.balign	16, 0xf4

	.section .note.GNU-stack, "", @progbits
