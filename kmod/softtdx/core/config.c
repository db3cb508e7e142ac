// SPDX-License-Identifier: GPL-2.0-only
/* Which bits of CPUID the host may choose for a TD, and what it has chosen in TD_PARAMS. */
#include "priv.h"
#include "tdg.h"

/*
 * By the published tables of 1.5.25: a bit is as chosen, or the module's own if it is allowed. Rows
 * are in the order of TD_PARAMS. The table's others let nothing be chosen that there is here, but
 * for 18h and 1Fh: no TLBs are told of, and the topology is the module's.
 */
const struct sx_cpuid_config sx_cpuid_configs[SX_CPUID_CONFIGS] = {
	{ 1, SX_NO_SUBLEAF, { 0xfff3fff, 0xff0000, 0, 0 }, { 0, 0, 0x31044d88, 0xb8445080 } },
	{ 4, 0, { 0xffffc3ff, 0xfffff000, ~0u, 7 }, { 0 } },
	{ 4, 1, { 0xffffc3ff, 0xfffff000, ~0u, 7 }, { 0 } },
	{ 4, 2, { 0xffffc3ff, 0xfffff000, ~0u, 7 }, { 0 } },
	{ 4, 3, { 0xffffc3ff, 0xfffff000, ~0u, 7 }, { 0 } },
	{ 7, 0, { 0 }, { 0, 0xdc2b9b18, 0x02417f65, 0x4005411c } },
	{ 0x80000008, SX_NO_SUBLEAF, { 0xff, 0, 0, 0 }, { 0, 0x200, 0, 0 } },
};

static bool may_choose(const struct sx_cpuid_config *row, const u32 value[4])
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (value[i] & ~(row->direct[i] | row->allow[i]))
			return false;
	/* Family, model and stepping are the processor's, of which 0 is another name. */
	return row->leaf != 1 || !value[0] || value[0] == SX_SIGNATURE;
}

/* @values: of MNG.INIT's TD_PARAMS. *@refused: the leaf that cannot be so, its sub-leaf above. */
u64 sx_cpuid_choose(struct sx_td *td, const struct sx_cpuid_values *values, u64 *refused)
{
	const struct sx_cpuid_config *row = sx_cpuid_configs;
	struct sx_tdcs *own = sx_tdcs_of(td);
	unsigned int i;

	memcpy(own->cpuid, values->chosen, sizeof(own->cpuid));
	for (i = 0; i < SX_CPUID_CONFIGS; i++, row++) {
		if (may_choose(row, own->cpuid[i]))
			continue;
		*refused = row->leaf | (u64)row->sub << 32;
		return SX_OPERAND_INVALID | SX_OP_CPUID_CONFIG;
	}
	for (i = 0; i < sizeof(values->rest) / sizeof(values->rest[0]); i++)
		if (values->rest[i])
			return SX_OPERAND_INVALID | SX_OP_RDX;
	if (!own->cpuid[0][0])
		own->cpuid[0][0] = SX_SIGNATURE;
	return SX_SUCCESS;
}

/* @out is what the module would say of the leaf if the host could not choose. */
void sx_cpuid_chosen(const struct sx_td *td, u32 leaf, u32 sub, u32 out[4])
{
	const struct sx_cpuid_config *row = sx_cpuid_configs;
	unsigned int n, i;

	for (n = 0; n < SX_CPUID_CONFIGS; n++, row++)
		if (row->leaf == leaf && (row->sub == SX_NO_SUBLEAF || row->sub == sub))
			break;
	for (i = 0; n < SX_CPUID_CONFIGS && i < 4; i++) {
		u32 chosen = sx_tdcs_of(td)->cpuid[n][i];

		out[i] &= ~row->direct[i] & (chosen | ~row->allow[i]);
		out[i] |= row->direct[i] & chosen;
	}
}

/* CPUID_CONFIG_LEAVES of SYS.RD: leaf and sub-leaf. */
u64 sx_cpuid_config_leaf(unsigned int n)
{
	return sx_cpuid_configs[n].leaf | (u64)sx_cpuid_configs[n].sub << 32;
}
