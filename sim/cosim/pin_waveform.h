// SPDX-License-Identifier: Apache-2.0
// The pins of both sides as VCD text: scopes `rtl` and `systemc`, each with all pins of docs/array.md, inputs
// being shared. A cycle takes one nanosecond; a value at t ns is the one that holds in cycle t.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "models/machine/machine.h"
#include "sim/cosim/lockstep.h"

namespace vernier::cosim {

class PinWaveform : public IWatcher {
 public:
  /// Keeps cycles from `begin` on.
  PinWaveform(const machine::ArrayParams& array, uint64_t begin);

  void cycle(uint64_t cycle, const array::ArrayInputs& inputs, const array::ArrayOutputs& rtl,
             const array::ArrayOutputs& systemc) override;
  /// The cycle shown last.
  [[nodiscard]] uint64_t now() const { return now_; }

  /// Writes the VCD file. `inside`: a VCD file of 1 ps from Verilator that begins no earlier; its signals
  /// appear below a scope `inside`. Empty: none.
  void write(const std::string& path, const std::string& inside) const;

 private:
  struct Signal {
    std::string name;
    size_t bits = 0;
    std::string value;  // as written last
  };
  struct Moment {
    uint64_t cycle = 0;
    std::string changes;
  };

  void inputs(const array::ArrayInputs& inputs);
  void outputs(const array::ArrayOutputs& outputs);
  void put(const char* name, uint64_t value, size_t bits);
  template <class Word>
  void put(const char* name, const Word* words, size_t count, size_t bits_each);
  [[nodiscard]] std::string scope(const char* name, size_t first, size_t end) const;

  size_t rows_, weight_slots_, acts_;
  size_t slot_bits_;
  uint64_t begin_;
  uint64_t now_ = 0;
  std::vector<Signal> signals_;  // inputs, outputs of the RTL, outputs of the model
  size_t input_count_ = 0;
  size_t next_ = 0;  // signal that the next put() is about
  std::string changes_;
  std::vector<Moment> moments_;
};

}  // namespace vernier::cosim
