// SPDX-License-Identifier: Apache-2.0
// The `ideal` DRAM, cycle by cycle: grants its one bus burst by burst (docs/timing.md, section DRAM), and
// lets bursts pass the scratchpads' ports (docs/memory.md).
#pragma once

#include <deque>

#include "models/machine/machine.h"
#include "models/memory/dma_path.h"
#include "models/memory/scratchpad_ports.h"

namespace vernier::memory {

class IdealDram : public IDram {
 public:
  /// Both outlive this object.
  IdealDram(const machine::Machine& machine, Scratchpads& scratchpads)
      : machine_(machine), scratchpads_(scratchpads), load_(*this), store_(*this) {}

  IDmaPath& load() override { return load_; }
  IDmaPath& store() override { return store_; }
  /// It has no clock of its own: bursts are granted in the store's turn, for the ports to be known.
  void run(uint64_t) override {}

  /// What happens in a cycle, for waveforms.
  struct Signals {
    bool grant_load = false, grant_store = false, bus_busy = false;
    uint32_t reads_in_flight = 0;
  };
  [[nodiscard]] const Signals& signals() const { return signals_; }

 private:
  /// What both units have: a transfer whose bursts are granted.
  class Path : public IDmaPath {
   public:
    explicit Path(IdealDram& dram) : dram_(dram) {}
    [[nodiscard]] bool free(uint64_t) const override { return ungranted_ == 0; }
    [[nodiscard]] uint64_t refused_cycles() const override { return refused_cycles_; }
    [[nodiscard]] bool refused() const override { return refused_; }

   protected:
    friend class IdealDram;
    void request(const DmaTransfer& transfer, uint64_t from);
    [[nodiscard]] bool requests(uint64_t now) const { return ungranted_ > 0 && now >= from_; }

    IdealDram& dram_;
    DmaTransfer transfer_;
    uint64_t ungranted_ = 0;  // bursts
    uint64_t from_ = 0;
    bool refused_ = false;
    uint64_t refused_cycles_ = 0;
  };

  class Load : public Path {
   public:
    using Path::Path;
    void start(const DmaTransfer& transfer, uint64_t now) override;
    int move(uint64_t now) override;

   private:
    friend class IdealDram;
    struct Burst {
      uint64_t write_from = 0;
      bool last = false;  // of its transfer
      DmaTransfer transfer;
    };
    void grant(uint64_t now);

    std::deque<Burst> in_flight_;  // granted, not written
    int written_accesses_ = 0;     // of the first one
  };

  class Store : public Path {
   public:
    using Path::Path;
    void start(const DmaTransfer& transfer, uint64_t now) override;
    int move(uint64_t now) override;

   private:
    friend class IdealDram;
    void grant(uint64_t now);
    [[nodiscard]] PortClaim claim() const { return {transfer_.groups, 0}; }

    std::deque<uint64_t> ends_;
  };

  void arbitrate(uint64_t now);
  void grant(uint64_t now);
  [[nodiscard]] int accesses(isa::Scratchpad scratchpad) const;
  [[nodiscard]] uint64_t burst_cycles() const { return static_cast<uint64_t>(machine_.dram.burst_cycles()); }
  [[nodiscard]] uint64_t latency() const { return static_cast<uint64_t>(machine_.dram.latency_cycles); }

  const machine::Machine& machine_;
  Scratchpads& scratchpads_;
  Load load_;
  Store store_;
  uint64_t bus_free_ = 0;
  uint64_t granted_ = 0;
  bool load_was_last_ = false;
  Signals signals_;
};

}  // namespace vernier::memory
