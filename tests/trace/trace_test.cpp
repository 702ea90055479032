// SPDX-License-Identifier: Apache-2.0
// Waveforms against what another engine says about the same run: the records of the fast engine, and
// semaphores counted from the program.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/error.h"
#include "sim/config/load.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/mapper/mapper.h"
#include "sim/run/image.h"
#include "tests/dram/checked_channels.h"
#include "tests/trace/vcd.h"
#include "workloads/workload.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#endif

namespace vernier {
namespace {

namespace fs = std::filesystem;
using engine::InstructionRecord;
using trace::Vcd;

constexpr uint64_t kAll = UINT64_MAX;
constexpr std::array<isa::Queue, 4> kUnits = {isa::Queue::load, isa::Queue::compute, isa::Queue::vector,
                                              isa::Queue::store};

/// Two layers of a very small language model: every unit works, transfers overlap, semaphores go up and down.
class Trace : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("vernier-trace-{}", getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const std::string root = VERNIER_SOURCE_DIR;
    machine_ = config::load_accelerator(root + "/configs/accelerators/bitmod.yaml",
                                        {"prefill",
                                         {"array.rows=3", "array.cols=5", "array.lanes=4",
                                          "array.delivery=systolic", "dma.max_in_flight=3"}})
                   .machine;
    const workloads::Workload workload = workloads::parse_workload(
        R"({"model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": 20, "hidden_act": "silu",
            "tie_word_embeddings": false})",
        "small.json");
    workloads::LlmOptions options;
    options.phase = workloads::Phase::prefill;
    options.tokens = 6;
    network_ = workloads::build_network(workload, options, {"bitmod4_g128", "int8_s8_g128"});
    mapped_ = mapper::map_network(network_, machine_);
    engine::RunLog log;
    engine::RecordingObserver recording;
    log.add_observer(recording);
    cycles_ = engine::run_fast(mapped_.program, machine_, log).cycles;
    expected_ = recording.records();
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "trace").string(); }

  engine::EngineTotals simulate(const engine::TraceOptions& trace) {
    engine::RunLog log;
    engine::RecordingObserver recording;
    log.add_observer(recording);
    engine::SystemcOptions options;
    options.trace = trace;
    dram::CheckedChannels checked(machine_);
    options.dram_observers = checked.observers();
    const engine::EngineTotals totals = run_systemc(mapped_.program, machine_, log, std::move(options));
    checked.expect_clean_run(machine_, totals.cycles, totals.dram);
    records_ = recording.records();
    return totals;
  }
  Vcd record(uint64_t begin, uint64_t end) {
    simulate({path(), false, begin, end});
    return trace::read_vcd(path() + ".vcd");
  }
  std::string error_of(const engine::TraceOptions& trace) {
    try {
      simulate(trace);
    } catch (const InputError& error) {
      return error.diagnostics().front().text();
    }
    return "no error";
  }
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename().string());
    return names;
  }

  fs::path folder_;
  machine::Machine machine_;
  workloads::Network network_;
  mapper::MappedProgram mapped_;
  uint64_t cycles_ = 0;
  std::vector<InstructionRecord> expected_;  // by the fast engine
  std::vector<InstructionRecord> records_;   // of the last simulate()
};

std::string unit_signal(isa::Queue unit, const char* signal) {
  return fmt::format("SystemC.top.{}.{}", isa::name_of(unit), signal);
}

std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Sets PATH for as long as it lives.
class ScopedPath {
 public:
  explicit ScopedPath(const std::string& path) : before_(std::getenv("PATH")) {
    setenv("PATH", path.c_str(), 1);
  }
  ~ScopedPath() { setenv("PATH", before_.c_str(), 1); }
  ScopedPath(const ScopedPath&) = delete;
  ScopedPath& operator=(const ScopedPath&) = delete;

 private:
  std::string before_;
};

TEST_F(Trace, UnitsAreBusyFromStartToEnd) {
  ASSERT_GT(cycles_, 6000U);
  const uint64_t begin = cycles_ / 3;
  const uint64_t end = begin + 3000;
  const Vcd vcd = record(begin, end);
  for (const isa::Queue unit : kUnits) {
    uint64_t busy_cycles = 0;
    for (uint64_t cycle = begin; cycle < end; ++cycle) {
      uint64_t running = 0;
      const InstructionRecord* last = nullptr;
      for (const InstructionRecord& record : expected_) {
        if (record.queue != unit || record.start > cycle) continue;
        if (cycle < record.end) ++running;
        if (last == nullptr || record.start > last->start) last = &record;
      }
      ASSERT_EQ(vcd.at(unit_signal(unit, "busy"), cycle), running > 0 ? 1U : 0U)
          << isa::name_of(unit) << " in cycle " << cycle;
      busy_cycles += running > 0 ? 1 : 0;
      if (unit == isa::Queue::load || unit == isa::Queue::store) {
        ASSERT_EQ(vcd.at(unit_signal(unit, "running"), cycle), running) << "cycle " << cycle;
      }
      if (last != nullptr) {
        ASSERT_EQ(vcd.at(unit_signal(unit, "sequence"), cycle), last->sequence) << "cycle " << cycle;
        ASSERT_EQ(vcd.at(unit_signal(unit, "op"), cycle), last->op) << "cycle " << cycle;
      }
    }
    EXPECT_GT(busy_cycles, 0U) << isa::name_of(unit) << " never works in the window: it shows nothing";
    EXPECT_LT(busy_cycles, end - begin) << isa::name_of(unit);
  }
}

