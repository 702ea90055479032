// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/block_spec.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::cosim {

namespace blocks {
#define VERNIER_BLOCKS(name) std::vector<BlockSpec> name();
#include "sim/cosim/blocks/list.h"
#undef VERNIER_BLOCKS
}  // namespace blocks

namespace {

class Combinational : public IBlockGolden {
 public:
  explicit Combinational(const BlockFunction& function) : function_(function) {}
  void outputs(const uint32_t* in, uint32_t* out, uint32_t* care) override { function_(in, out, care); }

 private:
  const BlockFunction& function_;
};

}  // namespace

std::function<std::unique_ptr<IBlockGolden>()> combinational(BlockFunction function) {
  const auto shared = std::make_shared<BlockFunction>(std::move(function));
  return [shared] { return std::make_unique<Combinational>(*shared); };
}

const std::vector<BlockSpec>& block_specs() {
  static const std::vector<BlockSpec> specs = [] {
    std::vector<BlockSpec> all;
    const auto append = [&all](std::vector<BlockSpec> more) {
      std::move(more.begin(), more.end(), std::back_inserter(all));
    };
#define VERNIER_BLOCKS(name) append(blocks::name());
#include "sim/cosim/blocks/list.h"
#undef VERNIER_BLOCKS
    return all;
  }();
  return specs;
}

const BlockSpec& block_spec(const std::string& module) {
  const std::vector<BlockSpec>& specs = block_specs();
  const auto found =
      std::find_if(specs.begin(), specs.end(), [&](const BlockSpec& spec) { return spec.module == module; });
  if (found != specs.end()) return *found;
  throw InputError("COS005",
                   fmt::format("rtl/blocks.txt names the block '{}', which has no golden function", module),
                   {}, "write one in sim/cosim/blocks");
}

}  // namespace vernier::cosim
