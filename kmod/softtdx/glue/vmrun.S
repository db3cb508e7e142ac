/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into the guest. RAX and RSP travel in the VMCB, the other GPRs in struct soft_regs
 * (glue.h; the offsets below are checked there). Interrupts are masked by GIF, see soft_guest_run().
 */
#include <linux/linkage.h>
#include <asm/frame.h>

#define R_RBX 0
#define R_RCX 8
#define R_RDX 16
#define R_RSI 24
#define R_RDI 32
#define R_RBP 40
#define R_R8  48

.section .noinstr.text, "ax"

/* void soft_vmrun(u64 vmcb_pa (rdi), struct soft_regs *regs (rsi), u64 host_vmcb_pa (rdx)) */
SYM_FUNC_START(soft_vmrun)
	push %rbp
	push %r15
	push %r14
	push %r13
	push %r12
	push %rbx
	push %rdx			/* host_vmcb_pa */
	push %rsi			/* regs */

	mov %rdx, %rax
	vmsave %rax			/* host FS, GS, TR, LDTR, SYSENTER, STAR... */
	mov %rdi, %rax
	vmload %rax

	mov R_RBX(%rsi), %rbx
	mov R_RCX(%rsi), %rcx
	mov R_RDX(%rsi), %rdx
	mov R_RDI(%rsi), %rdi
	mov R_RBP(%rsi), %rbp
	mov R_R8+0*8(%rsi), %r8
	mov R_R8+1*8(%rsi), %r9
	mov R_R8+2*8(%rsi), %r10
	mov R_R8+3*8(%rsi), %r11
	mov R_R8+4*8(%rsi), %r12
	mov R_R8+5*8(%rsi), %r13
	mov R_R8+6*8(%rsi), %r14
	mov R_R8+7*8(%rsi), %r15
	mov R_RSI(%rsi), %rsi

	vmrun %rax

	vmsave %rax			/* #VMEXIT restores RAX = the guest VMCB */
	pop %rax			/* regs */
	mov %rbx, R_RBX(%rax)
	mov %rcx, R_RCX(%rax)
	mov %rdx, R_RDX(%rax)
	mov %rsi, R_RSI(%rax)
	mov %rdi, R_RDI(%rax)
	mov %rbp, R_RBP(%rax)
	mov %r8,  R_R8+0*8(%rax)
	mov %r9,  R_R8+1*8(%rax)
	mov %r10, R_R8+2*8(%rax)
	mov %r11, R_R8+3*8(%rax)
	mov %r12, R_R8+4*8(%rax)
	mov %r13, R_R8+5*8(%rax)
	mov %r14, R_R8+6*8(%rax)
	mov %r15, R_R8+7*8(%rax)

	pop %rax
	vmload %rax			/* host GSBASE is back: per-CPU data may be used again */

	/* Nothing of the guest's stays in a register that the host might use speculatively. */
	xor %ecx, %ecx
	xor %edx, %edx
	xor %esi, %esi
	xor %edi, %edi
	xor %r8d, %r8d
	xor %r9d, %r9d
	xor %r10d, %r10d
	xor %r11d, %r11d

	pop %rbx
	pop %r12
	pop %r13
	pop %r14
	pop %r15
	pop %rbp
	RET
SYM_FUNC_END(soft_vmrun)
