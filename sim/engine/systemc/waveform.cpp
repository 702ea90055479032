// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/systemc/waveform.h"

#include <sysc/tracing/sc_tracing_ids.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace vernier::engine {
namespace {

/// The cycle of SystemC's time: the clock rises at every full nanosecond from 0.
uint64_t cycle_now() {
  return sc_core::sc_time_stamp().value() / sc_core::sc_time(1, sc_core::SC_NS).value();
}

/// SystemC writes no time before the initial values, so that a reader would place them at 0, and the date of
/// the run, so that no two files are equal. Both have room in the header: the time goes where a comment
/// states it, the date becomes blank. Everything keeps its length, however large the file is.
void repair_header(const std::string& path, uint64_t begin) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string header;
  for (std::string line; std::getline(file, line) && line != "$dumpvars";) header += line + "\n";
  const auto blank = [&header](const std::string& open, const std::string& text) {
    const size_t from = header.find(open);
    const size_t to = header.find("$end", from);
    VERNIER_INVARIANT(from != std::string::npos && to != std::string::npos && to - from > text.size(),
                      "the waveform has no {} of {} characters", open, text.size());
    std::fill(header.begin() + static_cast<std::ptrdiff_t>(from),
              header.begin() + static_cast<std::ptrdiff_t>(to) + 4, ' ');
    header.replace(from, text.size(), text);
    header[to + 3] = '\n';
  };
  blank("$comment", fmt::format("#{}", begin * 1000));
  blank("$date", "");
  file.clear();
  file.seekp(0);
  file << header << std::flush;
  if (!file) throw InputError("TRC001", fmt::format("cannot write the waveform '{}'", path));
}

}  // namespace

Waveform::Waveform(const TraceOptions& options) : options_(options), netlist_(options.path, options.fst) {}

Waveform::~Waveform() {
  if (file_ != nullptr) sc_core::sc_close_vcd_trace_file(file_);
}

void Waveform::attach(array::IPeArray* array, AddSignals add_signals) {
  add_signals_ = std::move(add_signals);
  if (array == nullptr) return;
  const std::filesystem::path path = options_.path;
  inside_.emplace((path.parent_path() / ("rtl_" + path.filename().string())).string(), options_.fst);
  if (array->open_trace({inside_->vcd(), options_.begin, options_.end, cycle_now})) {
    array_ = array;
  } else {
    inside_.reset();
  }
}

void Waveform::at(uint64_t cycle) {
  if (cycle == options_.begin) {
    // Its information about time units is of no interest on the terminal.
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_TRACING_TIMESCALE_UNIT_, sc_core::SC_DO_NOTHING);
    file_ = sc_core::sc_create_vcd_trace_file(netlist_.recording().c_str());
    file_->set_time_unit(1, sc_core::SC_PS);
    add_signals_(file_);
  } else if (cycle == options_.end) {
    stop();
  }
}

void Waveform::stop() {
  if (file_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(file_);
  file_ = nullptr;
}

void Waveform::finish(uint64_t cycles) {
  if (options_.begin >= cycles) {
    throw InputError("TRC004",
                     fmt::format("the waveform begins in cycle {}, but the run ends after {} cycles",
                                 options_.begin, cycles));
  }
  stop();
  repair_header(netlist_.vcd(), options_.begin);
  if (inside_) {
    array_->close_trace();
    inside_->publish();
  }
  netlist_.publish();
}

}  // namespace vernier::engine
