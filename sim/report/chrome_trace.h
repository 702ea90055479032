// SPDX-License-Identifier: Apache-2.0
// The timeline of the four queues in the Trace Event Format that Perfetto (ui.perfetto.dev) and
// chrome://tracing open.
//
// Time is in accelerator clock cycles: `ts` and `dur` count cycles, although the viewers print them as
// microseconds. One thread per queue; loads and stores that overlap the latency of the one before are on
// further threads of the same queue ("load 2"), because events of one thread must not cross.
#pragma once

#include <string>

#include "sim/report/run_result.h"

namespace vernier::report {

/// The JSON text: one complete event ("ph": "X") per QueueEvent, named by opcode and operator, and the notes
/// of the run under otherData. Same run, same text.
[[nodiscard]] std::string to_chrome_trace(const RunResult& run);

/// For every event, in order, which lane of its queue it is on, from 0: the first lane whose last event ended
/// by its start.
[[nodiscard]] std::vector<int> timeline_lanes(const std::vector<QueueEvent>& timeline);

}  // namespace vernier::report
