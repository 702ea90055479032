// SPDX-License-Identifier: Apache-2.0
// Ports against accesses counted group by group, and collisions and slots counted by hand from
// docs/memory.md.
#include "models/memory/scratchpad_ports.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "base/error.h"
#include "models/memory/dma_slots.h"

namespace vernier::memory {
namespace {

using machine::PortKind;

constexpr std::array kKinds = {PortKind::rw1, PortKind::r1w1, PortKind::rw2};
constexpr std::array kUsers = {PortUser::compute, PortUser::vector, PortUser::store, PortUser::load};
constexpr PortClaim kRead{1, 0}, kWrite{0, 1}, kBoth{1, 1};

/// Which of the four users are granted what they claim in one cycle: letters c, v, s, l.
std::string granted(PortKind kind, const std::array<PortClaim, 4>& claims) {
  ScratchpadPorts ports(kind);
  std::string names;
  for (size_t i = 0; i < kUsers.size(); ++i) {
    const bool free = ports.free(7, kUsers[i], claims[i]);
    EXPECT_EQ(ports.claim(7, kUsers[i], claims[i]), free);
    if (free && (claims[i].reads | claims[i].writes) != 0) names += "cvsl"[i];
  }
  return names;
}

TEST(ScratchpadPorts, four_users_collide) {
  // Compute drains, the vector unit works, a store reads, a load writes.
  EXPECT_EQ(granted(PortKind::r1w1, {kWrite, kBoth, kRead, kWrite}), "cs");
  EXPECT_EQ(granted(PortKind::r1w1, {kBoth, kBoth, kRead, kWrite}), "c");
  EXPECT_EQ(granted(PortKind::r1w1, {PortClaim{}, kBoth, kRead, kWrite}), "v");
  EXPECT_EQ(granted(PortKind::r1w1, {PortClaim{}, PortClaim{}, kRead, kWrite}), "sl");
  EXPECT_EQ(granted(PortKind::rw1, {kWrite, kRead, kRead, kWrite}), "c");
  EXPECT_EQ(granted(PortKind::rw1, {PortClaim{}, kRead, kRead, kWrite}), "v");
  EXPECT_EQ(granted(PortKind::rw1, {PortClaim{}, PortClaim{}, kRead, kWrite}), "s");
  EXPECT_EQ(granted(PortKind::rw1, {PortClaim{}, PortClaim{}, PortClaim{}, kWrite}), "l");
  EXPECT_EQ(granted(PortKind::rw2, {kWrite, kBoth, kRead, kWrite}), "cs");
  EXPECT_EQ(granted(PortKind::rw2, {kWrite, kRead, kRead, kWrite}), "cv");
  EXPECT_EQ(granted(PortKind::rw2, {PortClaim{}, PortClaim{}, kRead, kRead}), "sl");
  EXPECT_EQ(granted(PortKind::rw2, {kBoth, PortClaim{}, kRead, kWrite}), "c");
}

TEST(ScratchpadPorts, groups_do_not_hinder_each_other) {
  for (const PortKind kind : kKinds) {
    ScratchpadPorts ports(kind);
    EXPECT_TRUE(ports.claim(0, PortUser::compute, {0, 0b0010}));
    EXPECT_TRUE(ports.claim(0, PortUser::store, {0b1001, 0}));
    EXPECT_TRUE(ports.claim(0, PortUser::load, {0, 0b0100}));
  }
  // One of several groups is enough to refuse; then none of them is taken.
  ScratchpadPorts ports(PortKind::rw1);
  EXPECT_TRUE(ports.claim(0, PortUser::compute, {0, 0b0010}));
  EXPECT_FALSE(ports.claim(0, PortUser::store, {0b0110, 0}));
  EXPECT_TRUE(ports.claim(0, PortUser::load, {0, 0b0100}));
}

TEST(ScratchpadPorts, a_user_shares_its_access_and_every_cycle_is_new) {
  ScratchpadPorts ports(PortKind::r1w1);
  EXPECT_TRUE(ports.claim(3, PortUser::load, kWrite));
  EXPECT_TRUE(ports.claim(3, PortUser::load, {0, 0b11}));
  EXPECT_TRUE(ports.claim(4, PortUser::compute, {0, 0b10}));
  EXPECT_TRUE(ports.claim(4, PortUser::load, kWrite));
  EXPECT_FALSE(ports.claim(4, PortUser::load, {0, 0b10}));
}

TEST(ScratchpadPorts, claims_out_of_order_are_a_fault_of_the_simulator) {
  ScratchpadPorts ports(PortKind::r1w1);
  EXPECT_TRUE(ports.claim(5, PortUser::store, kRead));
  EXPECT_THROW((void)ports.claim(5, PortUser::vector, kWrite), InternalError);
  EXPECT_THROW((void)ports.claim(4, PortUser::load, kWrite), InternalError);
}

/// The rule, group by group.
struct Counted {
  std::array<int, 64> reads{}, writes{};
  std::array<std::array<bool, 2>, 64> mine{};

