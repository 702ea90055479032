// SPDX-License-Identifier: Apache-2.0
#include "sim/report/chrome_trace.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "sim/report/json.h"

namespace vernier::report {
namespace {

constexpr int kProcess = 1;
constexpr int kLanesPerQueue = 1000;  // thread identifiers: queue * 1000 + lane + 1

int thread_of(isa::Queue queue, int lane) { return static_cast<int>(queue) * kLanesPerQueue + lane + 1; }

Json metadata(const char* name, int thread, Json arguments) {
  return {{"ph", "M"}, {"name", name}, {"pid", kProcess}, {"tid", thread}, {"args", std::move(arguments)}};
}

}  // namespace

std::vector<int> timeline_lanes(const std::vector<QueueEvent>& timeline) {
  std::array<std::vector<uint64_t>, isa::kQueueCount> ends;  // per queue and lane: when it is free
  std::vector<int> lanes;
  lanes.reserve(timeline.size());
  for (const QueueEvent& event : timeline) {
    std::vector<uint64_t>& free_from = ends.at(static_cast<size_t>(event.queue));
    const auto lane =
        std::find_if(free_from.begin(), free_from.end(), [&](uint64_t end) { return end <= event.start; });
    lanes.push_back(static_cast<int>(lane - free_from.begin()));
    if (lane == free_from.end()) {
      free_from.push_back(event.end);
    } else {
      *lane = event.end;
    }
  }
  return lanes;
}

std::string to_chrome_trace(const RunResult& run) {
  check_invariants(run);
  const std::vector<int> lanes = timeline_lanes(run.timeline);
  std::array<int, isa::kQueueCount> lane_count{1, 1, 1, 1};
  for (size_t i = 0; i < lanes.size(); ++i) {
    int& count = lane_count.at(static_cast<size_t>(run.timeline[i].queue));
    count = std::max(count, lanes[i] + 1);
  }
  VERNIER_INVARIANT(*std::max_element(lane_count.begin(), lane_count.end()) < kLanesPerQueue,
                    "too many overlapping instructions for one queue");

  Json events = Json::array();
  events.push_back(
      metadata("process_name", 0, {{"name", fmt::format("{} on {}", run.network, run.configuration)}}));
  for (int i = 0; i < isa::kQueueCount; ++i) {
    const auto queue = static_cast<isa::Queue>(i);
    for (int lane = 0; lane < lane_count.at(static_cast<size_t>(i)); ++lane) {
      const std::string name =
          lane == 0 ? isa::name_of(queue) : fmt::format("{} {}", isa::name_of(queue), lane + 1);
      events.push_back(metadata("thread_name", thread_of(queue, lane), {{"name", name}}));
      events.push_back(
          metadata("thread_sort_index", thread_of(queue, lane), {{"sort_index", thread_of(queue, lane)}}));
    }
  }
  for (size_t i = 0; i < run.timeline.size(); ++i) {
    const QueueEvent& event = run.timeline[i];
    const LayerRow& layer = run.layers.at(event.op);
    events.push_back({{"ph", "X"},
                      {"name", fmt::format("{} {}", event.opcode, layer.name)},
                      {"cat", layer.layer_class},
                      {"pid", kProcess},
                      {"tid", thread_of(event.queue, lanes[i])},
                      {"ts", event.start},
                      {"dur", event.end - event.start},
                      {"args", {{"operator", layer.name}, {"sequence", event.sequence}}}});
  }
  Json other = {{"time_unit", "ts and dur are accelerator clock cycles, shown by viewers as us"},
                {"clock_hz", run.clock_hz},
                {"network", run.network},
                {"phase", run.phase},
                {"configuration", run.configuration},
                {"fidelity", run.fidelity},
                {"events_not_recorded", run.timeline_dropped},
                {"notes", run.notes}};
  const Json trace = {
      {"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}, {"otherData", std::move(other)}};
  return json_text(trace, -1) + "\n";
}

}  // namespace vernier::report
