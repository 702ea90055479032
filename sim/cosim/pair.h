// SPDX-License-Identifier: Apache-2.0
// Both arrays of a block, fresh from reset, in lockstep.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/array/pe_array_model.h"
#include "models/pe/registry.h"
#include "sim/cosim/regression.h"

namespace vernier::cosim {

struct Pair {
  explicit Pair(const Block& block)
      : rtl(block.make_rtl()),
        systemc(block.array, formats_of(block)),
        lockstep(block.array, *rtl, systemc) {}

  static std::vector<formats::GroupFormat> formats_of(const Block& block) {
    std::vector<formats::GroupFormat> formats;
    for (const std::string& name : pe::pe(block.array.pe).example_formats) {
      formats.push_back(formats::group_format(name));
    }
    return formats;
  }

  std::unique_ptr<array::IPeArray> rtl;
  array::PeArrayModel systemc;
  Lockstep lockstep;
};

}  // namespace vernier::cosim
