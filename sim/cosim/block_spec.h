// SPDX-License-Identifier: Apache-2.0
// What a block below the array has to do, and with which inputs that is tried. One spec per module of
// rtl/blocks.txt, in sim/cosim/blocks/<x>.cpp; the list of these files is sim/cosim/blocks/list.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/cosim/random.h"

namespace vernier::cosim {

struct BlockPin {
  const char* name;
  int bits;
};

/// The golden side, cycle by cycle. Every pin starts at a word of its own, low bits first, in the order of
/// the spec.
class IBlockGolden {
 public:
  virtual ~IBlockGolden() = default;
  virtual void reset() {}
  /// What the outputs are in a cycle with these inputs. `out` is zero before, `care` all ones: bits that are
  /// cleared there may be anything.
  virtual void outputs(const uint32_t* in, uint32_t* out, uint32_t* care) = 0;
  /// The rising edge that ends the cycle.
  virtual void edge(const uint32_t* /*in*/) {}
};

struct BlockSpec {
  std::string module;
  std::string pe;  ///< the PE type it belongs to, or "common"
  std::vector<BlockPin> inputs;
  std::vector<BlockPin> outputs;
  int cycles = 64;   ///< of a vector; a vector begins with a reset
  uint64_t all = 0;  ///< this many vectors try every input; 0 = there are too many
  /// The inputs of a cycle of a vector. Bits beyond a pin's width are cut off.
  std::function<void(Random&, uint64_t vector, int cycle, uint32_t* in)> drive;
  std::function<std::unique_ptr<IBlockGolden>()> golden;
};

using BlockFunction = std::function<void(const uint32_t* in, uint32_t* out, uint32_t* care)>;

/// The golden side of a block without state.
[[nodiscard]] std::function<std::unique_ptr<IBlockGolden>()> combinational(BlockFunction function);

/// All specs, in the order of sim/cosim/blocks/list.h.
[[nodiscard]] const std::vector<BlockSpec>& block_specs();
/// The spec of a module of rtl/blocks.txt. Throws InputError COS005 if there is none.
[[nodiscard]] const BlockSpec& block_spec(const std::string& module);

}  // namespace vernier::cosim
