/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a figure must say of where it comes from.
 */
#ifndef ANALYSIS_PROVENANCE_H
#define ANALYSIS_PROVENANCE_H

#include "record/record.h"

/* The software TDX module: not TDX hardware. */
bool provenance_is_soft(const struct record_file *f);

/* Time of an emulator: not TDX time. */
bool provenance_is_tcg_wall(const struct record_file *f);

/* QEMU's version without the words around it, "none" on a host; *@len characters. */
const char *provenance_qemu(const struct record_file *f, int *len);

#endif
