// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/flow.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/atomic_file.h"
#include "base/digest.h"
#include "base/error.h"
#include "sim/ppa/replay.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

/// Raised when what is computed from the same inputs changes.
constexpr uint64_t kFlowVersion = 1;

/// A bench and what was recorded of its blocks; recorded once, when the first block needs it.
class Rehearsal {
 public:
  Rehearsal(const Bench& bench, const FlowOptions& options)
      : bench_(bench), options_(options), stimulus_(make_stimulus(bench, options.stimulus)) {}

  void add(const Block* block) { blocks_.push_back(block); }
  [[nodiscard]] const Stimulus& stimulus() const { return stimulus_; }
  [[nodiscard]] const Bench& bench() const { return bench_; }

  const Recording& recording(const Block* block) {
    const std::lock_guard<std::mutex> lock(running_);
    if (failure_) std::rethrow_exception(failure_);
    if (recordings_.empty()) {
      try {
        run();
      } catch (...) {
        failure_ = std::current_exception();
        throw;
      }
    }
    return recordings_[static_cast<size_t>(std::find(blocks_.begin(), blocks_.end(), block) -
                                           blocks_.begin())];
  }

 private:
  void run() {
    const fs::path folder = options_.folder / "work" / ("bench_" + bench_.name);
    const auto ports = elaborate(options_.tools, options_.target, bench_, blocks_, folder);
    std::vector<ProbedBlock> probed;
    for (size_t i = 0; i < blocks_.size(); ++i)
      probed.push_back({blocks_[i]->place, blocks_[i]->event, ports[i]});
    recordings_ = run_rtl(options_.tools, options_.target.rtl, bench_, probed, stimulus_, folder);
  }

  const Bench& bench_;
  const FlowOptions& options_;
  Stimulus stimulus_;
  std::vector<const Block*> blocks_;
  std::mutex running_;
  std::vector<Recording> recordings_;
  std::exception_ptr failure_;
};

/// Everything that a block's result depends on.
std::string key_of(const FlowOptions& options, const BlockResult& block, const Block& from) {
  Digest digest;
  digest.add(kFlowVersion);
  digest.add(fmt::format("{}\n{}\n{}\n{}\n{:.6f}\n", options.target.library->digest,
                         options.tools.yosys.version, options.tools.opensta.version,
                         options.tools.verilator.version, options.target.clock_ns));
  digest.add(fmt::format("{} {} {} {} {} {} {}", from.name, from.module, from.place, from.event, from.macs,
                         block.source_digest, block.stimulus_digest));
  for (const auto& [name, value] : from.parameters) digest.add(fmt::format(" {}={}", name, value));
  if (from.unswept) digest.add(" unswept");
  return digest.text();
}

void fill(BlockResult& result, const Netlist& netlist, const Timing& timing, const Replay& replay,
          const Library& library, double clock_ns) {
  result.cycles = replay.cycles;
  result.area_um2 = netlist.area_um2();
  result.nand2_equivalents = result.area_um2 / library.smallest_nand2()->area_um2;
  result.sequential_share = result.area_um2 > 0 ? netlist.flip_flop_area_um2() / result.area_um2 : 0;
  result.leakage_uw = netlist.leakage_uw();
  result.slack_ns = timing.has_paths ? timing.slack_ns : clock_ns;
  result.longest_path_ns = clock_ns - result.slack_ns;
  result.max_clock_mhz = result.longest_path_ns > 0 ? 1000 / result.longest_path_ns : 0;
  const Energy all = energy_of(netlist, library, timing.slews_ns, replay.active);
  const Energy idle = energy_of(netlist, library, timing.slews_ns, replay.idle);
  const auto idle_cycles = static_cast<double>(replay.idle.cycles);
  const auto cycles = static_cast<double>(replay.active.cycles);
  // Cycles without work cost what an idle one does; the rest is due to those with work.
  const auto per_event = [&](double total, double quiet) {
    return quiet / idle_cycles + (total - cycles * quiet / idle_cycles) / static_cast<double>(replay.events);
  };
  result.internal_pj = per_event(all.internal_pj, idle.internal_pj);
  result.switching_pj = per_event(all.switching_pj, idle.switching_pj);
  result.idle_pj = idle.total_pj() / idle_cycles;
}

