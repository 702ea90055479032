// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/block_run.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "base/error.h"
#include "sim/cosim/reproduce.h"
#include "sim/cosim/two_sided_vcd.h"

namespace vernier::cosim {
namespace {

size_t words_of(int bits) { return (static_cast<size_t>(bits) + 31) / 32; }

/// Pins of the spec in words, and where the RTL keeps them.
class Pins {
 public:
  Pins(const std::string& module, const std::vector<BlockPin>& spec, const std::vector<RtlPin>& rtl,
       bool inputs) {
    size_t count = 0;
    for (const RtlPin& pin : rtl) count += pin.input == inputs ? 1 : 0;
    VERNIER_INVARIANT(count == spec.size(), "{} has {} {}, its spec {}", module, count,
                      inputs ? "inputs" : "outputs", spec.size());
    for (const BlockPin& pin : spec) {
      const auto found = std::find_if(rtl.begin(), rtl.end(), [&](const RtlPin& other) {
        return other.input == inputs && other.name == pin.name && other.bits == pin.bits;
      });
      VERNIER_INVARIANT(found != rtl.end(), "{} has no pin {} of {} bits", module, pin.name, pin.bits);
      const size_t bytes = pin.bits <= 8 ? 1 : pin.bits <= 16 ? 2 : 4 * words_of(pin.bits);
      places_.push_back({pin, values.size(), bytes, found->data});
      values.resize(values.size() + words_of(pin.bits));
    }
  }

  /// Cuts off what is beyond the width of each pin.
  void trim() {
    for (const Place& place : places_) {
      const int rest = place.pin.bits % 32;
      if (rest != 0) values[place.word + words_of(place.pin.bits) - 1] &= (1U << rest) - 1;
    }
  }
  void to_rtl() const {
    for (const Place& place : places_) std::memcpy(place.data, &values[place.word], place.bytes);
  }
  void from_rtl() {
    for (const Place& place : places_) std::memcpy(&values[place.word], place.data, place.bytes);
  }
  void show(TwoSidedVcd& vcd) const {
    for (const Place& place : places_) {
      const auto bits = static_cast<size_t>(place.pin.bits);
      std::vector<uint8_t> single(bits);
      for (size_t i = 0; i < bits; ++i) single[i] = values[place.word + i / 32] >> (i % 32) & 1U;
      vcd.put(place.pin.name, single.data(), bits, 1);
    }
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const Place& place : places_) text += fmt::format(" {}={}", place.pin.name, hex(place, values));
    return text;
  }
  /// The first pin that differs from other values in a bit of `care`.
  [[nodiscard]] std::optional<Difference> difference(uint64_t cycle, const std::vector<uint32_t>& other,
                                                     const std::vector<uint32_t>& care) const {
    for (const Place& place : places_) {
      for (size_t i = place.word; i < place.word + words_of(place.pin.bits); ++i) {
        if (((values[i] ^ other[i]) & care[i]) == 0) continue;
        return Difference{cycle, place.pin.name, hex(place, values), "", hex(place, other)};
      }
    }
    return std::nullopt;
  }

  std::vector<uint32_t> values;

 private:
  struct Place {
    BlockPin pin;
    size_t word = 0;
    size_t bytes = 0;
    void* data = nullptr;
  };

  static std::string hex(const Place& place, const std::vector<uint32_t>& from) {
    std::string digits;
    for (size_t i = words_of(place.pin.bits); i > 0; --i) {
      digits += fmt::format("{:08x}", from[place.word + i - 1]);
    }
    return digits.substr(digits.size() - (static_cast<size_t>(place.pin.bits) + 3) / 4);
  }

  std::vector<Place> places_;
};

/// What is kept of a vector that is shown.
struct Record {
  TwoSidedVcd vcd{"golden", 0};
  std::vector<std::string> rtl, golden;  // the last cycles
};

void keep(std::vector<std::string>& events, std::string event) {
  events.push_back(std::move(event));
  if (events.size() > EventRecorder::kKept) events.erase(events.begin());
}

class Runner {
 public:
  Runner(const BlockSpec& spec, const MakeBlockRtl& make_rtl)
      : spec_(spec),
        rtl_(make_rtl()),
        golden_(spec.golden()),
        in_(spec.module, spec.inputs, rtl_->pins(), true),
        out_(spec.module, spec.outputs, rtl_->pins(), false),
        expected_(out_.values.size()),
        care_(out_.values.size()) {}

