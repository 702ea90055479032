// SPDX-License-Identifier: Apache-2.0
// rtl/common and the output unit: golden values are those of the host's IEEE 754 arithmetic.
#include <cmath>

#include "models/array/output_unit.h"
#include "models/formats/ieee.h"
#include "sim/cosim/block_spec.h"
#include "sim/cosim/blocks/numbers.h"

namespace vernier::cosim::blocks {
namespace {

using formats::fp16_to_float;
using formats::fp32_canonical_bits;
using formats::fp32_from_bits;

uint16_t half(uint32_t word) { return static_cast<uint16_t>(word); }

/// Two stages, both held while `advance` is low.
class OutputUnit : public IBlockGolden {
 public:
  void outputs(const uint32_t*, uint32_t* out, uint32_t*) override { out[0] = data_; }
  void edge(const uint32_t* in) override {
    if (in[0] == 0) return;
    data_ = array::output_unit(fp32_, in[5], half(in[6]), {in[2] != 0, in[3] != 0, in[4] != 0 ? -1 : 0});
    fp32_ = in[1];
  }

 private:
  uint32_t fp32_ = 0, data_ = 0;
};

/// Four columns, a sum in each cycle. docs/array.md, "Group dequantizers at the edge".
class GroupDequantizer : public IBlockGolden {
 public:
  void reset() override { *this = GroupDequantizer(); }
  void outputs(const uint32_t* in, uint32_t* out, uint32_t* care) override {
    const uint32_t col = in[kReadCol] & 3U;
    out[0] = results_[col];
    if (!written_[col]) care[0] = 0;
  }
  void edge(const uint32_t* in) override {
    if (in[kStart] != 0) {
      col_ = 0;
      group_ = {in[kFirst] != 0, fp16_to_float(half(in[kScale])), zero_point(in[kZeroPoint])};
    }
    // Sum, difference, product: the result is in the accumulator four cycles after the sum was here.
    Stage stage;
    if (col_ < in[kCols]) stage = {true, col_++, group_, in[kSum], in[kActSum]};
    stages_.insert(stages_.begin(), stage);
    const Stage last = stages_.back();
    stages_.pop_back();
    if (!last.valid) return;
    float value = fp32_from_bits(last.sum);
    if (last.group.zero_point != 0) {
      value -= static_cast<float>(last.group.zero_point) * fp32_from_bits(last.act_sum);
    }
    const float old = last.group.first ? 0.0F : fp32_from_bits(results_[last.col]);
    results_[last.col] = fp32_canonical_bits(old + value * last.group.scale);
    written_[last.col] = true;
  }

  // Pins.
  static constexpr size_t kCols = 0, kStart = 1, kFirst = 2, kScale = 3, kZeroPoint = 4, kSum = 5,
                          kActSum = 6, kReadCol = 7;

 private:
  struct Group {
    bool first = false;
    float scale = 0;
    int zero_point = 0;
  };
  struct Stage {
    bool valid = false;
    uint32_t col = 0;
    Group group;
    uint32_t sum = 0, act_sum = 0;
  };
  static int zero_point(uint32_t bits) {
    return static_cast<int>(bits & 0x3ffU) - ((bits & 0x200U) != 0 ? 1024 : 0);
  }

  uint32_t col_ = 4;
  Group group_;
  std::vector<Stage> stages_ = std::vector<Stage>(3);
  uint32_t results_[4] = {};
  bool written_[4] = {};
};

/// Far from subnormal results, whatever is subtracted from it.
uint32_t moderate_fp32(Random& random) {
  const uint32_t any = any_fp32(random);
  const uint32_t exponent = any >> 23 & 0xffU;
  if (exponent == 0 || exponent == 255) return any;
  return (any & 0x807fffffU) | static_cast<uint32_t>(random.pick(110, 150)) << 23;
}

BlockSpec group_dequantizer() {
  return {"group_dequantizer",
          "common",
          {{"cols_i", 13},
           {"start_i", 1},
           {"first_i", 1},
           {"scale_i", 16},
           {"zero_point_i", 10},
           {"group_sum_i", 32},
           {"act_sum_i", 32},
           {"read_col_i", 13}},
          {{"out_o", 32}},
          64,
          0,
          [](Random& random, uint64_t vector, int cycle, uint32_t* in) {
            using Pin = GroupDequantizer;
            const int cols = 1 + static_cast<int>(vector % 4);
            in[Pin::kCols] = static_cast<uint32_t>(cols);
            in[Pin::kStart] = cycle % (cols + static_cast<int>(vector / 4 % 3)) == 0 ? 1 : 0;
            in[Pin::kFirst] = cycle == 0 || random.chance(20) ? 1 : 0;
            in[Pin::kScale] = any_fp16(random);
            in[Pin::kZeroPoint] = random.chance(30) ? 0 : static_cast<uint32_t>(random.bits());
            in[Pin::kSum] = moderate_fp32(random);
            in[Pin::kActSum] = moderate_fp32(random);
            in[Pin::kReadCol] = static_cast<uint32_t>(random.pick(0, cols - 1));
          },
          [] { return std::make_unique<GroupDequantizer>(); }};
}

BlockSpec int_to_fp32() {
  return {"int_to_fp32",
          "common",
          {{"value_i", 40}, {"exponent_i", 8}},
          {{"fp32_o", 32}},
          64,
          0,
          [](Random& random, uint64_t, int, uint32_t* in) {
            // As many significant bits as chance has it, often a run of ones or zeros below them.
            const int64_t bits = static_cast<int64_t>(random.bits()) >> random.pick(24, 63);
            const uint64_t low = (uint64_t{1} << random.pick(0, 30)) - 1;
            const uint64_t value = static_cast<uint64_t>(bits) ^ (random.chance(50) ? low : 0);
            in[0] = static_cast<uint32_t>(value);
            in[1] = static_cast<uint32_t>(value >> 32);
            in[2] = static_cast<uint32_t>(random.pick(-60, 60));
          },
          combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
            const auto value = static_cast<int64_t>((uint64_t{in[1]} << 32 | in[0]) << 24) >> 24;
            // 64 bits of significand: exact, so that there is one rounding.
            const long double exact = std::ldexp(static_cast<long double>(value), static_cast<int8_t>(in[2]));
            out[0] = formats::fp32_bits(static_cast<float>(exact));
          })};
}

}  // namespace

