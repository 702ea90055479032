// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/reproduce.h"

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "sim/cosim/layer_tensors.h"
#include "sim/cosim/pair.h"
#include "sim/cosim/pin_waveform.h"
#include "sim/engine/waveform_file.h"

namespace vernier::cosim {
namespace {

/// The waveform of one vector on one pair of arrays, in the making.
class Recording {
 public:
  Recording(const Block& block, std::string folder, std::string name, uint64_t begin, Pair& pair)
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

  /// The vector ran. Returns Mismatch::waveform.
  std::string publish() {
    rtl_.close_trace();
    return pins_.vcd().publish(folder_, name_, inside_ ? inside_->vcd() : "");
  }

 private:
  std::string folder_, name_;
  std::optional<engine::WaveformFile> inside_;
  PinWaveform pins_;
  array::IPeArray& rtl_;
};

/// Runs the vectors of `options`, recording the last one. Returns whether it differs, and the waveform.
std::pair<bool, std::string> run_again(const Block& block, const Options& options, uint64_t begin) {
  const uint64_t last = options.first + options.vectors - 1;
  Pair pair(block);
  for (uint64_t index = options.first; index < last; ++index) {
    if (pair.lockstep.run(make_vector(block.array, options.seed, index, options.weights))) return {false, {}};
  }
  const TestVector vector = make_vector(block.array, options.seed, last, options.weights);
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

Reproduction reproduce(const Block& block, const Options& options, uint64_t vector, uint64_t cycle) {
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
    if (takes(block.array, stored)) command += " --weights " + stored.file;
  }
  return {command, waveform};
}

}  // namespace vernier::cosim
