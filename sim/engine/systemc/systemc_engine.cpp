// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/systemc/systemc_engine.h"

#include <algorithm>
#include <systemc>

#include "models/array/compute_unit_module.h"
#include "models/array/pe_array_model.h"
#include "models/array/weight_stationary/ws_array_model.h"
#include "models/isa/sequencer_module.h"
#include "models/memory/allocator_module.h"
#include "models/memory/dma_module.h"
#include "models/memory/dram_module.h"
#include "models/vector/vector_module.h"
#include "sim/engine/deadlock.h"
#include "sim/engine/systemc/waveform.h"

// libsystemc's main() wants this symbol; our programs have a main() of their own and call sc_start.
int sc_main(int, char**) { return 0; }

namespace vernier::engine {
namespace {

/// Every cycle is one nanosecond of SystemC time; nothing depends on the unit.
const sc_core::sc_time_unit kTimeUnit = sc_core::SC_NS;

/// A fresh SystemC kernel for one run; the previous one comes back afterwards.
class ScopedContext {
 public:
  ScopedContext() : outer_(sc_core::sc_curr_simcontext), own_(new sc_core::sc_simcontext) {
    sc_core::sc_curr_simcontext = own_;
  }
  ~ScopedContext() {
    sc_core::sc_curr_simcontext = outer_;
    delete own_;
  }
  ScopedContext(const ScopedContext&) = delete;
  ScopedContext& operator=(const ScopedContext&) = delete;

 private:
  sc_core::sc_simcontext* outer_;
  sc_core::sc_simcontext* own_;
};

std::vector<formats::GroupFormat> parse_formats(const std::vector<std::string>& names) {
  std::vector<formats::GroupFormat> formats;
  formats.reserve(names.size());
  for (const std::string& name : names) formats.push_back(formats::group_format(name));
  return formats;
}

bool uses_semaphore(const isa::Program& program, size_t semaphore) {
  return std::any_of(program.nodes.begin(), program.nodes.end(), [&](const isa::Node& node) {
    const isa::Instruction& instruction = node.instruction;
    return std::any_of(instruction.waits.begin(), instruction.waits.begin() + instruction.wait_count,
                       [&](const isa::SemaphoreUse& use) { return use.semaphore == semaphore; });
  });
}

/// The whole accelerator.
class TopModule : public sc_core::sc_module {
 public:
  TopModule(const sc_core::sc_module_name& name, const isa::Program& program, const machine::Machine& machine,
            RunLog& log, SystemcOptions& options)
      : sc_module(name),
        program_(program),
        log_(log),
        scratchpads_(machine),
        array_(std::move(options.array)),
        ws_array_(std::move(options.ws_array)),
        semaphores_("semaphores", program.semaphore_initial),
        sequencer_("sequencer", domain_, program, machine.sequencer.queue_depth,
                   std::array<machine::InstructionQueue*, isa::kQueueCount>{&load_queue_, &compute_queue_,
                                                                            &vector_queue_, &store_queue_}),
        allocator_("allocator", domain_, program, log),
        dram_("dram", domain_, machine, scratchpads_, options.dram_observers),
        load_("load", domain_, machine::Turn::load, machine,
              {load_queue_, semaphores_, dram_.load(), allocator_, options.image}),
        store_("store", domain_, machine::Turn::store, machine,
               {store_queue_, semaphores_, dram_.store(), allocator_, options.image}),
        compute_("compute", domain_, machine, program.formats,
                 {compute_queue_, semaphores_, scratchpads_, array_of(machine), ws_array_of(machine),
                  allocator_, options.image}),
        vector_("vector", domain_, machine,
                {program, vector_queue_, semaphores_, scratchpads_, allocator_, options.image}) {
    domain_.clk(clock_);
    sequencer_.clk(clock_);
    allocator_.clk(clock_);
    load_.clk(clock_);
    store_.clk(clock_);
    dram_.clk(clock_);
    compute_.clk(clock_);
    vector_.clk(clock_);
    SC_HAS_PROCESS(TopModule);
    SC_METHOD(watch);
    sensitive << clock_.posedge_event();
    dont_initialize();
  }

  /// Before the first cycle.
  void record(Waveform& waveform) {
    waveform.attach(array_.get(), [this](sc_core::sc_trace_file* file) { trace(file); });
    waveform_ = &waveform;
  }

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] const std::exception_ptr& error() const { return domain_.error; }
  [[nodiscard]] bool stuck() const { return stuck_; }
  [[nodiscard]] uint64_t cycle() const { return cycle_; }

  void collect(EngineTotals& totals) {
    allocator_.finish();
    totals.instructions = sequencer_.dispatched();
    totals.pool_peak_bytes = allocator_.peak_bytes();
    totals.dram_bursts = load_.bursts() + store_.bursts();
    totals.dram = dram_.finish();
    totals.vector_stall_cycles = vector_.stall_cycles();
    totals.dma_refused_cycles = dram_.load().refused_cycles() + dram_.store().refused_cycles();
    totals.counts = compute_.counts();
    totals.macs = compute_.macs();
    totals.steps = cycle_;
  }

  [[nodiscard]] InputError deadlock_error() const {
    std::array<const isa::Instruction*, isa::kQueueCount> heads{};
    const std::array<const machine::InstructionQueue*, isa::kQueueCount> queues = {
        &load_queue_, &compute_queue_, &vector_queue_, &store_queue_};
    for (size_t q = 0; q < heads.size(); ++q) {
      if (!queues[q]->empty()) heads[q] = queues[q]->head().instruction;
    }
    return deadlock(program_, heads, semaphores_.values(), cycle_);
  }