TEST_F(Trace, SyncIsBusyForItsOneCycle) {
  isa::Program program;
  program.ops = {{"only", "only"}};
  for (const isa::Queue unit : kUnits) {
    isa::Node node;
    node.instruction.queue = unit;
    program.nodes.push_back(node);
  }
  mapped_.program = program;
  const Vcd vcd = record(0, 8);
  // Instruction i is dispatched in cycle i, popped in i + 1 and ends in i + 2.
  for (size_t i = 0; i < kUnits.size(); ++i) {
    for (uint64_t cycle = 0; cycle < 8; ++cycle) {
      EXPECT_EQ(vcd.at(unit_signal(kUnits[i], "busy"), cycle), cycle == i + 1 ? 1U : 0U)
          << isa::name_of(kUnits[i]) << " in cycle " << cycle;
    }
  }
}

TEST_F(Trace, HoldsTheWindowOnly) {
  for (const auto& [begin, end] : {std::pair<uint64_t, uint64_t>{0, 1}, {7, 8}, {1234, 1300}}) {
    const Vcd vcd = record(begin, end);
    EXPECT_EQ(vcd.first, begin * 1000);
    EXPECT_EQ(vcd.last, (end - 1) * 1000);
    for (uint64_t cycle = begin; cycle < end; ++cycle) EXPECT_EQ(vcd.at("SystemC.top.cycle", cycle), cycle);
    EXPECT_EQ(vcd.signals.at("SystemC.top.cycle").size(), end - begin);
  }
}

TEST_F(Trace, SemaphoresHoldWhatWasPostedAndNotTaken) {
  // Changes from the program and the fast engine's records: taken from the cycle after the start, posted at
  // the end.
  std::map<uint64_t, const isa::Instruction*> program;
  isa::Cursor cursor(mapped_.program);
  for (isa::IssuedInstruction issued; cursor.next(issued);) program[issued.sequence] = issued.instruction;
  const Vcd vcd = record(0, kAll);
  uint64_t changes = 0;
  for (size_t s = 0; s < isa::kMaxSemaphores; ++s) {
    const std::string signal = fmt::format("SystemC.top.semaphores.s{}", s);
    if (vcd.signals.count(signal) == 0) continue;
    std::map<uint64_t, int64_t> change;
    for (const InstructionRecord& record : expected_) {
      const isa::Instruction& instruction = *program.at(record.sequence);
      for (int i = 0; i < instruction.wait_count; ++i) {
        if (instruction.waits[i].semaphore == s) change[record.start + 1] -= instruction.waits[i].count;
      }
      for (int i = 0; i < instruction.post_count; ++i) {
        if (instruction.posts[i].semaphore == s) change[record.end] += instruction.posts[i].count;
      }
    }
    int64_t value = mapped_.program.semaphore_initial[s];
    for (const auto& [cycle, difference] : change) {
      value += difference;
      ASSERT_EQ(vcd.at(signal, cycle), static_cast<uint64_t>(value)) << signal << " in cycle " << cycle;
      ++changes;
    }
  }
  EXPECT_GT(changes, 100U);
}

