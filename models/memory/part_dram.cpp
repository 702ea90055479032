// SPDX-License-Identifier: Apache-2.0
#include "models/memory/part_dram.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace vernier::memory {

PartDram::Channel::Channel(const machine::Machine& machine, const dram::ClockRatio& ratio,
                           dram::ICommandObserver* next)
    : timing(machine.dram.memory.part.timing),
      observer(next),
      controller(machine.dram.memory.part, this),
      load(ratio, machine.dma_max_in_flight),
      store(ratio, machine.dma_max_in_flight, machine.output_spad.read_latency_cycles) {}

void PartDram::Channel::on_command(const dram::Command& command) {
  using dram::CommandKind;
  const auto move = [&](int latency, bool write) {
    const uint64_t begin = command.clock + static_cast<uint64_t>(latency);
    data.push_back({begin, begin + static_cast<uint64_t>(timing.BL), write});
  };
  if (command.kind == CommandKind::read) move(timing.CL, false);
  if (command.kind == CommandKind::write) move(timing.CWL, true);
  signals.refresh |= command.kind == CommandKind::refresh || command.kind == CommandKind::refresh_bank;
  if (observer != nullptr) observer->on_command(command);
}

void PartDram::Channel::tick() {
  const uint64_t clock = controller.clock();
  if (const auto offer = load.offer(clock)) {
    if (controller.offer_read(offer->burst, offer->tag)) load.accept(clock);
  }
  if (const auto burst = store.offer(clock)) {
    if (controller.offer_write(*burst)) store.accept(clock);
  }
  controller.tick();
  while (const auto delivery = controller.delivered()) load.deliver(delivery->tag, delivery->clock);
  if (draining && controller.writes_queued() == 0) {
    counts = controller.counts();
    draining = false;
  }
  while (!data.empty() && data.front().end <= clock) data.pop_front();
  if (!data.empty() && data.front().begin <= clock) {
    (data.front().write ? signals.data_write : signals.data_read) = true;
  }
}

void PartDram::Channel::note() {
  signals.reads_queued = static_cast<uint32_t>(controller.reads_queued());
  signals.writes_queued = static_cast<uint32_t>(controller.writes_queued());
  signals.write_mode = controller.write_mode();
}

PartDram::PartDram(const machine::Machine& machine, Scratchpads& scratchpads,
                   const std::vector<dram::ICommandObserver*>& observers)
    : machine_(machine),
      scratchpads_(scratchpads),
      ratio_(static_cast<uint64_t>(std::llround(machine.clock_hz)), machine.dram.memory.part.clock_hz),
      load_(*this),
      store_(*this) {
  const dram::Memory& memory = machine.dram.memory;
  const int burst_bytes = memory.part.organisation.burst_bytes;
  VERNIER_INVARIANT(observers.empty() || observers.size() == static_cast<size_t>(memory.channels),
                    "{} observers of {} channels", observers.size(), memory.channels);
  for (const machine::ScratchpadParams* params :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    slots_.emplace_back(*params, burst_bytes, memory.channels);
  }
  for (size_t c = 0; c < static_cast<size_t>(memory.channels); ++c) {
    channels_.push_back(
        std::make_unique<Channel>(machine, ratio_, observers.empty() ? nullptr : observers[c]));
  }
}

void PartDram::run(uint64_t now) {
  const uint64_t end = ratio_.clock_of(now + 1);
  for (const auto& channel : channels_) {
    channel->signals.refresh = channel->signals.data_read = channel->signals.data_write = false;
    while (channel->controller.clock() < end) channel->tick();
    channel->note();
  }
}

void PartDram::mark_end() {
  for (const auto& channel : channels_) {
    channel->counts = channel->controller.counts();
    channel->draining = channel->controller.writes_queued() > 0;
  }
}

dram::ChannelCounts PartDram::finish() {
  dram::ChannelCounts sum;
  for (const auto& channel : channels_) {
    while (channel->draining) channel->tick();
    sum += channel->counts;
  }
  return sum;
}

bool PartDram::Load::free(uint64_t now) const {
  return std::all_of(dram_.channels_.begin(), dram_.channels_.end(),
                     [now](const auto& channel) { return channel->load.all_accepted(now); });
}

void PartDram::Load::start(const DmaTransfer& transfer, uint64_t now) {
  const uint64_t number = first_ + transfers_.size();
  int channels = 0;
  for (int c = 0; c < dram_.channels(); ++c) {
    const BurstWalk bursts(dram_.machine_.dram.memory, c, transfer.transfer);
    if (bursts.done()) continue;
    ++channels;
    dram_.at(c).load.begin(number, bursts, now);
  }
  transfers_.push_back({transfer, channels});
}

int PartDram::Load::move(uint64_t now) {
  refused_ = false;
  for (int c = 0; c < dram_.channels(); ++c) {
    LoadStream& stream = dram_.at(c).load;
    if (!stream.ready(now)) continue;
    Flight& owner = transfers_[stream.transfer() - first_];
    const DmaTransfer& transfer = owner.transfer;
    const DmaSlots& slots = dram_.slots(transfer.scratchpad);
    if (!slots.owns(now, c)) continue;
    if (!dram_.scratchpads_.of(transfer.scratchpad).claim(now, PortUser::load, {0, transfer.groups})) {
      refused_ = true;
    } else if (stream.write(slots.accesses())) {
      --owner.channels;
    }
  }
  if (refused_) ++refused_cycles_;
  int ended = 0;
  for (; !transfers_.empty() && transfers_.front().channels == 0; transfers_.pop_front(), ++first_) ++ended;
  return ended;
}

void PartDram::Store::start(const DmaTransfer& transfer, uint64_t now) {
  active_ = true;
  transfer_ = transfer;
  for (int c = 0; c < dram_.channels(); ++c) {
    dram_.at(c).store.begin(BurstWalk(dram_.machine_.dram.memory, c, transfer.transfer), now);
  }
}

int PartDram::Store::move(uint64_t now) {
  refused_ = false;
  if (!active_) return 0;
  const DmaSlots& slots = dram_.slots(transfer_.scratchpad);
  std::optional<uint64_t> end = 0;
  for (int c = 0; c < dram_.channels(); ++c) {
    StoreStream& stream = dram_.at(c).store;
    if (slots.owns(now, c) && stream.ready(now)) {
      if (dram_.scratchpads_.of(transfer_.scratchpad).claim(now, PortUser::store, {transfer_.groups, 0})) {
        stream.read(now, slots.accesses());
      } else {
        refused_ = true;
      }
    }
    const std::optional<uint64_t> accepted = stream.accepted_from();
    end = end && accepted ? std::optional(std::max(*end, *accepted)) : std::nullopt;
  }
  if (refused_) ++refused_cycles_;
  if (!end || *end > now + 1) return 0;
  VERNIER_INVARIANT(*end == now + 1, "a store's end {} is noticed in cycle {}", *end, now);
  active_ = false;
  return 1;
}

}  // namespace vernier::memory