 private:
  /// The array of the machine's dataflow is made if none was given; there is none of the other one.
  array::IPeArray* array_of(const machine::Machine& machine) {
    if (!array_ && !machine.array.weight_stationary()) {
      array_ = std::make_unique<array::PeArrayModel>(machine.array, parse_formats(program_.formats));
    }
    return array_.get();
  }
  array::IWsArray* ws_array_of(const machine::Machine& machine) {
    if (!ws_array_ && machine.array.weight_stationary()) {
      ws_array_ = std::make_unique<array::WsArrayModel>(machine.array, parse_formats(program_.formats));
    }
    return ws_array_.get();
  }

  /// Nothing in any unit for this many cycles means nothing will ever move again: a dispatch, a queue, a
  /// semaphore each need one cycle to become visible.
  static constexpr int kQuietCycles = 8;

  // Processes of one cycle run in any order, so only channels are read here: they change after all of them.
  void watch() {
    if (waveform_ != nullptr) note_channels();
    if (log_.latest_end() == cycle_) dram_.mark_end();
    ++cycle_;
    const bool units_idle = load_.idle() && store_.idle() && compute_.idle() && vector_.idle();
    if (!units_idle || sequencer_.dispatched() != last_dispatched_) {
      quiet_cycles_ = 0;
      last_dispatched_ = sequencer_.dispatched();
      return;
    }
    if (++quiet_cycles_ < kQuietCycles) return;
    const bool done = sequencer_.done() && load_queue_.empty() && compute_queue_.empty() &&
                      vector_queue_.empty() && store_queue_.empty();
    finished_ = done;
    stuck_ = !done;
    sc_core::sc_pause();
  }

  void note_channels() {
    waveform_->at(cycle_);
    signals_.cycle = cycle_;
    signals_.occupancy = {load_queue_.occupancy(), compute_queue_.occupancy(), vector_queue_.occupancy(),
                          store_queue_.occupancy()};
    signals_.semaphores = semaphores_.values();
  }

  void trace(sc_core::sc_trace_file* file) const override {
    sc_core::sc_trace(file, signals_.cycle, "top.cycle");
    for (size_t q = 0; q < isa::kQueueCount; ++q) {
      const std::string queue = isa::name_of(static_cast<isa::Queue>(q));
      sc_core::sc_trace(file, signals_.occupancy[q], "top.queues." + queue);
    }
    for (size_t s = 0; s < isa::kMaxSemaphores; ++s) {
      if (uses_semaphore(program_, s)) {
        sc_core::sc_trace(file, signals_.semaphores[s], fmt::format("top.semaphores.s{}", s));
      }
    }
    sequencer_.trace(file);
    if (program_.pool_bytes != 0) allocator_.trace(file);
    load_.trace(file);
    compute_.trace(file);
    vector_.trace(file);
    store_.trace(file);
    dram_.trace(file);
  }

  const isa::Program& program_;
  const RunLog& log_;
  memory::Scratchpads scratchpads_;
  Waveform* waveform_ = nullptr;
  struct {
    uint64_t cycle = 0;
    std::array<uint64_t, isa::kQueueCount> occupancy{};
    std::array<uint32_t, isa::kMaxSemaphores> semaphores{};
  } signals_;  // for waveforms: what holds in this cycle
  machine::ClockDomain domain_{"domain"};
  sc_core::sc_clock clock_{"clock", 1, kTimeUnit};
  machine::InstructionQueue load_queue_{"load_queue"};
  machine::InstructionQueue compute_queue_{"compute_queue"};
  machine::InstructionQueue vector_queue_{"vector_queue"};
  machine::InstructionQueue store_queue_{"store_queue"};
  std::unique_ptr<array::IPeArray> array_;
  std::unique_ptr<array::IWsArray> ws_array_;
  machine::SemaphoreFile semaphores_;
  isa::SequencerModule sequencer_;
  memory::AllocatorModule allocator_;
  memory::DramModule dram_;
  memory::DmaModule load_;
  memory::DmaModule store_;
  array::ComputeUnitModule compute_;
  vector::VectorModule vector_;
  uint64_t cycle_ = 0;
  uint64_t last_dispatched_ = 0;
  int quiet_cycles_ = 0;
  bool finished_ = false;
  bool stuck_ = false;
};

}  // namespace

EngineTotals run_systemc(const isa::Program& program, const machine::Machine& machine, RunLog& log,
                         SystemcOptions options) {
  constexpr int kProgressCycles = 1 << 20;
  const ScopedContext context;
  const std::function<void(uint64_t)> progress = options.progress;
  EngineTotals totals;
  std::unique_ptr<Waveform> waveform;
  if (!options.trace.path.empty()) waveform = std::make_unique<Waveform>(options.trace);
  {
    TopModule top("top", program, machine, log, options);
    if (waveform) top.record(*waveform);
    while (true) {
      sc_core::sc_start(kProgressCycles, kTimeUnit);
      if (top.error()) std::rethrow_exception(top.error());
      if (top.finished()) break;
      if (top.stuck()) throw top.deadlock_error();
      if (progress) progress(top.cycle());
    }
    top.collect(totals);
    totals.cycles = log.finish();
    if (waveform) waveform->finish(totals.cycles);
  }
  return totals;
}

}  // namespace vernier::engine
