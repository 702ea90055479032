// SPDX-License-Identifier: Apache-2.0
// Infinities and NaN among activations, scales and fp16 weights, in every PE type and format: what the pages
// of the PE types say, and nothing of it in the results of other tokens and channels.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/pe/registry.h"
#include "tests/exact/reference.h"
#include "tests/exact/sweep.h"

namespace vernier::exact {
namespace {

using formats::ActivationFormat;

constexpr uint16_t kInfinity = 0x7c00, kMinusInfinity = 0xfc00, kNan = 0x7e00, kSignallingNan = 0xfc01;
constexpr uint16_t kLarge = 0x7400;  // 16384: four are beyond fp16

Product random_product(const machine::ArrayParams& array, const std::string& format,
                       ActivationFormat activations, int64_t group, std::mt19937_64& random) {
  Product product;
  product.machine = machine_around(array);
  product.weight_format = format;
  product.activations = activations;
  product.route = static_cast<Route>(random() % 3);
  product.roomy = random() % 2 == 0;
  product.clocked = random() % 2 == 0;
  product.shape.m = 9;
  product.shape.n = 2 * array.rows + 1;
  product.shape.k = formats::is_table(activations) ? 2 * group + 4 : 2 * group + 3;
  for (int64_t i = 0; i < product.shape.m * product.shape.k; ++i)
    product.inputs.push_back(half_of(static_cast<Real>(random() % 7) - 3));
  product.weights = {random_weights(random, spec_of(format), product.shape.n, product.shape.k, true)};
  return product;
}

class SpecialValues : public testing::TestWithParam<const pe::PeDescriptor*> {
 protected:
  /// Calls change(product) for every combination, and checks what comes out.
  template <typename Change>
  void check_all(const Change& change) {
    uint64_t seed = 0;
    for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
      const int64_t group = group_unit(array);
      for (const std::string& format : formats_of(*GetParam(), array, group)) {
        for (const ActivationFormat activations : GetParam()->activations) {
          std::mt19937_64 random(++seed);
          SCOPED_TRACE(fmt::format("{} {} {} x {} seed {}", array.pe, array.weight_stationary() ? "ws" : "os",
                                   format, formats::name_of(activations), seed));
          Product product = random_product(array, format, activations, group, random);
          change(product);
          if (!holds(product, run(product), [](int64_t) { return Due::special; })) return;
        }
      }
    }
  }
};

TEST_P(SpecialValues, of_activations_stay_with_their_token) {
  check_all([this](Product& product) {
    const int64_t k = product.shape.k;
    const auto set = [&](int64_t row, int64_t col, uint16_t bits) {
      product.inputs[static_cast<size_t>(row * k + col)] = bits;
    };
    set(1, 0, kInfinity);
    set(2, k - 1, kMinusInfinity);
    set(3, k / 2, kNan);
    set(4, 1, kSignallingNan);
    set(5, 2, kInfinity);
    set(5, k - 2, kMinusInfinity);
    set(7, 3, kInfinity);
    set(7, 4, kInfinity);
    if (!GetParam()->takes(ActivationFormat::table_fp16)) return;
    for (int64_t i = 4; i < 8; ++i) set(8, i, i % 2 == 0 ? kLarge : kLarge | 0x8000);
  });
}

TEST_P(SpecialValues, of_scales_and_weights_stay_with_their_channel) {
  check_all([](Product& product) {
    Weights& weights = product.weights.front();
    const auto groups = static_cast<size_t>(weights.groups());
    const uint16_t specials[] = {kInfinity, kNan, kMinusInfinity, kSignallingNan};
    for (size_t i = 0; i < 4; ++i) {
      if (weights.spec.scale_bits == 16) weights.scales[(i + 1) * groups + i % groups] = specials[i];
      if (weights.spec.channel_scale) weights.channel_scales[i + 1] = specials[i];
      if (weights.spec.coding == Coding::fp16)
        weights.codes[(i + 1) * static_cast<size_t>(weights.k) + 3 * i] = specials[i];
    }
  });
}

/// Positive activations and large weights of 8 bits: sums add up.
Product long_product(const machine::ArrayParams& array, const std::string& format, int64_t group) {
  std::mt19937_64 random(1);
  Product product;
  product.machine = machine_around(array);
  product.weight_format = format;
  product.activations = ActivationFormat::int8;
  product.shape.m = 2;
  product.shape.n = 3;
  product.shape.k = 2 * group + 41;
  for (int64_t i = 0; i < product.shape.m * product.shape.k; ++i)
    product.inputs.push_back(half_of(static_cast<Real>(112 + random() % 16) / 16));
  product.weights = {random_weights(random, spec_of(format), product.shape.n, product.shape.k, false)};
  const bool is_unsigned = product.weights[0].spec.coding == Coding::lut;
  for (uint16_t& code : product.weights[0].codes)
    code = static_cast<uint16_t>((is_unsigned ? 255 : 127) - static_cast<int>(random() % 8));
  return product;
}

// Group sums and products with zero points beyond 2^24: rounded as docs/array.md says. lut has groups of 1028
// at the most.
TEST_P(SpecialValues, of_long_sums_are_rounded_once) {
  if (!GetParam()->takes(ActivationFormat::int8)) return;
  for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
    Real largest = 0;
    for (const int64_t group : {1024, 2048}) {
      for (const std::string& format : formats_of(*GetParam(), array, group)) {
        if (spec_of(format).bits < 8) continue;
        SCOPED_TRACE(fmt::format("{} {}", array.pe, format));
        const Product product = long_product(array, format, group);
        if (!holds(product, run(product), [](int64_t) { return Due::integer; })) return;
        Real sum = 0;
        for (int64_t i = 0; i < group; ++i) sum += product.weights[0].integer(0, i) * 112;
        largest = std::max(largest, sum);
      }
    }
    EXPECT_GT(largest, 0x1p24L);
  }
}

INSTANTIATE_TEST_SUITE_P(Pe, SpecialValues, testing::ValuesIn(pe::all()),
                         [](const auto& pe) { return pe.param->name; });

}  // namespace
}  // namespace vernier::exact
