// SPDX-License-Identifier: Apache-2.0
// write_pages FOLDER: the pages the browser test opens. run.html, comparison.html and groups.html have
// plausible sizes, gap.html has the way from the analytical model, hostile.html and hostile_schedule.html
// names that try to become markup. schedule.html, sweep.html and capacity.html are schedules. `write_pages
// --sweeps FOLDER`: the databases of sweeps, from which `vernier report` makes the pages.
#include <cstdio>
#include <exception>

#include "base/atomic_file.h"
#include "sim/report/html.h"
#include "tests/report/browser/example_schedule.h"
#include "tests/report/browser/large_run.h"
#include "tests/report/browser/made_up_sweep.h"
#include "tests/report/example_run.h"

int main(int argc, char** argv) {
  namespace report = vernier::report;
  const bool sweeps = argc == 3 && std::string(argv[1]) == "--sweeps";
  if (argc != 2 && !sweeps) return 2;
  const std::string folder = argv[argc - 1];
  try {
    if (sweeps) {
      vernier::sweep::testing::make_databases(folder);
      return 0;
    }
    const report::RunResult large = report::testing::large_run("bitmod", 1);
    vernier::write_atomically(folder + "/run.html", report::to_html({large}));
    vernier::write_atomically(folder + "/comparison.html",
                              report::to_html({report::testing::large_run("fp16", 4), large}));
    report::RunResult prefill[] = {report::testing::large_run("fp16", 3), large};
    for (report::RunResult& run : prefill) {
      run.phase = "prefill";
      run.tokens = 256;
    }
    report::RunResult alone = large;
    alone.network = "opt-1.3b";
    alone.timeline.clear();
    vernier::write_atomically(
        folder + "/groups.html",
        report::to_html({report::testing::large_run("fp16", 4), large, prefill[0], prefill[1], alone}));
    vernier::write_atomically(folder + "/gap.html", report::to_html({report::testing::example_dram_run()}));
    report::RunResult hostile = report::testing::example_run();
    hostile.network = "</script><script>document.title='broken'</script>";
    hostile.configuration = "<img src=x onerror=\"document.title='broken'\">";
    hostile.layers[0].name = "<!--<script>";
    hostile.layers[0].layer_class = "</table>&amp;\xFF{{data}}";
    hostile.notes = {"</ul><b>bold</b>"};
    hostile.totals = report::sum_of(hostile.layers);
    vernier::write_atomically(folder + "/hostile.html", report::to_html({hostile}));
    namespace schedule = vernier::schedule;
    using schedule::testing::example_schedule;
    vernier::graph::Graph graph = schedule::testing::example_graph("three");
    schedule::ScheduleReport split = example_schedule(graph, {75});
    split.whole = schedule::testing::example_graph("three", true);
    vernier::write_atomically(folder + "/schedule.html", schedule::to_html(split));
    vernier::write_atomically(folder + "/capacity.html",
                              schedule::to_html(example_schedule(graph, {75}, false)));
    vernier::write_atomically(folder + "/sweep.html",
                              schedule::to_html(example_schedule(graph, {50, 75, 150})));
    graph.name = "</script><script>document.title='broken'</script>";
    graph.tensors[1].name = "<img src=x onerror=\"document.title='broken'\">";
    graph.operators[1].name = "</table><b>\xFF{{data}}";
    vernier::write_atomically(folder + "/hostile_schedule.html",
                              schedule::to_html(example_schedule(graph, {75})));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
