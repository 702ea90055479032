// SPDX-License-Identifier: Apache-2.0
// What there is to be tried: arrays of a PE type, and weight formats that it takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/machine/machine.h"
#include "models/pe/pe.h"

namespace vernier::exact {

/// Every weight format that the array takes, with groups of `group`: the names of `vernier list format` with
/// all numbers of bits, and the codes of caches whose scales lie outside.
std::vector<std::string> formats_of(const pe::PeDescriptor& pe, const machine::ArrayParams& array,
                                    int64_t group);

/// Two output-stationary arrays, and a weight-stationary one if the PE can.
std::vector<machine::ArrayParams> arrays_of(const pe::PeDescriptor& pe);

/// The least group size that every format has on the array.
int64_t group_unit(const machine::ArrayParams& array);

}  // namespace vernier::exact
