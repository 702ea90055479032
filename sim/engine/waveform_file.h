// SPDX-License-Identifier: Apache-2.0
// One waveform file on disk: recorded as VCD beside its place, published under its name when complete.
#pragma once

#include <string>

namespace vernier::engine {

class WaveformFile {
 public:
  /// Whether vcd2fst, which makes FST files, is in PATH.
  [[nodiscard]] static bool can_convert();

  /// The file is `path` + ".fst" or ".vcd". Throws InputError TRC001 if it cannot be written, TRC002 if FST
  /// is wanted and vcd2fst is not in PATH.
  WaveformFile(const std::string& path, bool fst);
  /// Removes what was not published.
  ~WaveformFile();
  WaveformFile(const WaveformFile&) = delete;
  WaveformFile& operator=(const WaveformFile&) = delete;

  /// Where it will be.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Where to record, without the extension ".vcd", which SystemC appends itself.
  [[nodiscard]] const std::string& recording() const { return recording_; }
  [[nodiscard]] std::string vcd() const { return recording_ + ".vcd"; }
  /// The recording is closed: converts it if need be and moves it to its place. A file that was there is
  /// replaced in one step. Throws InputError TRC001, TRC003 (vcd2fst failed).
  void publish();

 private:
  void remove_leftovers() noexcept;

  std::string path_;
  std::string recording_;
  std::string converter_;  // path of vcd2fst; empty = VCD
};

}  // namespace vernier::engine
