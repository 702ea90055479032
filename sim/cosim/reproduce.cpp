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
class Recording {
 public:
  Recording(const Block& block, const std::string& path, uint64_t begin, Pair& pair)
      : file_(path, engine::WaveformFile::can_convert()),
        inside_(path + "_inside", false),
        pins_(block.array, begin),
        rtl_(*pair.rtl) {
    pair.lockstep.watch(pins_);
    traced_ = rtl_.open_trace({inside_.vcd(), begin, UINT64_MAX, [this] { return pins_.now(); }});
  }

  ~Recording() {
    if (traced_) rtl_.close_trace();
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// The vector ran. Returns the path of the file.
  std::string publish() {
    if (traced_) rtl_.close_trace();
    pins_.write(file_.vcd(), traced_ ? inside_.vcd() : "");
    file_.publish();
    return file_.path();
  }

 private:
  engine::WaveformFile file_, inside_;
  PinWaveform pins_;
  array::IPeArray& rtl_;
  bool traced_ = false;
};

std::string command_for(const Block& block, const Options& options) {
  std::string command = fmt::format("vernier cosim {} --seed {}", block.name(), options.seed);
  if (options.first > 0) command += fmt::format(" --first {}", options.first);
  return command + fmt::format(" --vectors {}", options.vectors);
}

/// Runs the vectors of `options`, recording the last one. Returns whether it differs, and the waveform.
std::pair<bool, std::string> run_again(const Block& block, const Options& options, uint64_t begin) {
  const uint64_t last = options.first + options.vectors - 1;
  Pair pair(block);
  for (uint64_t index = options.first; index < last; ++index) {
    if (pair.lockstep.run(make_vector(block.array, options.seed, index))) return {false, {}};
  }
  const TestVector vector = make_vector(block.array, options.seed, last);
  if (options.waves.empty()) return {pair.lockstep.run(vector).has_value(), {}};
  std::optional<Recording> recording;
  std::string why;
  try {
    const std::string name = fmt::format("{}_seed{}_vector{}", block.name(), options.seed, last);
    recording.emplace(block, (std::filesystem::path(options.waves) / name).string(), begin, pair);
  } catch (const InputError& error) {  // the mismatch matters more
    why = fmt::format("none: {}", error.diagnostics().front().message);
  }
  if (!pair.lockstep.run(vector)) return {false, {}};
  if (!recording) return {true, why};
  try {
    std::string path = recording->publish();
    if (!engine::WaveformFile::can_convert()) path += " (no FST: vcd2fst is not in PATH)";
    return {true, path};
  } catch (const InputError& error) {
    return {true, fmt::format("none: {}", error.diagnostics().front().message)};
  }
}

}  // namespace

Reproduction reproduce(const Block& block, const Options& options, uint64_t vector, uint64_t cycle) {
  const uint64_t begin = cycle < kWindowCycles ? 0 : cycle + 1 - kWindowCycles;
  Options shortest{options.seed, vector, 1, options.waves};
  auto [differs, waveform] = run_again(block, shortest, begin);
  if (!differs) {
    shortest = {options.seed, options.first, vector - options.first + 1, options.waves};
    waveform = run_again(block, shortest, begin).second;
  }
  return {command_for(block, shortest), waveform};
}

}  // namespace vernier::cosim
