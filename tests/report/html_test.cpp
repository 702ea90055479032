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
  ASSERT_EQ(data["runs"].size(), 2U);
  EXPECT_EQ(data["runs"][1]["totals"], to_json(example_run())["totals"]);
  EXPECT_EQ(data["runs"][1]["classes"][1]["name"], "attention");
  EXPECT_EQ(data["runs"][1]["classes"][1]["cycles"], 300);
  EXPECT_EQ(data["runs"][1]["timeline"]["lanes"], Json({0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(data["comparison"][1]["traffic_ratio"], 0.5);
  for (const Json& metric : data["metrics"]) EXPECT_FALSE(metric["unit"].get<std::string>().empty());
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
  EXPECT_EQ(data["runs"][0]["layers"][0]["name"],
            "</script><script>alert(1)</script><!-- & \" {{data}} \xEF\xBF\xBD");
}

TEST(ReportHtml, WrongInputIsRefused) {
  EXPECT_THROW(static_cast<void>(to_html({})), InputError);
  RunResult run = example_run();
  ++run.totals.macs;
  EXPECT_THROW(static_cast<void>(to_html({run})), InternalError);
}

}  // namespace
}  // namespace vernier::report
