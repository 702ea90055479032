// SPDX-License-Identifier: Apache-2.0
#include "tests/fidelity/compare.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/engine/hazards.h"
#include "sim/engine/pool_observer.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/run/image.h"
#include "tests/dram/checked_channels.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier::fidelity {
namespace {

using engine::InstructionRecord;

struct Case {  // what every engine runs
  const isa::Program& program;
  const machine::Machine& machine;
  Conflicts conflicts = Conflicts::none;
};

/// What one engine says about a run.
struct Outcome {
  engine::EngineTotals totals;
  std::vector<InstructionRecord> records;
};

template <typename Run>
Outcome observe(const Case& run_case, Run run) {
  engine::RunLog log;
  engine::RecordingObserver recording;
  engine::HazardObserver hazards(run_case.program, run_case.machine);
  engine::PoolObserver pool(run_case.program);
  if (run_case.conflicts == Conflicts::none) log.add_observer(hazards);
  if (run_case.program.pool_bytes != 0) log.add_observer(pool);
  log.add_observer(recording);
  Outcome outcome;
  outcome.totals = run(log);
  outcome.records = recording.records();
  return outcome;
}

/// Every command of a DRAM part is checked, if none is skipped.
Outcome observe_fast(const Case& run_case, bool skip) {
  const machine::Machine& machine = run_case.machine;
  dram::CheckedChannels checked(machine);
  engine::FastOptions options;
  options.skip = skip;
  if (!skip) options.dram_observers = checked.observers();
  const Outcome outcome = observe(run_case, [&](engine::RunLog& log) {
    return engine::run_fast(run_case.program, machine, log, options);
  });
  if (!skip) checked.expect_clean_run(machine, outcome.totals.cycles, outcome.totals.dram);
  return outcome;
}

Outcome observe_systemc(const Case& run_case, machine::MemoryImage* image,
                        [[maybe_unused]] bool rtl = false) {
  const machine::Machine& machine = run_case.machine;
  dram::CheckedChannels checked(machine);
  const Outcome outcome = observe(run_case, [&](engine::RunLog& log) {
    engine::SystemcOptions options;
    options.image = image;
    options.dram_observers = checked.observers();
#if VERNIER_HAS_RTL
    if (rtl && machine.array.weight_stationary()) {
      options.ws_array = rtl_adaptor::RtlWsArray::create(machine.array);
    } else if (rtl) {
      options.array = rtl_adaptor::RtlPeArray::create(machine.array);
    }
#endif
    return engine::run_systemc(run_case.program, machine, log, std::move(options));
  });
  checked.expect_clean_run(machine, outcome.totals.cycles, outcome.totals.dram);
  return outcome;
}

std::string text_of(const InstructionRecord& record) {
  return fmt::format("{} {} op {} [{}, {}) bursts {}", record.sequence, isa::name_of(record.opcode),
                     record.op, record.start, record.end, record.bursts);
}

/// True if nothing differs; else a failure about the first difference: that is the one to look at.
bool same(const Outcome& a, const Outcome& b, const std::string& what) {
  for (size_t i = 0; i < std::min(a.records.size(), b.records.size()); ++i) {
    if (a.records[i] == b.records[i]) continue;
    ADD_FAILURE() << what << ", first difference at end number " << i << ":\n  " << text_of(a.records[i])
                  << "\n  " << text_of(b.records[i]);
    return false;
  }
  const auto equal = [&](const char* name, uint64_t left, uint64_t right) {
    if (left == right) return true;
    ADD_FAILURE() << what << ", first difference in the totals: " << name << " " << left << " and " << right;
    return false;
  };
  return equal("records", a.records.size(), b.records.size()) &&
         equal("cycles", a.totals.cycles, b.totals.cycles) &&
         equal("instructions", a.totals.instructions, b.totals.instructions) &&
         equal("bursts", a.totals.dram_bursts, b.totals.dram_bursts) &&
         equal("DRAM reads", a.totals.dram.reads, b.totals.dram.reads) &&
         equal("DRAM writes", a.totals.dram.writes, b.totals.dram.writes) &&
         equal("DRAM forwarded", a.totals.dram.forwarded, b.totals.dram.forwarded) &&
         equal("DRAM activates", a.totals.dram.activates, b.totals.dram.activates) &&
         equal("DRAM precharges", a.totals.dram.precharges, b.totals.dram.precharges) &&
         equal("DRAM refreshes", a.totals.dram.refreshes, b.totals.dram.refreshes) &&
         equal("DRAM row misses", a.totals.dram.row_misses, b.totals.dram.row_misses) &&
         equal("DRAM row conflicts", a.totals.dram.row_conflicts, b.totals.dram.row_conflicts) &&
         equal("vector stalls", a.totals.vector_stall_cycles, b.totals.vector_stall_cycles) &&
         equal("refused cycles of DMA", a.totals.dma_refused_cycles, b.totals.dma_refused_cycles) &&
         equal("macs", a.totals.macs, b.totals.macs) &&
         equal("equal event counts", 1, a.totals.counts == b.totals.counts ? 1 : 0);
}

bool same_fast(const Outcome& fast, const Case& run_case) {
  return same(fast, observe_fast(run_case, false), "fast with and without closed forms");
}

bool same_values(const machine::MemoryImage& a, const machine::MemoryImage& b,
                 const mapper::MappedProgram& mapped, const std::string& what) {
  const auto [left, right] = std::mismatch(a.dram.begin(), a.dram.end(), b.dram.begin(), b.dram.end());
  if (left == a.dram.end() && right == b.dram.end()) return true;
  const auto at = static_cast<uint64_t>(left - a.dram.begin());
  std::string place = "outside every region";
  for (const mapper::Region& region : mapped.map.regions) {
    if (at < region.address || at >= region.address + region.bytes) continue;
    place = fmt::format("byte {} of '{}'", at - region.address, region.name);
  }
  ADD_FAILURE() << what << ", first difference at DRAM address " << at << ", " << place;
  return false;
}

}  // namespace

