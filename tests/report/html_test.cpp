// SPDX-License-Identifier: Apache-2.0
// The HTML page as text: self-contained, and no name in the data can become markup. What it looks and behaves
// like in a browser is tested in tests/report/browser.
#include "sim/report/html.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/report/json.h"
#include "tests/report/example_run.h"

namespace vernier::report {
namespace {

using testing::example_baseline;
using testing::example_run;

std::string island_of(const std::string& html) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const size_t begin = html.find(open) + open.size();
  return html.substr(begin, html.find("</script", begin) - begin);
}

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

TEST(ReportHtml, IsSelfContained) {
  const std::string html = to_html({example_run()});
  for (const char* reference : {"<link", "<script src", " src=\"http", "@import", "url(http"}) {
    EXPECT_EQ(html.find(reference), std::string::npos) << reference;
  }
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(occurrences(html, "</script>"), 3U);  // the island, ECharts, the page
  EXPECT_NE(html.find("<title>tiny on bitmod - Vernier</title>"), std::string::npos);
}

TEST(ReportHtml, IslandHoldsTheRun) {
  const Json data = Json::parse(island_of(to_html({example_baseline(), example_run()})));
  ASSERT_EQ(data["groups"].size(), 1U);
  const Json& group = data["groups"][0];
  ASSERT_EQ(group["runs"].size(), 2U);
  EXPECT_EQ(group["runs"][1]["totals"], to_json(example_run())["totals"]);
  EXPECT_EQ(group["runs"][1]["classes"][1]["name"], "attention");
  EXPECT_EQ(group["runs"][1]["classes"][1]["cycles"], 300);
  EXPECT_EQ(group["runs"][1]["timeline"]["lanes"], Json({0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(group["comparison"][1]["traffic_ratio"], 0.5);
  for (const Json& metric : data["metrics"]) EXPECT_FALSE(metric["unit"].get<std::string>().empty());
}

TEST(ReportHtml, GroupsRunsOfTheSameWork) {
  RunResult decode = example_run();
  decode.phase = "decode";
  decode.tokens = 1;
  RunResult longer = example_run();
  longer.tokens = 9;
  RunResult other = example_run();
  other.network = "large";
  RunResult decode_baseline = example_baseline();
  decode_baseline.phase = "decode";
  decode_baseline.tokens = 1;
  const std::string html =
      to_html({decode_baseline, example_baseline(), longer, decode, example_run(), other});
  EXPECT_NE(html.find("<title>4 workloads - Vernier</title>"), std::string::npos);
  const Json groups = Json::parse(island_of(html))["groups"];
  // (phase, tokens, network, configurations), in order of first appearance.
  Json found = Json::array();
  for (const Json& group : groups) {
    const Json& first = group["runs"][0];
    Json line = {first["phase"], first["tokens"], first["network"]};
    for (const Json& run : group["runs"]) line.push_back(run["configuration"]);
    found.push_back(line);
  }
  EXPECT_EQ(found, Json({{"decode", 1, "tiny", "fp16", "bitmod"},
                         {"prefill", 8, "tiny", "fp16", "bitmod"},
                         {"prefill", 9, "tiny", "bitmod"},
                         {"prefill", 8, "large", "bitmod"}}));
  // 4500 cycles at 2 GHz against 1500 at 1 GHz.
  EXPECT_EQ(groups[0]["comparison"][1]["speed_up"], 1.5);
  EXPECT_EQ(groups[3]["comparison"].size(), 1U);
  EXPECT_NE(to_html({decode, example_run()}).find("<title>tiny: 2 workloads - Vernier</title>"),
            std::string::npos);
}

TEST(ReportHtml, HostileNamesStayText) {
  RunResult run = example_run();
  const std::string name = "</script><script>alert(1)</script><!-- & \" {{data}} \xFF";
  run.network = run.configuration = run.command = run.layers[0].name = run.layers[1].layer_class = name;
  run.timeline[0].opcode = name;
  run.notes = {name};
  run.totals = sum_of(run.layers);
  const std::string html = to_html({run});
  EXPECT_EQ(occurrences(html, "</script>"), 3U);
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(island_of(html).find_first_of("<>&"), std::string::npos);
  const Json data = Json::parse(island_of(html));
  EXPECT_EQ(data["groups"][0]["runs"][0]["layers"][0]["name"],
            "</script><script>alert(1)</script><!-- & \" {{data}} \xEF\xBF\xBD");
}

TEST(ReportHtml, WrongInputIsRefused) {
  EXPECT_THROW(static_cast<void>(to_html({})), InputError);
  RunResult other_batch = example_run();  // the same network, phase and tokens, but other work
  other_batch.layers[0].macs += 512;
  other_batch.totals = sum_of(other_batch.layers);
  EXPECT_THROW(static_cast<void>(to_html({example_baseline(), other_batch})), InputError);
  RunResult run = example_run();
  ++run.totals.macs;
  EXPECT_THROW(static_cast<void>(to_html({run})), InternalError);
}

}  // namespace
}  // namespace vernier::report
