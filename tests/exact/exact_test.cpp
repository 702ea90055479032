// SPDX-License-Identifier: Apache-2.0
// Products of every PE type with every format that it takes, through whole machines, against arithmetic on
// the stored numbers that shares no code with the models: all fidelities agree on a wrong layout as well.
//
// Most tokens are one-hot: their results are single weights, which shows every element, group and scale that
// is not in its place. Others are dense, with results that are exact, or within the bound of the PE's page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/pe/registry.h"
#include "tests/exact/reference.h"
#include "tests/exact/sweep.h"

namespace vernier::exact {
namespace {

using formats::ActivationFormat;

/// Inputs and weights of a product.
class Filler {
 public:
  Filler(Product& product, uint64_t seed, bool powers) : product_(product), random_(seed), powers_(powers) {}

  void fill() {
    const Shape& shape = product_.shape;
    for (int64_t row = 0; row < shape.tokens(); ++row) {
      const int64_t hot = hot_of(row);
      for (int64_t col = 0; col < shape.k; ++col)
        product_.inputs.push_back(hot < shape.k ? one_hot(hot, col) : dense());
    }
    const Spec spec = spec_of(product_.weight_format);
    for (int64_t i = 0; i < shape.repeat * shape.batch; ++i)
      product_.weights.push_back(random_weights(random_, spec, shape.n, shape.k, powers_));
  }

  /// What the results of a row are held to.
  [[nodiscard]] Due due(int64_t row) const {
    if (powers_ || hot_of(row) < product_.shape.k) return Due::exact;
    return product_.activations == ActivationFormat::int8 ? Due::integer : Due::bound;
  }

 private:
  /// Rows of a batch entry: each element alone, then dense ones.
  [[nodiscard]] int64_t hot_of(int64_t row) const { return row % (product_.shape.outer * product_.shape.m); }

  /// With powers: sums of four are exact in tables of int8. Else seldom a large one.
  uint16_t dense() {
    if (powers_) return half_of(static_cast<Real>(random_() % 7) - 3);
    const Real value = std::ldexp(static_cast<Real>(random_() % 4096) - 2048, -10);
    return half_of(random_() % 16 == 0 ? value * 16 : value);
  }

  Product& product_;
  std::mt19937_64 random_;
  bool powers_;
};

struct Coverage {
  int products = 0, split = 0, whole = 0, clocked = 0, caches = 0;
};

/// One format on one array: groups of one step, of some, and longer than K.
class Sweep {
 public:
  Sweep(const pe::PeDescriptor& pe, const machine::ArrayParams& array, int64_t first_seed)
      : pe_(pe), array_(array), count_(first_seed) {}

  void run_all(Coverage& coverage) {
    const int64_t unit = group_unit(array_);
    const bool many = formats_of(pe_, array_, unit).size() * pe_.activations.size() > 50;
    int64_t size = 0;
    for (const int64_t group : {unit, 3 * unit, int64_t{64}}) {
      int64_t turn = size++;
      for (const std::string& format : formats_of(pe_, array_, group)) {
        for (const ActivationFormat activations : pe_.activations) {
          for (const bool powers : {true, false}) {
            if (many && turn++ % 3 != 0) continue;  // every one with one of the sizes
            if (!run_one(format, activations, group, powers, coverage)) return;
          }
        }
      }
    }
  }

 private:
  bool run_one(const std::string& format, ActivationFormat activations, int64_t group, bool powers,
               Coverage& coverage) {
    const auto seed = static_cast<uint64_t>(count_++);
    Product product;
    product.machine = machine_around(array_);
    product.weight_format = format;
    product.activations = activations;
    std::mt19937_64 random(seed);
    product.route = static_cast<Route>(random() % 3);
    product.roomy = random() % 2 == 0;
    product.clocked = random() % 3 == 0;
    Shape& shape = product.shape;
    shape.batch = random() % 4 == 0 ? 2 : 1;
    shape.outer = random() % 4 == 0 ? 2 : 1;
    shape.repeat = random() % 4 == 0 ? 2 : 1;
    shape.n = 2 * array_.rows + 1;
    shape.k = group == 64 ? 21 : 2 * group + group / 2 + 1;
    if (formats::is_table(activations)) shape.k = (shape.k + 3) / 4 * 4;
    shape.m = (shape.k + 3 + shape.outer - 1) / shape.outer;
    SCOPED_TRACE(
        fmt::format("{} {}x{} lanes {} {}, {} x {}, batch {} outer {} m {} n {} k {} repeat {}, seed {}{}{}",
                    pe_.name, array_.rows, array_.cols, array_.lanes,
                    array_.weight_stationary() ? "weight-stationary" : "output-stationary", format,
                    formats::name_of(activations), shape.batch, shape.outer, shape.m, shape.n, shape.k,
                    shape.repeat, seed, product.roomy ? "" : " tight", powers ? " powers" : ""));
    try {
      Filler filler(product, seed, powers);
      filler.fill();
      const Results results = run(product);
      ++coverage.products;
      ++(results.block_k < shape.k ? coverage.split : coverage.whole);
      coverage.clocked += product.clocked ? 1 : 0;
      coverage.caches += shape.batch > 1 ? 1 : 0;
      return holds(product, results, [&filler](int64_t row) { return filler.due(row); });
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
      return false;
    }
  }

  const pe::PeDescriptor& pe_;
  machine::ArrayParams array_;
  int64_t count_;
};

class ExactProducts : public testing::TestWithParam<const pe::PeDescriptor*> {};

TEST_P(ExactProducts, of_every_format) {
  int64_t seed = 0;
  for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
    Coverage coverage;
    Sweep(*GetParam(), array, seed += 1000).run_all(coverage);
    if (HasFailure()) return;
    fmt::print("{} {}: {} products, {} split along K, {} batches, {} in systemc\n", array.pe,
               array.weight_stationary() ? "weight-stationary" : "output-stationary", coverage.products,
               coverage.split, coverage.caches, coverage.clocked);
    EXPECT_GT(coverage.split, 0);
    EXPECT_GT(coverage.clocked, 0);
    if (array.weight_stationary()) continue;  // always in tiles
    EXPECT_GT(coverage.whole, 0);
    EXPECT_GT(coverage.caches, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Pe, ExactProducts, testing::ValuesIn(pe::all()),
                         [](const auto& pe) { return pe.param->name; });

}  // namespace
}  // namespace vernier::exact