TEST_F(Trace, ShowsEveryBurstAndEveryColumn) {
  const engine::EngineTotals totals = simulate({path(), false, 0, kAll});
  const Vcd vcd = trace::read_vcd(path() + ".vcd");
  std::map<isa::Queue, uint64_t> bursts;
  for (const InstructionRecord& record : expected_) bursts[record.queue] += record.bursts;
  uint64_t loads = 0, stores = 0, outputs = 0, steps = 0, most_in_flight = 0;
  const std::string array = "SystemC.top.compute.array.";
  for (uint64_t cycle = 0; cycle < cycles_; ++cycle) {
    loads += vcd.at("SystemC.top.dram.grant_load", cycle);
    stores += vcd.at("SystemC.top.dram.grant_store", cycle);
    most_in_flight = std::max(most_in_flight, vcd.at("SystemC.top.dram.reads_in_flight", cycle));
    if (vcd.at(array + "out_valid", cycle) == 1 && vcd.at(array + "out_ready", cycle) == 1) ++outputs;
    if (vcd.at(array + "step_valid", cycle) == 1 && vcd.at(array + "step_ready", cycle) == 1) ++steps;
    for (const isa::Queue unit : kUnits) {
      ASSERT_LE(vcd.at(fmt::format("SystemC.top.queues.{}", isa::name_of(unit)), cycle),
                static_cast<uint64_t>(machine_.sequencer.queue_depth));
    }
  }
  EXPECT_EQ(loads, bursts[isa::Queue::load]);
  EXPECT_EQ(stores, bursts[isa::Queue::store]);
  EXPECT_EQ(most_in_flight, 3U);  // dma.max_in_flight
  EXPECT_GT(outputs, 0U);
  EXPECT_LE(outputs * 1, totals.counts.outputs);  // a column has 1 to 3 active rows
  EXPECT_GE(outputs * 3, totals.counts.outputs);
  EXPECT_LE(steps, totals.counts.pe_steps);  // a step feeds 1 to 15 PEs
  EXPECT_GE(steps * 15, totals.counts.pe_steps);
}

// With both clocks alike every burst of a channel is BL cycles on its data bus, and every refresh one cycle.
TEST_F(Trace, ShowsTheChannelsOfADramPart) {
  machine_.dram.kind = machine::DramKind::part;
  dram::Memory& memory = machine_.dram.memory;
  memory.channels = 2;
  memory.part.clock_hz = static_cast<uint64_t>(machine_.clock_hz);
  memory.part.organisation = {1, 2, 2, 64, 1024, machine_.dram.burst_bytes};
  dram::Timing& timing = memory.part.timing;
  timing.CL = timing.RCD = timing.RP = timing.RTP = 5;
  timing.CWL = 4;
  timing.BL = timing.CCD_S = timing.CCD_L = 2;
  timing.RAS = 10;
  timing.RC = 15;
  timing.RFC = 20;
  timing.REFI = 300;
  const engine::EngineTotals totals = simulate({path(), false, 0, kAll});
  const Vcd vcd = trace::read_vcd(path() + ".vcd");
  uint64_t reads = 0, writes = 0, refreshes = 0, queued = 0, write_mode = 0;
  for (uint64_t cycle = 0; cycle < totals.cycles; ++cycle) {
    for (int c = 0; c < memory.channels; ++c) {
      const std::string channel = fmt::format("SystemC.top.dram.channel{}.", c);
      reads += vcd.at(channel + "data_read", cycle);
      writes += vcd.at(channel + "data_write", cycle);
      refreshes += vcd.at(channel + "refresh", cycle);
      queued = std::max(queued, vcd.at(channel + "reads_queued", cycle));
      write_mode += vcd.at(channel + "write_mode", cycle);
    }
  }
  EXPECT_GT(totals.dram.reads, 100U);
  EXPECT_GT(totals.dram.refreshes, 10U);
  EXPECT_EQ(reads, 2 * totals.dram.reads);
  EXPECT_LE(writes, 2 * totals.dram.writes);           // the last ones are on their way when the run ends
  EXPECT_GE(writes + 2 * 32, 2 * totals.dram.writes);  // at most a write queue of each channel
  EXPECT_EQ(refreshes, totals.dram.refreshes);
  EXPECT_GT(write_mode, 0U);
  EXPECT_GE(queued, 1U);
  EXPECT_LE(queued, 3U);  // dma.max_in_flight
}

TEST_F(Trace, ChangesNothingAboutTheRun) {
  const uint64_t plain = simulate({}).cycles;
  const std::vector<InstructionRecord> without = records_;
  EXPECT_TRUE(files().empty()) << "a file without a trace being asked for";
  EXPECT_EQ(plain, cycles_);
  EXPECT_EQ(simulate({path(), false, 10, 4000}).cycles, plain);
  EXPECT_TRUE(without == records_);
  EXPECT_EQ(files(), std::set<std::string>{"trace.vcd"});
  const std::string first = bytes_of(path() + ".vcd");
  simulate({path(), false, 10, 4000});
  EXPECT_EQ(first, bytes_of(path() + ".vcd")) << "the same run makes the same file";
}

