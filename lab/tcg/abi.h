/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little that is used of QEMU's interface for TCG plugins, since Debian ships no header for it.
 * Facts from include/qemu/qemu-plugin.h of QEMU 7.2, where QEMU_PLUGIN_VERSION is 1, and of 10.0,
 * which speaks 2 to 4; QEMU refuses a plugin whose version it does not speak.
 */
#ifndef LAB_TCG_ABI_H
#define LAB_TCG_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_EXPORT	__attribute__((visibility("default")))
#define QEMU_PLUGIN_WEAK	__attribute__((weak))	/* not in every QEMU */

/* enum qemu_plugin_cb_flags, enum qemu_plugin_mem_rw, enum qemu_plugin_op */
enum { QEMU_PLUGIN_CB_NO_REGS = 0 };
enum { QEMU_PLUGIN_MEM_RW = 3 };
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0 };

typedef uint64_t qemu_plugin_id_t;

/* The begin of qemu_info_t. */
struct qemu_info {
	const char *target_name;
	struct {
		int min, cur;	/* versions of this interface that QEMU speaks */
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus, max_vcpus;
	} system;
};

struct qemu_plugin_tb;		/* a translation block, while it is being translated */
struct qemu_plugin_insn;	/* an instruction of it */

/* What the plugin gives to QEMU. Install returns 0, or something else to end QEMU. */
extern QEMU_PLUGIN_EXPORT int qemu_plugin_version;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
					   int argc, char **argv);

/* Calls of the plugin by QEMU. @vcpu counts from 0. */
typedef void (*plugin_trans_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*plugin_exec_fn)(unsigned int vcpu, void *arg);
typedef void (*plugin_mem_fn)(unsigned int vcpu, uint32_t info, uint64_t vaddr, void *arg);

/*
 * What QEMU gives to the plugin. Instructions are asked about and hooked while @tb is translated.
 */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, plugin_trans_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, plugin_exec_fn fn, int flags,
					  void *arg);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_exec_fn fn,
					    int flags, void *arg);

/* Up to version 1: absent, and then NULL, from 2 on. */
QEMU_PLUGIN_WEAK void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
								 int op, void *at, uint64_t n);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, plugin_mem_fn fn, int flags,
				      int rw, void *arg);
bool qemu_plugin_mem_is_store(uint32_t info);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t nr);
/*
 * Up to version 2 this has one argument and returns where the bytes are; from 3 on it copies them
 * to @to and returns how many. Who gives three arguments is right with both.
 */
uintptr_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#endif
