// SPDX-License-Identifier: Apache-2.0
// The files of sim/cosim/blocks, one line each: <name>.cpp defines vernier::cosim::blocks::<name>(), the
// specs of the blocks of a PE type or of rtl/common and rtl/array. Includers define VERNIER_BLOCKS.
VERNIER_BLOCKS(common)
VERNIER_BLOCKS(bitmod)
VERNIER_BLOCKS(fp16_mac)
VERNIER_BLOCKS(lut)
VERNIER_BLOCKS(ant)
VERNIER_BLOCKS(olive)
VERNIER_BLOCKS(mixpe_a8)
VERNIER_BLOCKS(mixpe_a16)
VERNIER_BLOCKS(int8_mac)
