// SPDX-License-Identifier: Apache-2.0
#include "models/dram/locator.h"

namespace vernier::dram {
namespace {

int64_t count_of(const Organisation& organisation, Field field) {
  switch (field) {
    case Field::row:
      return organisation.rows;
    case Field::rank:
      return organisation.ranks;
    case Field::bank_group:
      return organisation.bank_groups;
    case Field::bank:
      return organisation.banks_per_group;
    case Field::column:
      return organisation.columns();
  }
  return 1;
}

}  // namespace

Locator::Locator(const Part& part) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Field field = part.controller.mapping[steps_.size() - 1 - i];
    Step& step = steps_[i];
    step.field = static_cast<size_t>(field);
    step.count = static_cast<uint64_t>(count_of(part.organisation, field));
    if ((step.count & (step.count - 1)) != 0) continue;
    step.shift = 0;
    while ((uint64_t{1} << step.shift) < step.count) ++step.shift;
  }
}

}  // namespace vernier::dram