  bool claim(PortKind kind, PortClaim claim) {
    std::array<int, 64> r = reads, w = writes;
    for (size_t g = 0; g < 64; ++g) {
      const bool read = (claim.reads >> g & 1) != 0, write = (claim.writes >> g & 1) != 0;
      if (read && !mine[g][0]) ++r[g];
      if (write && !mine[g][1]) ++w[g];
      if (!read && !write) continue;
      if (kind == PortKind::rw1 && r[g] + w[g] > 1) return false;
      if (kind == PortKind::rw2 && r[g] + w[g] > 2) return false;
      if (kind == PortKind::r1w1 && (r[g] > 1 || w[g] > 1)) return false;
    }
    reads = r;
    writes = w;
    for (size_t g = 0; g < 64; ++g) {
      mine[g][0] |= (claim.reads >> g & 1) != 0;
      mine[g][1] |= (claim.writes >> g & 1) != 0;
    }
    return true;
  }
};

TEST(ScratchpadPorts, equal_accesses_counted_group_by_group) {
  int grants = 0, refusals = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const PortKind kind = kKinds[random() % 3];
    const uint64_t groups = ~uint64_t{0} >> (random() % 2 == 0 ? 62 : random() % 64);
    const auto mask = [&] { return random() & random() & groups; };
    ScratchpadPorts ports(kind);
    uint64_t cycle = 0;
    for (int c = 0; c < 50; ++c) {
      Counted counted;
      cycle += random() % 3;
      if (c > 0) ++cycle;
      for (const PortUser user : kUsers) {
        counted.mine = {};
        for (uint64_t claims = random() % 3; claims > 0; --claims) {
          const PortClaim claim{random() % 2 == 0 ? 0 : mask(), random() % 2 == 0 ? 0 : mask()};
          const bool expected = counted.claim(kind, claim);
          ASSERT_EQ(ports.free(cycle, user, claim), expected) << "seed " << seed << " cycle " << cycle;
          ASSERT_EQ(ports.claim(cycle, user, claim), expected) << "seed " << seed << " cycle " << cycle;
          ++(expected ? grants : refusals);
        }
      }
    }
  }
  EXPECT_GT(refusals, grants / 10);
}

machine::ScratchpadParams port_of(int bits) {
  machine::ScratchpadParams params;
  params.capacity_bytes = 1024;
  params.banks = 1;
  params.bank_width_bits = bits;
  return params;
}

TEST(DmaSlots, the_wheel_by_hand) {
  // 512-bit bursts of four channels, one per cycle: R = 4, and the wheel is turned by one in 4, 8, 12.
  const DmaSlots slots(port_of(512), 64, 4);
  EXPECT_EQ(slots.accesses(), 1);
  const std::vector<int> owner = {0, 1, 2, 3, 1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2, 0};
  for (size_t cycle = 0; cycle < owner.size(); ++cycle) {
    for (int channel = 0; channel < 4; ++channel) {
      EXPECT_EQ(slots.owns(cycle, channel), channel == owner[cycle]) << cycle << " " << channel;
    }
  }
}

TEST(DmaSlots, wide_and_narrow_ports) {
  // Three bursts per cycle, so eight channels take R = 3 cycles: {0, 3, 6}, {1, 4, 7}, {2, 5}.
  const DmaSlots wide(port_of(1600), 64, 8);
  EXPECT_EQ(wide.accesses(), 1);
  for (int channel = 0; channel < 8; ++channel) {
    EXPECT_EQ(wide.owns(1, channel), channel % 3 == 1);
    EXPECT_EQ(wide.owns(3, channel), channel % 3 == 1);  // 3 + 1 = 4
  }
  const DmaSlots narrow(port_of(160), 64, 1);  // 512 / 160 = 3.2
  EXPECT_EQ(narrow.accesses(), 4);
  for (uint64_t cycle = 0; cycle < 5; ++cycle) EXPECT_TRUE(narrow.owns(cycle, 0));
}

}  // namespace
}  // namespace vernier::memory