std::vector<BlockSpec> common();
std::vector<BlockSpec> common() {
  std::vector<BlockSpec> specs;
  specs.push_back({"fp16_mul",
                   "common",
                   {{"a_i", 16}, {"b_i", 16}},
                   {{"product_o", 32}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) {
                     in[0] = any_fp16(random);
                     in[1] = any_fp16(random);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
                     out[0] = fp32_canonical_bits(fp16_to_float(half(in[0])) * fp16_to_float(half(in[1])));
                   })});
  specs.push_back({"fp8_mul",
                   "common",
                   {{"a_i", 8}, {"b_i", 8}},
                   {{"product_o", 32}},
                   64,
                   65536 / 64,
                   [](Random&, uint64_t vector, int cycle, uint32_t* in) {
                     const uint64_t pair = vector * 64 + static_cast<uint64_t>(cycle);
                     in[0] = static_cast<uint32_t>(pair & 0xffU);
                     in[1] = static_cast<uint32_t>(pair >> 8 & 0xffU);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
                     out[0] = fp32_canonical_bits(formats::fp8_e4m3_to_float(static_cast<uint8_t>(in[0])) *
                                                  formats::fp8_e4m3_to_float(static_cast<uint8_t>(in[1])));
                   })});
  specs.push_back({"fp32_add",
                   "common",
                   {{"a_i", 32}, {"b_i", 32}},
                   {{"sum_o", 32}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) {
                     in[0] = any_fp32(random);
                     in[1] = any_fp32(random, in[0]);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
                     out[0] = fp32_canonical_bits(fp32_from_bits(in[0]) + fp32_from_bits(in[1]));
                   })});
  specs.push_back({"fp32_scale",
                   "common",
                   {{"a_i", 32}, {"b_i", 16}},
                   {{"product_o", 32}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) {
                     in[0] = any_fp32(random);
                     in[1] = any_fp16(random);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
                     out[0] = fp32_canonical_bits(fp32_from_bits(in[0]) * fp16_to_float(half(in[1])));
                   })});
  specs.push_back({"fp32_to_fp16",
                   "common",
                   {{"a_i", 32}, {"half_i", 1}},
                   {{"fp16_o", 16}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) {
                     in[0] = any_fp32(random);
                     // Most of them in the range of fp16, and many halfway between two.
                     if (random.chance(70)) {
                       in[0] = (in[0] & 0x807fffffU) | static_cast<uint32_t>(random.pick(100, 144)) << 23;
                     }
                     if (random.chance(30)) in[0] &= 0xfffff000U;
                     in[1] = static_cast<uint32_t>(random.bits() & 1U);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
                     const float value = fp32_from_bits(in[0]);
                     out[0] = formats::fp16_from_float(in[1] != 0 ? std::ldexp(value, -1) : value);
                   })});
  specs.push_back({"output_unit",
                   "common",
                   {{"advance_i", 1},
                    {"fp32_i", 32},
                    {"final_i", 1},
                    {"accumulate_i", 1},
                    {"half_i", 1},
                    {"partial_i", 32},
                    {"channel_scale_i", 16}},
                   {{"data_o", 32}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) {
                     in[0] = random.chance(80) ? 1 : 0;
                     in[1] = any_fp32(random);
                     for (int i = 2; i < 5; ++i) in[i] = static_cast<uint32_t>(random.bits() & 1U);
                     in[5] = any_fp32(random, in[1]);
                     in[6] = any_fp16(random);
                   },
                   [] { return std::make_unique<OutputUnit>(); }});
  specs.push_back(group_dequantizer());
  specs.push_back(int_to_fp32());
  return specs;
}

}  // namespace vernier::cosim::blocks
