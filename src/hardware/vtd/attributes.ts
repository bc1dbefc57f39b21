/**
 * What the `attributes` of a row hold above the permission (bits 0–1), by kind. Accessed, dirty and ignored bits are never
 * part of a row: two entries that differ in them alone are the same member.
 */

/** Table and page rows of the first stage: some level had U/S = 0, so only privileged requests may use it. */
export const SUPERVISOR_ONLY = 1 << 2;
/** nested-table rows: the second stage must permit writes too (SSADE sets accessed bits there, 3.8.1). */
export const NEEDS_WRITE = 1 << 3;

/** nested rows: the first stage forbids writing and the second does not, so only an unprotected privileged write may. */
export const SECOND_WRITES = 1 << 3;

/** context, fetch and pasid rows. */
export const DEVICE_TLB = 1 << 2; // DTE: the device may ask for translations and use them
export const PRIVILEGED_RID = 1 << 3; // RID_PRIV
export const SERVES_RID = 1 << 4; // the entry of RID_PASID: serves requests without PASID, and only those
/** context rows. */
export const TAKES_PASID = 1 << 5; // PASIDE
export const TAKES_PAGE_REQUESTS = 1 << 6; // PRE
export const DIRECTORY_SIZE_SHIFT = 7; // PDTS, 3 bits; `extra` is RID_PASID
/** fetch and pasid rows. */
export const TYPE_SHIFT = 5; // PGTT, 3 bits
export const SUPERVISOR_ENABLED = 1 << 8; // SRE
export const WRITE_PROTECT = 1 << 9; // WPE
export const SECOND_ACCESSED_ENABLED = 1 << 10; // SSADE
