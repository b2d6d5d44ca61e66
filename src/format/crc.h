/*
 * crc.h - CRC-32 of ISO 3309, the checksum of PNG and zip.
 */
#ifndef CRC_H
#define CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of bytes in pieces: crc begins as 0xffffffff, the end is its complement. */
uint32_t crc_add(uint32_t crc, const void *data, size_t bytes);
uint32_t crc_of(const void *data, size_t bytes);

#endif
