// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/gemm_tiling.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "models/array/gemm_block.h"
#include "models/array/gemm_timing.h"
#include "models/formats/weight_block.h"
#include "models/pe/registry.h"
#include "sim/mapper/program_builder.h"

namespace vernier::mapper {
namespace {

// Estimates this close to the best are as good; the one with the fewest blocks is taken, for shorter
// programs.
constexpr double kTolerance = 0.005;
// Block counts tried per dimension: all up to this many blocks, then powers of two.
constexpr int64_t kDenseBlockCounts = 32;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Block sizes worth trying: balanced ones for every small number of blocks, and powers of two of the unit.
std::vector<int64_t> candidates(int64_t total, int64_t unit) {
  const int64_t tiles = ceil_div(total, unit);
  std::vector<int64_t> sizes;
  for (int64_t blocks = 1; blocks <= std::min(kDenseBlockCounts, tiles); ++blocks) {
    sizes.push_back(std::min(total, ceil_div(tiles, blocks) * unit));
  }
  for (int64_t per_block = 1; per_block < tiles; per_block *= 2) sizes.push_back(per_block * unit);
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

class Search {
 public:
  Search(const GemmShape& shape, const machine::Machine& machine, const std::string& name)
      : shape_(shape), machine_(machine), name_(name), timing_(machine, {shape.format.name}) {
    const auto& format = shape.format;
    if (format.group_size != 0 && format.group_size % machine.array.lanes != 0) {
      throw InputError("MAP003",
                       fmt::format("operator '{}': format {} has groups of {}, which is not a multiple of {} "
                                   "lanes",
                                   name, format.name, format.group_size, machine.array.lanes));
    }
    unit_k_ = format.group_size != 0 ? format.group_size : machine.array.lanes;
    if (formats::is_table(shape.activations)) unit_k_ = std::lcm(unit_k_, int64_t{formats::kTableGroup});
    // A weight-stationary array takes any number of tokens per pass, and all of its rows are elements along
    // K.
    if (machine.array.weight_stationary()) {
      unit_m_ = 1;
      unit_k_ = machine.array.rows;
    }
  }

  GemmTiling run() {
    const std::vector<int64_t> ms = candidates(shape_.m, unit_m_);
    const std::vector<int64_t> ns = candidates(shape_.n, machine_.array.channel_tile());
    for (const int64_t k : candidates(shape_.k, unit_k_)) {
      if (pe::pe(machine_.array.pe).reject_length(shape_.format, k)) break;
      if (activation_bytes(ms.front(), k) > slot_bytes(machine_, Ring::activation)) break;
      for (const int64_t n : ns) {
        const uint64_t block = weight_bytes(n, k);
        if (block > slot_bytes(machine_, Ring::weight)) break;
        for (const int64_t m : ms) {
          if (activation_bytes(m, k) > slot_bytes(machine_, Ring::activation)) break;
          if (out_bytes(m, n, k) > slot_bytes(machine_, Ring::gemm_out)) break;
          const bool split_k = k < shape_.k;
          consider({m, n, k, true, 1, 0, 0}, block);
          if (!split_k) consider({m, n, k, false, 1, 0, 0}, block);
          if (n < shape_.n && (split_k || shape_.m_outer == 1)) consider({m, n, k, true, 2, 0, 0}, block);
          if (m < shape_.m) consider({m, n, k, false, 2, 0, 0}, block);
        }
      }
    }
    if (tilings_.empty()) fail(ms.front(), ns.front());
    return best();
  }

 private:
  [[nodiscard]] uint64_t weight_bytes(int64_t n, int64_t k) const {
    formats::WeightBlockShape block;
    block.n = n;
    block.k = k;
    block.rows = machine_.array.channel_tile();
    block.lanes = machine_.array.lanes;
    block.with_channel_scales = shape_.format.has_channel_scale();
    return formats::weight_block_bytes(shape_.format, block);
  }
  [[nodiscard]] uint64_t activation_bytes(int64_t m, int64_t k) const {
    return static_cast<uint64_t>(m) * formats::activation_bytes(shape_.activations, static_cast<uint64_t>(k));
  }
  [[nodiscard]] uint64_t out_bytes(int64_t m, int64_t n, int64_t k) const {
    return array::output_block_bytes(machine_.array, static_cast<uint64_t>(m), static_cast<uint64_t>(n),
                                     static_cast<uint64_t>(k), k < shape_.k);
  }

  [[nodiscard]] double bursts(double rows, double row_bytes) const {
    const double burst = machine_.dram.burst_bytes;
    return rows * static_cast<double>(static_cast<int64_t>((row_bytes + burst - 1) / burst)) * burst;
  }

  void consider(GemmTiling tiling, uint64_t block_bytes) {
    const auto blocks_m = static_cast<double>(shape_.m_outer * ceil_div(shape_.m, tiling.m));
    const auto blocks_n = static_cast<double>(ceil_div(shape_.n, tiling.n));
    const auto blocks_k = static_cast<double>(ceil_div(shape_.k, tiling.k));
    const bool resident = tiling.k == shape_.k;
    const auto turns_m = static_cast<double>(shape_.m_outer * ceil_div(shape_.m, tiling.m * tiling.pair_m()));
    const auto turns_n = static_cast<double>(ceil_div(shape_.n, tiling.n * tiling.pair_n()));
    const double weight_visits = resident && tiling.n_outer ? 1 : turns_m;
    const double act_visits = resident && !tiling.n_outer ? 1 : turns_n;
    const auto batch = static_cast<double>(shape_.batch);
    const auto rows = static_cast<double>(shape_.m_outer * shape_.m);
    const double block = bursts(1, static_cast<double>(block_bytes));
    const auto act_row = static_cast<double>(activation_bytes(1, tiling.k));
    const double act_rows = bursts(rows, act_row) * blocks_k;
    const double out_rows = bursts(rows, 2.0 * static_cast<double>(tiling.n)) * blocks_n;
    const double traffic =
        batch * (weight_visits * blocks_n * blocks_k * block + act_visits * act_rows + out_rows);
    const double bits_per_cycle = 8 * machine_.dram.bytes_per_cycle(machine_.clock_hz);
    const double startup = (block + bursts(static_cast<double>(tiling.m), act_row) +
                            bursts(static_cast<double>(tiling.m), 2.0 * static_cast<double>(tiling.n))) *
                           8 / bits_per_cycle;
    const double array = array_cycles(tiling);
    tiling.traffic_bytes = static_cast<uint64_t>(traffic);
    tiling.cycles = std::max(traffic * 8 / bits_per_cycle, array) + startup;
    if (tiling.held > 1 && resident) {
      // Where pairs change, a slot is loaded while the other one's last block is computed, and no earlier.
      const double load =
          (tiling.n_outer ? block : act_rows / rows * static_cast<double>(tiling.m)) * 8 / bits_per_cycle;
      const double compute = array / (batch * blocks_m * blocks_n);
      tiling.cycles += batch * (tiling.n_outer ? turns_n : turns_m) * 2 * std::max(0.0, load - compute);
    }
    tilings_.push_back(tiling);
  }

  [[nodiscard]] uint64_t blocks(const GemmTiling& tiling) const {
    return static_cast<uint64_t>(shape_.m_outer * ceil_div(shape_.m, tiling.m) *
                                 ceil_div(shape_.n, tiling.n) * ceil_div(shape_.k, tiling.k));
  }

  [[nodiscard]] GemmTiling best() const {
    double least = tilings_.front().cycles;
    for (const GemmTiling& tiling : tilings_) least = std::min(least, tiling.cycles);
    const GemmTiling* best = nullptr;
    const auto rank = [this](const GemmTiling& t) {
      return std::make_tuple(blocks(t), t.cycles, t.traffic_bytes);
    };
    for (const GemmTiling& tiling : tilings_) {
      if (tiling.cycles > least * (1 + kTolerance)) continue;
      if (best == nullptr || rank(tiling) < rank(*best)) best = &tiling;
    }
    return *best;
  }

  // Passes as the array's descriptor times them, smaller edge tiles counted as full ones.
  [[nodiscard]] double array_cycles(const GemmTiling& tiling) {
    const int64_t token_tile = machine_.array.weight_stationary() ? tiling.m : machine_.array.cols;
    const int64_t tiles =
        shape_.m_outer * ceil_div(shape_.m, token_tile) * ceil_div(shape_.n, machine_.array.channel_tile());
    const int64_t blocks_k = ceil_div(shape_.k, tiling.k);
    const int64_t last_k = shape_.k - (blocks_k - 1) * tiling.k;
    const double passes = static_cast<double>(blocks_k - 1) * pass_cycles(token_tile, tiling.k, false) +
                          pass_cycles(token_tile, last_k, true);
    return static_cast<double>(shape_.batch * tiles) * passes;
  }

  // A tile of tokens and of channels, all its elements along K.
  [[nodiscard]] double pass_cycles(int64_t token_tile, int64_t k, bool final) {
    const auto [known, is_new] = pass_cycles_.try_emplace({token_tile, k, final}, 0.0);
    const int64_t m = std::min<int64_t>(token_tile, shape_.m);
    const int64_t n = std::min<int64_t>(machine_.array.channel_tile(), shape_.n);
    if (is_new && machine_.array.weight_stationary()) {
      isa::Instruction gemm;
      gemm.m = static_cast<uint32_t>(m);
      gemm.n = static_cast<uint32_t>(n);
      gemm.k = static_cast<uint32_t>(k);
      gemm.final = final;
      gemm.act_format = shape_.activations;
      known->second = static_cast<double>(timing_.instruction(gemm).cycles);
    } else if (is_new) {
      known->second = static_cast<double>(timing_.pass(0, m, n, k, final, false, shape_.activations).cycles);
    }
    return known->second;
  }

  // The smallest block is one array tile of one group; whichever scratchpad cannot hold its part is named.
  [[noreturn]] void fail(int64_t m, int64_t n) const {
    const int64_t k = std::min(shape_.k, unit_k_);
    std::vector<Diagnostic> findings;
    const auto need = [&](const char* spad, const char* what, uint64_t bytes, Ring ring) {
      const uint64_t have = slot_bytes(machine_, ring);
      if (bytes <= have) return;
      findings.push_back(
          {"MAP001",
           {},
           fmt::format("operator '{}': the smallest {} needs {} bytes, but a slot of the {} "
                       "scratchpad has {}",
                       name_, what, bytes, spad, have),
           fmt::format("enlarge {}_scratchpad.capacity or use a smaller array or group", spad)});
    };
    need("weight", fmt::format("weight block ({} x {}, {})", n, k, shape_.format.name).c_str(),
         weight_bytes(n, k), Ring::weight);
    need("activation", fmt::format("activation block ({} x {})", m, k).c_str(), activation_bytes(m, k),
         Ring::activation);
    need("output", fmt::format("result block ({} x {})", m, n).c_str(), out_bytes(m, n, k), Ring::gemm_out);
    VERNIER_INVARIANT(!findings.empty(), "operator '{}': no tiling although the smallest block fits", name_);
    throw InputError(std::move(findings));
  }

  const GemmShape& shape_;
  const machine::Machine& machine_;
  const std::string& name_;
  array::GemmTimingModel timing_;
  int64_t unit_k_ = 1;
  int64_t unit_m_ = machine_.array.cols;
  std::map<std::tuple<int64_t, int64_t, bool>, double> pass_cycles_;
  std::vector<GemmTiling> tilings_;
};

}  // namespace

std::vector<Piece> split(int64_t total, int64_t block, bool peel) {
  const int64_t full = total / block;
  std::vector<Piece> pieces;
  if (peel && full > 0) pieces.push_back({0, block, 1});
  const int64_t begun = static_cast<int64_t>(pieces.size());
  if (full > begun) pieces.push_back({begun * block, block, full - begun});
  if (total % block != 0) pieces.push_back({full * block, total % block, 1});
  return pieces;
}

std::vector<Piece> split_ends(int64_t total, int64_t block) {
  const int64_t blocks = ceil_div(total, block);
  std::vector<Piece> pieces;
  if (blocks > 1) pieces.push_back({0, block, 1});
  if (blocks > 2) pieces.push_back({block, block, blocks - 2});
  pieces.push_back({(blocks - 1) * block, total - (blocks - 1) * block, 1});
  return pieces;
}

GemmTiling choose_tiling(const GemmShape& shape, const machine::Machine& machine, const std::string& name) {
  return Search(shape, machine, name).run();
}

}  // namespace vernier::mapper