  std::optional<Difference> run(uint64_t seed, uint64_t vector, Record* record = nullptr) {
    Random random(seed, vector);
    rtl_->reset();
    golden_->reset();
    for (int cycle = 0; cycle < spec_.cycles; ++cycle) {
      std::fill(in_.values.begin(), in_.values.end(), 0U);
      spec_.drive(random, vector, cycle, in_.values.data());
      in_.trim();
      in_.to_rtl();
      rtl_->settle();
      out_.from_rtl();
      std::fill(expected_.begin(), expected_.end(), 0U);
      std::fill(care_.begin(), care_.end(), UINT32_MAX);
      golden_->outputs(in_.values.data(), expected_.data(), care_.data());
      if (record != nullptr) note(*record, static_cast<uint64_t>(cycle));
      ++tally.cycles;
      ++tally.events;
      auto difference = out_.difference(static_cast<uint64_t>(cycle), expected_, care_);
      if (difference) return difference;
      rtl_->edge();
      golden_->edge(in_.values.data());
    }
    ++tally.vectors;
    return std::nullopt;
  }

  Tally tally;

 private:
  void note(Record& record, uint64_t cycle) {
    record.vcd.start_cycle(cycle);
    in_.show(record.vcd);
    record.vcd.inputs_end();
    out_.show(record.vcd);
    keep(record.rtl, fmt::format("cycle {}:{} ->{}", cycle, in_.text(), out_.text()));
    std::swap(out_.values, expected_);
    out_.show(record.vcd);
    keep(record.golden, fmt::format("cycle {}:{} ->{}", cycle, in_.text(), out_.text()));
    std::swap(out_.values, expected_);
  }

  const BlockSpec& spec_;
  std::unique_ptr<IBlockRtl> rtl_;
  std::unique_ptr<IBlockGolden> golden_;
  Pins in_, out_;
  std::vector<uint32_t> expected_, care_;
};

Mismatch mismatch(const BlockSpec& spec, const MakeBlockRtl& make_rtl, const Options& options,
                  uint64_t vector, const Difference& difference) {
  Mismatch found;
  found.block = spec.module;
  found.seed = options.seed;
  found.vector = vector;
  found.vector_text = fmt::format("{} cycles", spec.cycles);
  found.difference = difference;
  Record record;
  Options shortest{options.seed, vector, 1, options.waves, nullptr};
  if (!Runner(spec, make_rtl).run(options.seed, vector, &record)) {  // state from before its reset
    record = Record();
    shortest = {options.seed, options.first, vector - options.first + 1, options.waves, nullptr};
    Runner again(spec, make_rtl);
    for (uint64_t index = options.first; index < vector; ++index) (void)again.run(options.seed, index);
    (void)again.run(options.seed, vector, &record);
  }
  found.rtl_events = std::move(record.rtl);
  found.other_events = std::move(record.golden);
  found.command = command_for(spec.module, shortest);
  if (!options.waves.empty()) {
    found.waveform = record.vcd.publish(options.waves, waveform_name(spec.module, options.seed, vector));
  }
  return found;
}

}  // namespace

BlockResult run_spec(const BlockSpec& spec, const MakeBlockRtl& make_rtl, const Options& options,
                     const Progress& progress) {
  BlockResult result{spec.module, spec.pe, {}, {}, {}};
  Runner runner(spec, make_rtl);
  uint64_t end = options.first + options.vectors;
  if (spec.all != 0) end = std::min(end, spec.all);
  for (uint64_t vector = options.first; vector < end && !result.mismatch; ++vector) {
    if (progress) progress(vector - options.first);
    const auto difference = runner.run(options.seed, vector);
    if (difference) result.mismatch = mismatch(spec, make_rtl, options, vector, *difference);
  }
  result.tally = runner.tally;
  return result;
}

Unit unit_of(const BlockSpec& spec, const MakeBlockRtl& make_rtl) {
  return {spec.module, spec.pe, [&spec, make_rtl](const Options& options, const Progress& progress) {
            return run_spec(spec, make_rtl, options, progress);
          }};
}

}  // namespace vernier::cosim
