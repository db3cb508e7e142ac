/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points the tree's own vmx/tdx.c and vmx/main.c at softtdx: every SEAMCALL wrapper of <asm/tdx.h>,
 * and the few helpers around them, get another name before the header that declares them is read.
 * The kernel's sources are compiled as they are; a wrapper that a newer tree adds and this list
 * lacks is refused at build time (see soft-stubs.sh), so that it can never reach the real SEAMCALL.
 */
#ifndef SOFTTDX_RENAME_H
#define SOFTTDX_RENAME_H

#define tdh_vp_enter			soft_tdh_vp_enter
#define tdh_mng_addcx			soft_tdh_mng_addcx
#define tdh_mem_page_add		soft_tdh_mem_page_add
#define tdh_mem_sept_add		soft_tdh_mem_sept_add
#define tdh_vp_addcx			soft_tdh_vp_addcx
#define tdh_mem_page_aug		soft_tdh_mem_page_aug
#define tdh_mem_range_block		soft_tdh_mem_range_block
#define tdh_mng_key_config		soft_tdh_mng_key_config
#define tdh_mng_create			soft_tdh_mng_create
#define tdh_vp_create			soft_tdh_vp_create
#define tdh_mng_rd			soft_tdh_mng_rd
#define tdh_mr_extend			soft_tdh_mr_extend
#define tdh_mr_finalize			soft_tdh_mr_finalize
#define tdh_vp_flush			soft_tdh_vp_flush
#define tdh_mng_vpflushdone		soft_tdh_mng_vpflushdone
#define tdh_mng_key_freeid		soft_tdh_mng_key_freeid
#define tdh_mng_init			soft_tdh_mng_init
#define tdh_vp_init			soft_tdh_vp_init
#define tdh_vp_rd			soft_tdh_vp_rd
#define tdh_vp_wr			soft_tdh_vp_wr
#define tdh_phymem_page_reclaim		soft_tdh_phymem_page_reclaim
#define tdh_mem_track			soft_tdh_mem_track
#define tdh_mem_page_remove		soft_tdh_mem_page_remove
#define tdh_mem_sept_remove		soft_tdh_mem_sept_remove
#define tdh_mem_range_unblock		soft_tdh_mem_range_unblock
#define tdh_mem_sept_rd			soft_tdh_mem_sept_rd
#define tdh_phymem_cache_wb		soft_tdh_phymem_cache_wb
#define tdh_phymem_page_wbinvd_tdr	soft_tdh_phymem_page_wbinvd_tdr
#define tdh_phymem_page_wbinvd_hkid	soft_tdh_phymem_page_wbinvd_hkid

#define tdx_get_sysinfo			soft_tdx_get_sysinfo
#define tdx_guest_keyid_alloc		soft_tdx_guest_keyid_alloc
#define tdx_guest_keyid_free		soft_tdx_guest_keyid_free
#define tdx_get_nr_guest_keyids		soft_tdx_get_nr_guest_keyids
#define tdx_quirk_reset_paddr		soft_tdx_quirk_reset_paddr

#include <asm/tdx.h>
#include <asm/vmx.h>	/* 7.2's vmx/common.h uses it without reading it */

#endif