uint64_t environment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

bool check_fast(const isa::Program& program, const machine::Machine& machine) {
  const Case run_case{program, machine};
  return same_fast(observe_fast(run_case, true), run_case);
}

void check_timing(const isa::Program& program, const machine::Machine& machine, Conflicts conflicts,
                  bool rtl) {
  const Case run_case{program, machine, conflicts};
  const Outcome fast = observe_fast(run_case, true);
  if (!same_fast(fast, run_case)) return;
  const Outcome systemc = observe_systemc(run_case, nullptr);
  if (!same(fast, systemc, "fast and systemc") || !rtl) return;
  same(systemc, observe_systemc(run_case, nullptr, true), "systemc and rtl");
}

void check_all(const mapper::MappedProgram& mapped, const machine::Machine& machine,
               const workloads::Network& network, uint64_t seed, bool rtl) {
  const Case run_case{mapped.program, machine};
  const Outcome fast = observe_fast(run_case, true);
  if (!same_fast(fast, run_case)) return;

  const machine::MemoryImage initial(machine, run::random_image(mapped, network, seed));
  machine::MemoryImage golden = initial;
  engine::run_functional(mapped.program, machine, golden);
  machine::MemoryImage image = initial;
  const Outcome systemc = observe_systemc(run_case, &image);
  if (!same(fast, systemc, "fast and systemc")) return;
  if (!same_values(image, golden, mapped, "systemc and golden values")) return;
  if (!rtl) return;
#if VERNIER_HAS_RTL
  machine::MemoryImage rtl_image = initial;
  const Outcome verilated = observe_systemc(run_case, &rtl_image, true);
  if (!same(systemc, verilated, "systemc and rtl")) return;
  same_values(rtl_image, golden, mapped, "rtl and golden values");
#else
  FAIL() << "this program has no Verilated arrays";
#endif
}

}  // namespace vernier::fidelity
