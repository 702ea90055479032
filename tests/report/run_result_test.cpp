// SPDX-License-Identifier: Apache-2.0
// The sums of a run, by hand, and every invariant broken once by changing one field by one.
#include "sim/report/run_result.h"

#include <gtest/gtest.h>

#include <cmath>
#include <type_traits>

#include "base/error.h"
#include "sim/report/metrics.h"
#include "sim/report/run_metrics.h"
#include "tests/report/example_run.h"

namespace vernier::report {
namespace {

using testing::example_run;

TEST(RunResult, TotalsAreTheSumOfTheRowsCountedByHand) {
  const LayerRow total = example_run().totals;
  EXPECT_EQ(total.count, 2U + 2U + 4U);
  EXPECT_EQ(total.cycles, 1500U);
  EXPECT_EQ(total.compute, 800U);
  EXPECT_EQ(total.fill, 50U);
  EXPECT_EQ(total.drain, 80U);
  EXPECT_EQ(total.operand_stall, 50U);
  EXPECT_EQ(total.load_stall, 270U);
  EXPECT_EQ(total.store_stall, 20U);
  EXPECT_EQ(total.vector, 150U);
  EXPECT_EQ(total.idle, 80U);
  EXPECT_EQ(total.macs, 275200U);
  EXPECT_EQ(total.instructions, 22U);
  EXPECT_EQ(total.dram_bytes(), 8192U + 4096U + 2176U + 1536U);
  EXPECT_EQ(total.events, (std::map<std::string, uint64_t>{
                              {"pe_steps", 68800}, {"pe_terms", 128000}, {"vector_elements", 7}}));
  EXPECT_EQ(total.ideal_cycles, 575.0);
  EXPECT_TRUE(total.energy.empty());
}

// By hand: 128,000 terms at 0.5 pJ; 300, 1000 and 200 cycles at 1/10 pJ.
TEST(RunResult, EnergyIsTheProductOfItsEventsAndSumsExactly) {
  RunResult run = example_run();
  testing::add_example_energy(run);
  check_invariants(run);
  EXPECT_EQ(energy_fj(*run.energy, run.layers[0].energy), 64'000'000U + 100'000U);
  EXPECT_EQ(energy_fj(*run.energy, run.totals.energy), 64'000'000U + 150'000U);
  EXPECT_EQ(energy_fj(*run.energy, run.totals.energy, "leakage"), 150'000U);
  EXPECT_EQ(energy_fj(*run.energy, run.totals.energy, "leakage", true), 333'333U + 100'000U + 66'667U);
  run.energy->items[0].pj.reset();  // what happened without a number takes the sums it is in
  EXPECT_FALSE(energy_fj(*run.energy, run.layers[0].energy).has_value());
  EXPECT_EQ(energy_fj(*run.energy, run.layers[2].energy), 20'000U);
  EXPECT_EQ(energy_fj(*run.energy, run.totals.energy, "leakage"), 150'000U);
  EXPECT_EQ(without_number(*run.energy, run.totals.energy), std::vector<std::string>{"PE"});
}

TEST(RunResult, LayerClassesKeepTheOrderOfTheirFirstRow) {
  std::vector<LayerRow> rows = {testing::norm(), testing::q_proj(), testing::norm()};
  rows[2].name = "norm2";
  const std::vector<LayerRow> classes = by_layer_class(rows);
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].name, "norm");
  EXPECT_EQ(classes[0].cycles, 400U);
  EXPECT_EQ(classes[0].vector, 300U);
  EXPECT_EQ(classes[1].name, "attention_proj");
  EXPECT_EQ(classes[1].cycles, 1000U);
}

// By hand, in MACs and bytes of a cycle at 1 GHz with 16 B a cycle of DRAM.
TEST(RunResult, RooflineByHand) {
  const RunResult run = example_run();
  const auto value = [&](const char* name, const LayerRow& row) {
    return find_metric(name)->value(row, run);
  };
  const auto expect = [&](const LayerRow& row, double intensity, double attained, double peak,
                          double ceiling) {
    EXPECT_DOUBLE_EQ(as_double(value("operational_intensity", row)), intensity) << row.name;
    EXPECT_DOUBLE_EQ(as_double(value("macs_per_second", row)), attained * 1e9) << row.name;
    EXPECT_DOUBLE_EQ(as_double(value("peak_macs_per_second", row)), peak * 1e9) << row.name;
    EXPECT_DOUBLE_EQ(as_double(value("ceiling_macs_per_second", row)), ceiling * 1e9) << row.name;
    EXPECT_DOUBLE_EQ(as_double(value("ceiling_share", row)), attained / ceiling) << row.name;
  };
  expect(run.layers[0], 256000.0 / 11264, 256, 512, 16 * 256000.0 / 11264);
  expect(run.layers[1], 19200.0 / 4608, 64, 256, 16 * 19200.0 / 4608);
  // Of both formats: 256000 MACs at 512 and 19200 at 256 a cycle take 575 cycles.
  expect(run.totals, 17.2, 275200.0 / 1500, 275200.0 / 575, 16 * 17.2);
  LayerRow resident = run.layers[1];  // without traffic the array alone bounds it
  resident.kv_bytes = resident.output_write_bytes = 0;
  EXPECT_FALSE(present(value("operational_intensity", resident)));
  EXPECT_EQ(as_double(value("ceiling_macs_per_second", resident)), 256e9);
  LayerRow reused = run.layers[0];  // 256000 MACs in 4096 B: right of the ridge at 512 / 16 = 32 MACs/B
  reused.weight_bytes = 1024;
  EXPECT_EQ(as_double(value("ceiling_macs_per_second", reused)), 512e9);
  for (const Metric* metric : roofline_metrics()) {
    EXPECT_FALSE(present(metric->value(run.layers[2], run))) << metric->name;
  }
}

TEST(RunResult, DerivedNumbersFollowTheirFormula) {
  const RunResult run = example_run();
  const auto value = [&](const char* name, const LayerRow& row) {
    return as_double(find_metric(name)->value(row, run));
  };
  EXPECT_EQ(value("utilization", run.layers[0]), 256000.0 / (1000.0 * 512.0));
  EXPECT_EQ(value("utilization", run.layers[1]), 19200.0 / (300.0 * 256.0));
  EXPECT_EQ(value("seconds", run.totals), 1.5e-6);
  EXPECT_EQ(value("dram_bytes", run.totals), 16000.0);
  EXPECT_DOUBLE_EQ(value("dram_bytes_per_second", run.layers[2]), 128.0 / 200e-9);
}

// A change of any counter of any row, or of the totals, up or down by one, breaks an identity.
TEST(RunResult, EveryCounterIsHeldByAnInvariant) {
  ASSERT_NO_THROW(check_invariants(example_run()));
  for (const Metric& metric : metrics()) {
    if (metric.counter() == nullptr) continue;
    for (const uint64_t change : {uint64_t{1}, ~uint64_t{0}}) {
      for (size_t row = 0; row < 4; ++row) {
        RunResult run = example_run();
        LayerRow& changed = row < 3 ? run.layers[row] : run.totals;
        changed.*metric.counter() += change;
        EXPECT_THROW(check_invariants(run), InternalError) << metric.name << " of row " << row;
      }
    }
  }
}

void expect_broken(const char* what, void (*breakage)(RunResult&)) {
  RunResult run = example_run();
  breakage(run);
  EXPECT_THROW(check_invariants(run), InternalError) << what;
}

TEST(RunResult, WhatIsNotACounterIsCheckedToo) {
  expect_broken("event count", [](RunResult& run) { ++run.layers[0].events["pe_steps"]; });
  expect_broken("event without a record", [](RunResult& run) {
    run.layers[0].events["pe_stepz"] = 1;
    run.totals.events["pe_stepz"] = 1;
  });
  expect_broken("a counter as an event", [](RunResult& run) {
    run.layers[0].events["cycles"] = 1;
    run.totals.events["cycles"] = 1;
  });
  expect_broken("ideal_cycles of the total", [](RunResult& run) { run.totals.ideal_cycles += 0.5; });
  expect_broken("negative ideal_cycles", [](RunResult& run) { run.layers[0].ideal_cycles = -1; });
  expect_broken("NaN", [](RunResult& run) { run.layers[0].ideal_cycles = std::stod("nan"); });
  expect_broken("utilization above 1", [](RunResult& run) {
    run.layers[1].ideal_cycles = 301;
    run.totals = sum_of(run.layers);
  });
  expect_broken("MACs without ideal cycles", [](RunResult& run) {
    run.layers[1].ideal_cycles = 0;
    run.totals = sum_of(run.layers);
  });
  expect_broken("energy only in the total", [](RunResult& run) { run.totals.energy.resize(1); });
  expect_broken("energy that is not the product", [](RunResult& run) {
    testing::add_example_energy(run);
    ++run.layers[0].energy[0].fj;
    run.totals = sum_of(run.layers);
  });
  expect_broken("total energy that is not the sum", [](RunResult& run) {
    testing::add_example_energy(run);
    ++run.totals.energy[1].fj;
  });
  expect_broken("negative energy per event", [](RunResult& run) {
    testing::add_example_energy(run);
    run.energy->items[1].pj = -1;
  });
  expect_broken("energy without origin", [](RunResult& run) {
    testing::add_example_energy(run);
    run.energy->items[1].origin.kind.clear();
  });
  expect_broken("a row without energy", [](RunResult& run) {
    testing::add_example_energy(run);
    run.layers[0].energy.clear();
    run.totals = sum_of({run.layers[1]});
  });
  expect_broken("DRAM peak", [](RunResult& run) { run.peak_dram_bytes_per_second = 0; });
  expect_broken("endless DRAM peak", [](RunResult& run) { run.peak_dram_bytes_per_second = HUGE_VAL; });
  expect_broken("clock", [](RunResult& run) { run.clock_hz = 0; });
  expect_broken("two rows of one name", [](RunResult& run) { run.layers[1].name = run.layers[0].name; });
  expect_broken("event beyond the run", [](RunResult& run) { run.timeline.back().end = 1501; });
  expect_broken("empty event", [](RunResult& run) { run.timeline.back().end = run.timeline.back().start; });
  expect_broken("event of no row", [](RunResult& run) { run.timeline.back().op = 3; });
  expect_broken("events out of order", [](RunResult& run) { std::swap(run.timeline[0], run.timeline[2]); });
}

// 16000 B in 1500 cycles, tight: at 32/3 B a cycle they just fit, below they do not.
TEST(RunResult, NoRunIsAboveThePeakOfTheDram) {
  RunResult run = example_run();
  run.peak_dram_bytes_per_second = 32e9 / 3;
  EXPECT_NO_THROW(check_invariants(run)) << "qk alone needs 432 cycles, of which 132 are cycles of q_proj";
  EXPECT_GT(as_double(find_metric("ceiling_share")->value(run.layers[1], run)), 1);
  run.peak_dram_bytes_per_second = 32e9 / 3 * (1 - 1e-6);
  EXPECT_THROW(check_invariants(run), InternalError);

  // Analytically nothing overlaps, but the cycles of each of the 2 executions of qk were rounded down.
  run.fidelity = "analytical";
  run.peak_dram_bytes_per_second = 16e9;
  run.layers[1].kv_bytes = 302 * 16 - 512;
  run.totals = sum_of(run.layers);
  EXPECT_NO_THROW(check_invariants(run));
  ++run.layers[1].kv_bytes;
  run.totals = sum_of(run.layers);
  EXPECT_THROW(check_invariants(run), InternalError);
}

TEST(RunResult, WrappedCountersAreNamed) {
  RunResult run = example_run();
  run.layers[2].idle -= 51;  // 2^64 - 1
  try {
    check_invariants(run);
    FAIL();
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("norm: idle_cycles wrapped to 18446744073709551615"),
              std::string::npos)
        << error.what();
  }
}

TEST(Metrics, NoMetricWithoutUnit) {
  static_assert(std::is_constructible_v<Metric, const char*, Unit, const char*, const char*, const char*>);
  static_assert(!std::is_constructible_v<Metric, const char*, const char*, const char*, const char*>);
  static_assert(
      !std::is_constructible_v<Metric, const char*, const char*, const char*, const char*, const char*>);
  static_assert(!std::is_default_constructible_v<Metric>);
}

TEST(Metrics, EveryRecordIsCompleteAndUnique) {
  std::map<std::string_view, int> names;
  for (const auto* table : {&metrics(), &event_metrics()}) {
    for (const Metric& metric : *table) {
      EXPECT_EQ(++names[metric.name], 1) << metric.name;
      EXPECT_FALSE(symbol(metric.unit).empty());
      EXPECT_FALSE(metric.label.empty() || metric.formula.empty()) << metric.name;
      EXPECT_EQ(metric.sentence.back(), '.') << metric.name;
    }
  }
  const auto check = [&names](const auto& metric) {
    EXPECT_EQ(++names[metric.name], 1) << metric.name;
    EXPECT_FALSE(metric.label.empty() || metric.formula.empty()) << metric.name;
    EXPECT_EQ(metric.sentence.back(), '.') << metric.name;
  };
  for (const MemoryMetric& metric : memory_metrics()) {
    check(metric);
    EXPECT_NE(metric.member == nullptr, metric.compute == nullptr) << metric.name;
  }
  for (const GapMetric& metric : gap_metrics()) check(metric);
}

}  // namespace
}  // namespace vernier::report
