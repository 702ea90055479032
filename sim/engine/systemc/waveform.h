// SPDX-License-Identifier: Apache-2.0
// The waveforms of one run: signals of the netlist and, for a Verilated array, everything inside it, on one
// time axis: a cycle takes one nanosecond, and a value at t ns is the one that holds in cycle t.
#pragma once

#include <functional>
#include <optional>
#include <systemc>

#include "models/array/array_port.h"
#include "sim/engine/trace_options.h"
#include "sim/engine/waveform_file.h"

namespace vernier::engine {

class Waveform {
 public:
  /// Adds the signals of the netlist to a file. What it adds must outlive the Waveform's window.
  using AddSignals = std::function<void(sc_core::sc_trace_file*)>;

  /// Writes `<path>.vcd` or `.fst`. Throws the errors of WaveformFile.
  explicit Waveform(const TraceOptions& options);
  ~Waveform();
  Waveform(const Waveform&) = delete;
  Waveform& operator=(const Waveform&) = delete;

  /// Before the first cycle. `array` is null if there is no inside to show. An array that can show its inside
  /// gets a file `rtl_<name>` beside the first one; throws the errors of IPeArray::open_trace.
  void attach(array::IPeArray* array, AddSignals add_signals);
  /// In every cycle, while the processes of the cycle run: starts and stops recording.
  void at(uint64_t cycle);
  /// The run is over, after `cycles`: completes and publishes the files. Throws InputError TRC004 if the
  /// window begins after the run, else as WaveformFile::publish. Without this call nothing is left behind.
  void finish(uint64_t cycles);

 private:
  void stop();

  TraceOptions options_;
  WaveformFile netlist_;
  std::optional<WaveformFile> inside_;
  array::IPeArray* array_ = nullptr;
  AddSignals add_signals_;
  sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace vernier::engine
