// SPDX-License-Identifier: Apache-2.0
// `vernier diff` against results whose numbers this test changed itself.
#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/sweep/sweep_program.h"

namespace vernier::sweep::testing {
namespace {

using Json = nlohmann::ordered_json;

class Diff : public SweepProgram {
 protected:
  void SetUp() override {
    SweepProgram::SetUp();
    expect_done({"run", "tiny.yaml", "gemm.yaml", "--out", "a"});
    before_ = Json::parse(read_file(folder_ / "a/result.json"));
  }
  /// The result with these numbers changed, as b.json.
  Json write_b(const std::function<void(Json&)>& change) const {
    Json after = before_;
    change(after);
    write_file(folder_ / "b.json", after.dump());
    return after;
  }
  [[nodiscard]] Json diff(int status, const std::string& threshold = "0") const {
    const Outcome outcome = call({"diff", "a", "b.json", "--json", "--threshold", threshold});
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    return Json::parse(outcome.out);
  }
  Json before_;
};

TEST_F(Diff, nothing_moved) {
  const Json same = Json::parse(expect_done({"diff", "a", "a/result.json", "--json"}).out);
  EXPECT_TRUE(same.at("changes").empty());
  // Every number and absent number of totals, memory and operators.
  size_t numbers = 0;
  const auto count = [&numbers](const Json& place) {
    for (const auto& [name, value] : place.items()) numbers += value.is_number() || value.is_null() ? 1 : 0;
    if (place.contains("events")) numbers += place.at("events").size();
  };
  count(before_.at("totals"));
  count(before_.at("memory"));
  count(before_.at("energy"));
  for (const Json& layer : before_.at("layers")) count(layer);
  EXPECT_EQ(same.at("numbers"), numbers);
  EXPECT_GT(numbers, 60U);
}

TEST_F(Diff, every_number_is_seen) {
  for (const char* place : {"totals", "memory"}) {
    for (const auto& [name, value] : before_.at(place).items()) {
      if (!value.is_number()) continue;
      const std::string metric = name;
      (void)write_b([&](Json& it) { it[place][metric] = it[place][metric].get<double>() + 1000; });
      const Json found = diff(1);
      ASSERT_EQ(found.at("changes").size(), 1U) << metric;
      EXPECT_EQ(found.at("changes")[0].at("metric"), metric);
      EXPECT_EQ(found.at("changes")[0].at("place"), std::string(place) == "totals" ? "total" : "memory");
    }
  }
}

TEST_F(Diff, shares_and_thresholds) {
  const double cycles = before_.at("totals").at("cycles").get<double>();
  (void)write_b([](Json& it) { it["totals"]["cycles"] = it["totals"]["cycles"].get<uint64_t>() * 5 / 4; });
  const double after = static_cast<double>(before_.at("totals").at("cycles").get<uint64_t>() * 5 / 4);
  const Json found = diff(1);
  ASSERT_EQ(found.at("changes").size(), 1U);
  EXPECT_DOUBLE_EQ(found.at("changes")[0].at("relative").get<double>(), after / cycles - 1);
  const double percent = 100 * (after - cycles) / cycles;
  (void)diff(1, fmt::format("{}", percent - 0.001));
  (void)diff(0, fmt::format("{}", percent + 0.001));
  // A fall counts like a rise.
  (void)write_b([](Json& it) { it["totals"]["cycles"] = it["totals"]["cycles"].get<uint64_t>() / 2; });
  (void)diff(1, "49");
  (void)diff(0, "51");
  // From nothing, to nothing and from zero there is no share: no threshold lets it pass.
  (void)write_b([](Json& it) { it["totals"]["cycles"] = nullptr; });
  EXPECT_TRUE(diff(1, "1000").at("changes")[0].at("relative").is_null());
  (void)write_b([](Json& it) { it["totals"]["operand_stall_cycles"] = 1; });
  EXPECT_EQ(before_.at("totals").at("operand_stall_cycles"), 0);
  EXPECT_TRUE(diff(1, "1000").at("changes")[0].at("relative").is_null());
}

TEST_F(Diff, places_and_metrics_of_one_side) {
  (void)write_b([](Json& it) {
    it["totals"]["area_of_tomorrow"] = 3;  // a metric of another version
    it["totals"].erase("ideal_cycles");
    for (Json& layer : it["layers"]) layer.erase("ideal_cycles");
  });
  const Json versions = diff(0);
  EXPECT_EQ(versions.at("metrics_only_first"), Json({"ideal_cycles"}));
  EXPECT_EQ(versions.at("metrics_only_second"), Json({"area_of_tomorrow"}));
  (void)write_b([](Json& it) { it["layers"][0]["name"] = "other"; });
  const Json places = diff(1);
  EXPECT_EQ(places.at("only_first"), Json({"gemm"}));
  EXPECT_EQ(places.at("only_second"), Json({"other"}));
}

TEST_F(Diff, sweeps) {
  write_sweep("axes:\n  array.rows: [4, 8]\n  array.lanes: [2, 3]\n");
  for (const char* out : {"one", "two"})
    EXPECT_EQ(call({"sweep", "sweep.yaml", "--out", out, "--quiet"}).status, 0);
  expect_done({"diff", "one", "two"});
  (void)query(database("two"), "UPDATE points SET cycles = cycles + 7, status = 'excluded' WHERE point = 2");
  const std::string cycles = query(database("one"), "SELECT cycles FROM points WHERE point = 2").at(0).at(0);
  const Outcome outcome = call({"diff", "one", "two/results.sqlite"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.out.find("array.rows = 8, array.lanes = 2  status"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(fmt::format("{} -> ", cycles)), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.err, "failed: 2 differences beyond 0 %\n");
  (void)query(database("two"), "DELETE FROM points WHERE point = 0");
  EXPECT_NE(call({"diff", "one", "two"}).out.find("only in the first: array.rows = 4, array.lanes = 2\n"),
            std::string::npos);
}

TEST_F(Diff, files_bad) {
  write_file(folder_ / "text.json", "{\"schema\": 1}");
  for (const std::string file : {"text.json", "nowhere", "tiny.yaml", "."}) {
    const Outcome outcome = call({"diff", "a", file});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.err.rfind("error[DIF001]: ", 0), 0U) << outcome.err;
  }
  expect_refused({"diff", "a", "a", "--threshold", "-1"},
                 "error[CLI022]: --threshold: a number of percent from 0 is due\n");
}

}  // namespace
}  // namespace vernier::sweep::testing
