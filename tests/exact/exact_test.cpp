// SPDX-License-Identifier: Apache-2.0
// Products of every PE type with every format that it takes, through whole machines, against arithmetic on the
// stored numbers that shares no code with the models: all fidelities agree on a wrong layout as well.
//
// Most tokens are one-hot: their results are single weights, which shows every element, group and scale that
// is not in its place. Others are dense, with results that are exact, or within the bound of the PE's page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "models/pe/registry.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "tests/exact/reference.h"

namespace vernier::exact {
namespace {

using formats::ActivationFormat;

/// Every weight format that the PE takes: the names of `vernier list format` and the codes of caches whose
/// scales lie outside.
std::vector<std::string> formats_of(const pe::PeDescriptor& pe, const machine::ArrayParams& array, int64_t group) {
  std::vector<std::string> names;
  const auto replace = [](std::string text, const std::string& what, const std::string& by) {
    const size_t at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
  };
  const auto add = [&](const std::string& name) {
    try {
      const formats::GroupFormat format = formats::group_format(name);
      if (pe.reject(format) || (array.weight_stationary() && array::ws_reject_format(format))) return;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    } catch (const std::exception&) {  // not with so many bits
    }
  };
  for (const formats::FormatSummary& summary : formats::list_formats()) {
    for (int bits = 1; bits <= 8; ++bits) {
      const std::string name =
          replace(replace(summary.name, "N", std::to_string(bits)), "_gG", "_g" + std::to_string(group));
      add(name);
      add(replace(name, "_g", "_unit_g"));
    }
  }
  return names;
}

std::vector<machine::ArrayParams> arrays_of(const pe::PeDescriptor& pe) {
  using machine::Delivery;
  std::vector<machine::ArrayParams> arrays = {{pe.name, 3, 5, pe.min_lanes, Delivery::broadcast}};
  const int most = std::min(pe.max_lanes, 8) / pe.min_lanes * pe.min_lanes;
  arrays.push_back({pe.name, 4, 2, most, Delivery::systolic});
  if (pe.multiply_add) {
    arrays.push_back({pe.name, 6, 4, 1, Delivery::systolic, machine::Dataflow::weight_stationary});
  }
  return arrays;
}

/// Fills inputs and weights, runs the product, and checks every result.
class Checker {
 public:
  Checker(Product& product, uint64_t seed, bool powers) : product_(product), random_(seed), powers_(powers) {
    fill();
    results_ = run(product_);
  }

  [[nodiscard]] const Results& results() const { return results_; }

  bool check() {
    const Reference reference(product_);
    const bool int8 = product_.activations == ActivationFormat::int8;
    for (int64_t row = 0; row < product_.shape.tokens(); ++row) {
      for (int64_t n = 0; n < product_.shape.n; ++n) {
        const auto at = static_cast<size_t>(row * product_.shape.n + n);
        const uint16_t found = results_.functional[at];
        if (product_.clocked && results_.systemc[at] != found) {
          ADD_FAILURE() << fmt::format("row {} channel {}: systemc {:04x}, functional {:04x}", row, n,
                                       results_.systemc[at], found);
          return false;
        }
        if (!one_hot(row) && !powers_ && !int8) {
          if (!reference.within_bound(row, n, found)) return false;
          continue;
        }
        const bool exact = one_hot(row) || powers_;
        const uint16_t due = exact ? reference.exact(row, n) : reference.integer(row, n, results_.block_k);
        if (found == due) continue;
        ADD_FAILURE() << fmt::format("row {}{} channel {}: found {:04x} = {}, due {:04x} = {}", row,
                                     one_hot(row) ? " (one-hot)" : "", n, found,
                                     static_cast<double>(half_value(found)), due,
                                     static_cast<double>(half_value(due)));
        return false;
      }
    }
    return !testing::Test::HasFailure();
  }

 private:
  /// Rows of a batch entry: element i alone, for every i, then dense ones.
  [[nodiscard]] int64_t place_in_batch(int64_t row) const {
    return row % (product_.shape.outer * product_.shape.m);
  }
  [[nodiscard]] bool one_hot(int64_t row) const { return place_in_batch(row) < product_.shape.k; }

  void fill() {
    const Shape& shape = product_.shape;
    for (int64_t row = 0; row < shape.tokens(); ++row) {
      const int64_t hot = place_in_batch(row);
      for (int64_t col = 0; col < shape.k; ++col)
        product_.inputs.push_back(one_hot(row) ? half_of(hot == col ? hot_value(hot) : 0) : dense());
    }
    const Spec spec = spec_of(product_.weight_format);
    for (int64_t i = 0; i < shape.repeat * shape.batch; ++i)
      product_.weights.push_back(random_weights(random_, spec, shape.n, shape.k, powers_));
  }

  /// Exact in every format of activations.
  static Real hot_value(int64_t i) { return std::ldexp(i % 3 == 0 ? Real{-1} : Real{1}, static_cast<int>(i % 4) - 1); }

  /// With powers: sums of four are exact in tables of int8. Else seldom a large one.
  uint16_t dense() {
    if (powers_) return half_of(static_cast<Real>(random_() % 7) - 3);
    const Real value = std::ldexp(static_cast<Real>(random_() % 4096) - 2048, -10);
    return half_of(random_() % 16 == 0 ? value * 16 : value);
  }

  Product& product_;
  std::mt19937_64 random_;
  bool powers_;
  Results results_;
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
    const int64_t together = pe_.max_lanes == pe_.min_lanes ? pe_.min_lanes : array_.lanes;
    const int64_t unit = std::lcm(together, int64_t{4});
    for (const int64_t group : {unit, 3 * unit, int64_t{64}}) {
      for (const std::string& format : formats_of(pe_, array_, group)) {
        for (const ActivationFormat activations : pe_.activations) {
          for (const bool powers : {true, false}) {
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
    SCOPED_TRACE(fmt::format("{} {}x{} lanes {} {}, {} x {}, batch {} outer {} m {} n {} k {} repeat {}, seed {}{}{}",
                             pe_.name, array_.rows, array_.cols, array_.lanes,
                             array_.weight_stationary() ? "weight-stationary" : "output-stationary", format,
                             formats::name_of(activations), shape.batch, shape.outer, shape.m, shape.n, shape.k,
                             shape.repeat, seed, product.roomy ? "" : " tight", powers ? " powers" : ""));
    try {
      Checker checker(product, seed, powers);
      const Results& results = checker.results();
      ++coverage.products;
      ++(results.block_k < shape.k ? coverage.split : coverage.whole);
      coverage.clocked += product.clocked ? 1 : 0;
      coverage.caches += shape.batch > 1 ? 1 : 0;
      return checker.check();
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
