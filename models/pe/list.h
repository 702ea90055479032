// SPDX-License-Identifier: Apache-2.0
// The list of PE types, one line each: models/pe/<name> defines vernier::pe::<name>::descriptor(),
// rtl/pe/<name> the hardware of the same name. Includers define VERNIER_PE.
VERNIER_PE(ant)
VERNIER_PE(bitmod)
VERNIER_PE(fp16_mac)
VERNIER_PE(int8_mac)
VERNIER_PE(lut)
VERNIER_PE(mixpe_a16)
VERNIER_PE(mixpe_a8)
VERNIER_PE(olive)
