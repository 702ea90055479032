// SPDX-License-Identifier: Apache-2.0
// Products of every PE type with every format that it takes, through whole machines, against arithmetic on
// the stored numbers that shares no code with the models: all fidelities agree on a wrong layout as well.
//
// Most tokens are one-hot: their results are single weights, which shows every element, group and scale that
// is not in its place. Others are dense, with results that are exact, or within the bound of the PE's page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

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
    if (powers_) return half_of(random_() % 8 == 0 ? Real{-0.0L} : static_cast<Real>(random_() % 7) - 3);
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

/// How a product is run, drawn at random, and everything but n and k.
Product random_product(const machine::ArrayParams& array, const std::string& format,
                       ActivationFormat activations, std::mt19937_64& random) {
  Product product;
  product.machine = machine_around(array);
  product.weight_format = format;
  product.activations = activations;
  product.route = static_cast<Route>(random() % 3);
  product.roomy = random() % 2 == 0;
  product.clocked = random() % 3 == 0;
  product.shape.batch = random() % 4 == 0 ? 2 : 1;
  product.shape.outer = random() % 4 == 0 ? 2 : 1;
  product.shape.repeat = random() % 4 == 0 ? 2 : 1;
  return product;
}

/// Makes k whole tables, and m enough for a token per element and three more.
bool check(Product& product, uint64_t seed, bool powers, Coverage& coverage) {
  const machine::ArrayParams& array = product.machine.array;
  Shape& shape = product.shape;
  if (formats::is_table(product.activations)) shape.k = (shape.k + 3) / 4 * 4;
  shape.m = (shape.k + 3 + shape.outer - 1) / shape.outer;
  SCOPED_TRACE(fmt::format(
      "{} {}x{} lanes {} {}, {} x {}, batch {} outer {} m {} n {} k {} repeat {}, seed {}{}{}", array.pe,
      array.rows, array.cols, array.lanes,
      array.weight_stationary() ? "weight-stationary" : "output-stationary", product.weight_format,
      formats::name_of(product.activations), shape.batch, shape.outer, shape.m, shape.n, shape.k,
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

/// Every format on one array: groups of one step, of some, and longer than K.
void check_formats(const pe::PeDescriptor& pe, const machine::ArrayParams& array, uint64_t seed,
                   Coverage& coverage) {
  const int64_t unit = group_unit(array);
  const bool many = formats_of(pe, array, unit).size() * pe.activations.size() > 50;
  int64_t size = 0;
  for (const int64_t group : {unit, 3 * unit, int64_t{64}}) {
    int64_t turn = size++;
    for (const std::string& format : formats_of(pe, array, group)) {
      for (const ActivationFormat activations : pe.activations) {
        for (const bool powers : {true, false}) {
          if (many && turn++ % 3 != 0) continue;  // every one with one of the sizes
          std::mt19937_64 random(seed);
          Product product = random_product(array, format, activations, random);
          product.shape.n = 2 * array.rows + 1;
          product.shape.k = group == 64 ? 21 : 2 * group + group / 2 + 1;
          if (!check(product, seed++, powers, coverage)) return;
        }
      }
    }
  }
}

/// Any array, any size of groups and of matrices.
bool check_random(const pe::PeDescriptor& pe, uint64_t seed, Coverage& coverage) {
  std::mt19937_64 random(seed);
  const auto pick = [&random](uint64_t most) { return static_cast<int>(1 + random() % most); };
  machine::ArrayParams array{pe.name, pick(9), pick(9), 0, machine::Delivery::broadcast};
  array.lanes = pe.min_lanes * pick(static_cast<uint64_t>(std::min(pe.max_lanes, 8) / pe.min_lanes));
  if (random() % 2 == 0) array.delivery = machine::Delivery::systolic;
  if (pe.multiply_add && random() % 3 == 0) {
    array.delivery = machine::Delivery::systolic;
    array.dataflow = machine::Dataflow::weight_stationary;
  }
  const std::vector<std::string> formats = formats_of(pe, array, array.lanes * pick(8));
  if (formats.empty()) return true;  // no groups of this size
  const std::string& format = formats[random() % formats.size()];
  Product product = random_product(array, format, pe.activations[random() % pe.activations.size()], random);
  product.shape.n = pick(20);
  product.shape.k = pick(40);
  return check(product, seed, random() % 2 == 0, coverage);
}

uint64_t environment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

class ExactProducts : public testing::TestWithParam<const pe::PeDescriptor*> {};

TEST_P(ExactProducts, of_every_format) {
  uint64_t seed = 0;
  for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
    Coverage coverage;
    check_formats(*GetParam(), array, seed += 1000, coverage);
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

TEST_P(ExactProducts, of_random_shapes) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", environment("VERNIER_LONG", 0) != 0 ? 300 : 12);
  Coverage coverage;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    SCOPED_TRACE(
        fmt::format("reproduce: VERNIER_SEED={} VERNIER_CASES=1 build/release/bin/test_exact "
                    "--gtest_filter='*random_shapes/{}'",
                    seed, GetParam()->name));
    if (!check_random(*GetParam(), seed, coverage)) return;
  }
  if (cases >= 12) {
    EXPECT_GT(coverage.products, 4);
  }
}

INSTANTIATE_TEST_SUITE_P(Pe, ExactProducts, testing::ValuesIn(pe::all()),
                         [](const auto& pe) { return pe.param->name; });

}  // namespace
}  // namespace vernier::exact
