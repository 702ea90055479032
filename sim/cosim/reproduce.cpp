// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/reproduce.h"

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "sim/cosim/pair.h"
#include "sim/cosim/pin_waveform.h"
#include "sim/engine/waveform_file.h"

namespace vernier::cosim {
namespace {

/// The waveform of one vector on one pair of arrays, in the making.
template <class Dataflow>
class Recording {
 public:
  Recording(const ArrayBlock<Dataflow>& block, std::string folder, std::string name, uint64_t begin,
            Pair<Dataflow>& pair)
      : folder_(std::move(folder)), name_(std::move(name)), pins_(block.array, begin), rtl_(*pair.rtl) {
    pair.lockstep.watch(pins_);
    try {
      inside_.emplace((std::filesystem::path(folder_) / (name_ + "_inside")).string(), false);
      const bool traced =
          rtl_.open_trace({inside_->vcd(), begin, UINT64_MAX, [this] { return pins_.vcd().now(); }});
      if (!traced) inside_.reset();
    } catch (const InputError&) {  // publish() says why
      inside_.reset();
    }
  }
  ~Recording() { rtl_.close_trace(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// The vector ran.
  PublishedWaveform publish() {
    rtl_.close_trace();
    return pins_.vcd().publish(folder_, name_, inside_ ? inside_->vcd() : "");
  }

 private:
  std::string folder_, name_;
  std::optional<engine::WaveformFile> inside_;
  PinWaveform<Dataflow> pins_;
  array::IArrayInside& rtl_;
};

/// Runs the vectors of `options`, recording the last one. Returns whether it differs, and the waveform.
template <class Dataflow>
std::pair<bool, PublishedWaveform> run_again(const ArrayBlock<Dataflow>& block, const Options& options,
                                             uint64_t begin) {
  const uint64_t last = options.first + options.vectors - 1;
  const auto vector_at = [&](uint64_t index) {
    return Dataflow::make_vector(block.array, options.seed, index, options.weights);
  };
  Pair<Dataflow> pair(block);
  for (uint64_t index = options.first; index < last; ++index) {
    if (pair.lockstep.run(vector_at(index))) return {false, {}};
  }
  const auto vector = vector_at(last);
  if (options.waves.empty()) return {pair.lockstep.run(vector).has_value(), {}};
  Recording recording(block, options.waves, waveform_name(block.name(), options.seed, last), begin, pair);
  if (!pair.lockstep.run(vector)) return {false, {}};
  return {true, recording.publish()};
}

}  // namespace

std::string command_for(const std::string& block, const Options& options) {
  std::string command = fmt::format("vernier cosim {} --seed {}", block, options.seed);
  if (options.first > 0) command += fmt::format(" --first {}", options.first);
  return command + fmt::format(" --vectors {}", options.vectors);
}

std::string waveform_name(const std::string& block, uint64_t seed, uint64_t vector) {
  return fmt::format("{}_seed{}_vector{}", block, seed, vector);
}

template <class Dataflow>
Reproduction reproduce(const ArrayBlock<Dataflow>& block, const Options& options, uint64_t vector,
                       uint64_t cycle) {
  const uint64_t begin = cycle < kWindowCycles ? 0 : cycle + 1 - kWindowCycles;
  Options shortest{options.seed, vector, 1, options.waves, nullptr, options.weights};
  auto [differs, waveform] = run_again(block, shortest, begin);
  if (!differs) {
    shortest.first = options.first;
    shortest.vectors = vector - options.first + 1;
    waveform = run_again(block, shortest, begin).second;
  }
  std::string command = command_for(block.name(), shortest);
  for (const quantize::StoredTensor& stored : options.weights) {
    if (Dataflow::cuts_from(block.array, stored)) command += " --weights " + stored.file;
  }
  return {command, waveform};
}

template Reproduction reproduce(const Block&, const Options&, uint64_t, uint64_t);
template Reproduction reproduce(const WsBlock&, const Options&, uint64_t, uint64_t);

}  // namespace vernier::cosim