TEST_F(Trace, FstHoldsTheSame) {
  if (std::system("command -v vcd2fst fst2vcd >/dev/null") != 0)
    GTEST_SKIP() << "no vcd2fst (gtkwave) in PATH";
  const Vcd vcd = record(500, 900);
  fs::remove(path() + ".vcd");
  simulate({path(), true, 500, 900});
  ASSERT_EQ(files(), std::set<std::string>{"trace.fst"});
  const std::string back = (folder_ / "back.vcd").string();
  ASSERT_EQ(std::system(fmt::format("fst2vcd -f '{}.fst' -o '{}'", path(), back).c_str()), 0);
  const Vcd fst = trace::read_vcd(back);
  ASSERT_EQ(fst.signals.size(), vcd.signals.size());
  for (const auto& [signal, changes] : vcd.signals) {
    for (uint64_t cycle = 500; cycle < 900; ++cycle) {
      ASSERT_EQ(fst.at(signal, cycle), vcd.at(signal, cycle)) << signal << " in cycle " << cycle;
    }
  }
}

TEST_F(Trace, ErrorsLeaveNothingBehind) {
  {
    const ScopedPath none("");
    EXPECT_EQ(error_of({path(), true, 0, 9}),
              "error[TRC002]: FST waveforms are made with vcd2fst, which is not in PATH\n"
              "  help: install it (Debian: apt-get install gtkwave), or use --trace vcd");
  }
  EXPECT_EQ(error_of({path(), false, cycles_, kAll}),
            fmt::format("error[TRC004]: the waveform begins in cycle {0}, but the run ends after {0} cycles",
                        cycles_));
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(
      error_of({(folder_ / "no" / "trace").string(), false, 0, 9}),
      fmt::format("error[TRC001]: cannot write the waveform '{}/no/trace.vcd': No such file or directory",
                  folder_.string()));
  {
    const fs::path tools = folder_ / "tools";
    fs::create_directory(tools);
    std::ofstream(tools / "vcd2fst") << "#!/bin/sh\nprintf half > \"$2\"\nexit 1\n";
    fs::permissions(tools / "vcd2fst", fs::perms::owner_all);
    const ScopedPath fake(tools.string() + ":/bin");
    EXPECT_EQ(error_of({path(), true, 0, 9}).substr(0, 14), "error[TRC003]:");
  }
  EXPECT_EQ(files(), std::set<std::string>{"tools"});
}

#if VERNIER_HAS_RTL
TEST_F(Trace, VerilatedArrayShowsItsInsideOnTheSameAxis) {
  const std::vector<uint8_t> dram = run::random_image(mapped_, network_, 1);
  machine::MemoryImage image(machine_, dram);
  const uint64_t begin = cycles_ / 3, end = begin + 3000;
  const auto simulate_rtl = [&](machine::MemoryImage* memory, const engine::TraceOptions& trace) {
    engine::RunLog log;
    engine::SystemcOptions options;
    options.image = memory;
    options.array = rtl_adaptor::RtlPeArray::create(machine_.array);
    options.trace = trace;
    return run_systemc(mapped_.program, machine_, log, std::move(options)).cycles;
  };
  EXPECT_EQ(simulate_rtl(nullptr, {}), cycles_) << "timing only";
  EXPECT_EQ(simulate_rtl(&image, {path(), false, begin, end}), cycles_);
  const Vcd netlist = trace::read_vcd(path() + ".vcd");
  EXPECT_EQ(netlist.first, begin * 1000);
  if (!rtl_adaptor::RtlPeArray::records_inside()) {
    EXPECT_EQ(files(), std::set<std::string>{"trace.vcd"});
    GTEST_SKIP() << "built without VERNIER_RTL_TRACE: the pins are recorded, the inside is not";
  }
  EXPECT_EQ(files(), (std::set<std::string>{"trace.vcd", "rtl_trace.vcd"}));
  const Vcd rtl = trace::read_vcd((folder_ / "rtl_trace.vcd").string());
  EXPECT_EQ(rtl.first, begin * 1000);
  EXPECT_LT(rtl.last, end * 1000);
  uint64_t columns = 0;
  for (uint64_t cycle = begin; cycle < end; ++cycle) {
    // Outputs hold their value while the compute unit is idle, when the netlist shows them as 0.
    if (netlist.at("SystemC.top.compute.busy", cycle) == 0) continue;
    for (const char* pin : {"out_valid_o", "partial_req_o", "busy_o"}) {
      const std::string name = std::string(pin).substr(0, std::string(pin).size() - 2);
      ASSERT_EQ(rtl.at(fmt::format("TOP.{}", pin), cycle),
                netlist.at("SystemC.top.compute.array." + name, cycle))
          << pin << " in cycle " << cycle;
    }
    columns += rtl.at("TOP.out_valid_o", cycle);
  }
  EXPECT_GT(columns, 0U);
  EXPECT_GT(rtl.signals.size(), 100U) << "only the pins";
}
#endif

}  // namespace
}  // namespace vernier