class Flow {
 public:
  Flow(const BlockList& list, const std::vector<const Block*>& blocks, const FlowOptions& options)
      : options_(options), blocks_(blocks), results_(blocks.size()), failures_(blocks.size()) {
    for (const Block* block : blocks) {
      auto& rehearsal = rehearsals_[block->bench];
      if (!rehearsal) rehearsal = std::make_unique<Rehearsal>(list.benches[block->bench], options);
    }
    fs::create_directories(options.folder / "blocks");
    // Of a bench whose results are all there nothing is run.
    for (size_t i = 0; i < blocks.size(); ++i) {
      prepare(i);
      if (!kept(i)) rehearsals_[blocks[i]->bench]->add(blocks[i]);
    }
  }

  FlowResult run(const std::function<void(const Progress&)>& progress) {
    progress_ = &progress;
    std::atomic<size_t> next{0};
    std::vector<std::thread> workers;
    for (size_t i = 0; i < std::min(options_.jobs, blocks_.size()); ++i) {
      workers.emplace_back([&] {
        for (size_t block = next++; block < blocks_.size(); block = next++) run_block(block);
      });
    }
    for (std::thread& worker : workers) worker.join();
    FlowResult result;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (failures_[i].empty()) result.blocks.push_back(results_[i]);
      if (!failures_[i].empty()) result.failures.push_back(blocks_[i]->name + ": " + failures_[i]);
    }
    return result;
  }

 private:
  [[nodiscard]] fs::path file_of(size_t i) const {
    return options_.folder / "blocks" / (blocks_[i]->name + ".yaml");
  }

  void prepare(size_t i) {
    const Block& block = *blocks_[i];
    Rehearsal& rehearsal = *rehearsals_[block.bench];
    BlockResult& result = results_[i];
    result.name = block.name;
    result.module = block.module;
    result.parameters = block.parameters;
    result.unswept = block.unswept;
    result.source_digest = source_digest(
        options_.target.rtl, sources_of(options_.target.rtl, rehearsal.bench().rtl, block.module));
    result.stimulus_kind = rehearsal.stimulus().kind;
    result.stimulus_format = rehearsal.stimulus().format;
    result.stimulus_activations = rehearsal.stimulus().activations;
    result.stimulus_digest = rehearsal.stimulus().digest;
    result.seed = options_.stimulus.seed;
    keys_.push_back("# " + key_of(options_, result, block) + "\n");
  }

  bool kept(size_t i) {
    kept_.push_back(false);
    std::error_code ignored;
    if (!fs::exists(file_of(i), ignored)) return false;
    try {
      const std::string text = read_file(file_of(i).string());
      if (text.compare(0, keys_[i].size(), keys_[i]) != 0) return false;
      results_[i] = parse_block(text);
      kept_.back() = true;
    } catch (const std::exception&) {  // damaged: measured again
      return false;
    }
    return true;
  }

  void run_block(size_t i) {
    const auto begin = std::chrono::steady_clock::now();
    if (!kept_[i]) {
      try {
        measure_block(i);
      } catch (const std::exception& error) {
        failures_[i] = error.what();
      }
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const std::lock_guard<std::mutex> lock(reporting_);
    (*progress_)({blocks_[i]->name, failures_[i], kept_[i], seconds.count(), ++done_, blocks_.size()});
  }

  void measure_block(size_t i) {
    const Block& block = *blocks_[i];
    Rehearsal& rehearsal = *rehearsals_[block.bench];
    const fs::path folder = options_.folder / "work" / block.name;
    const Library& library = *options_.target.library;
    const Netlist netlist = synthesize(options_.tools, options_.target, rehearsal.bench(), block, folder);
    const Replay played = replay(netlist, rehearsal.recording(&block), rehearsal.stimulus().idle);
    const Timing timing = time_netlist(options_.tools, options_.target, netlist, folder);
    fill(results_[i], netlist, timing, played, library, options_.target.clock_ns);
    const double macs = static_cast<double>(rehearsal.stimulus().steps) * block.macs;
    results_[i].macs_per_cycle = macs / static_cast<double>(played.events);
    const std::string text = block_yaml(results_[i]);
    results_[i] = parse_block(text);  // a result that is kept has the same digits
    write_atomically(file_of(i).string(), keys_[i] + text);
  }

  const FlowOptions& options_;
  const std::vector<const Block*>& blocks_;
  std::map<size_t, std::unique_ptr<Rehearsal>> rehearsals_;
  std::vector<BlockResult> results_;
  std::vector<std::string> failures_, keys_;
  std::vector<bool> kept_;
  std::mutex reporting_;
  size_t done_ = 0;
  const std::function<void(const Progress&)>* progress_ = nullptr;
};

}  // namespace

FlowResult measure(const BlockList& list, const std::vector<const Block*>& blocks, const FlowOptions& options,
                   const std::function<void(const Progress&)>& progress) {
  return Flow(list, blocks, options).run(progress);
}

}  // namespace vernier::ppa
