// SPDX-License-Identifier: Apache-2.0
// The list of PE types and what each one accepts.
#include "models/pe/registry.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace {

using vernier::formats::GroupFormat;
using vernier::formats::ScaleKind;
using vernier::pe::pe;

GroupFormat two_level(const char* element, int bits, int group) {
  GroupFormat format;
  format.name = element;
  format.element = element;
  format.element_bits = bits;
  format.group_size = group;
  format.scale_kind = ScaleKind::two_level;
  return format;
}

TEST(PeRegistry, HasEveryPeUnderItsOwnName) {
  ASSERT_GE(vernier::pe::all().size(), 2U);
  for (const auto* descriptor : vernier::pe::all()) {
    EXPECT_EQ(&pe(descriptor->name), descriptor);
    EXPECT_FALSE(descriptor->example_formats.empty());
    EXPECT_LE(descriptor->min_lanes, descriptor->max_lanes);
  }
}

TEST(PeRegistry, UnknownNameSuggestsTheNearest_bad) {
  try {
    (void)pe("bitmodd");
    FAIL() << "no error";
  } catch (const vernier::InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "PE001");
    EXPECT_EQ(error.diagnostics().at(0).help, "did you mean 'bitmod'?");
  }
}

TEST(PeDescriptor, BitmodCodesOfEveryFormat) {  // docs/array.md, table of format_i
  struct Row {
    const char* element;
    int code, unit_exponent;
  };
  for (const Row& row : {Row{"int8", 0, 0}, Row{"int6", 1, 0}, Row{"int5", 2, 0}, Row{"int4", 3, 0},
                         Row{"fp4", 4, -1}, Row{"fp3", 5, 0}}) {
    const GroupFormat format = two_level(row.element, 8, 128);
    EXPECT_EQ(pe("bitmod").reject(format), std::nullopt) << row.element;
    EXPECT_EQ(pe("bitmod").format_code(format, vernier::formats::ActivationFormat::fp16), row.code)
        << row.element;
    EXPECT_EQ(pe("bitmod").unit_exponent(format), row.unit_exponent) << row.element;
  }
}

TEST(PeDescriptor, FormatsItCannotTakeAreRefusedWithAReason_bad) {
  const auto& bitmod = pe("bitmod");
  EXPECT_EQ(bitmod.reject(two_level("int8", 8, 512)), std::nullopt);
  EXPECT_NE(bitmod.reject(two_level("int8", 8, 513)), std::nullopt);
  EXPECT_EQ(bitmod.reject(two_level("fp4", 4, 4096)), std::nullopt);
  EXPECT_NE(bitmod.reject(two_level("fp4", 4, 4097)), std::nullopt);
  EXPECT_NE(bitmod.reject(two_level("int7", 7, 128)), std::nullopt);
  GroupFormat format = two_level("int4", 4, 128);
  format.asymmetric = true;
  EXPECT_NE(bitmod.reject(format), std::nullopt);
  format = two_level("int4", 4, 128);
  format.scale_kind = ScaleKind::fp16;
  EXPECT_NE(bitmod.reject(format), std::nullopt);
  EXPECT_NE(pe("fp16_mac").reject(two_level("int4", 4, 128)), std::nullopt);
  EXPECT_EQ(pe("fp16_mac").reject(format), std::nullopt);  // dequantized first
}

}  // namespace
