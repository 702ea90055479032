# SPDX-License-Identifier: Apache-2.0
# Mutants of what all fidelities share on the way of values, caught by tests/exact alone.

# vernier_value_mutant(NAME FILE FAULT FILTER FIND REPLACE)
function(vernier_value_mutant name file fault filter find replace)
  vernier_mutant(${name}
    FILE ${file}
    FAULT "${fault}"
    FIND "${find}"
    REPLACE "${replace}"
    IN exact
    FILTER "${filter}"
    MESSAGE "channel [0-9]+: found [0-9a-f]+ = [^,]*, due [0-9a-f]+"
    CAUGHT_BY "tests/exact")
  set(mutants_table "${mutants_table}" PARENT_SCOPE)
endfunction()

vernier_value_mutant(value_raw_slots models/formats/activation_format.cpp
  "raw fp16 activations lie one word apart where a slot has two" "*ExactProducts*/lut"
  "words[i * slot_words] = wide" "words[i] = wide")
vernier_value_mutant(value_group_scale models/array/gemm_block.cpp
  "groups have the scale of the first group" "*ExactProducts*/mixpe_a8"
  "weights.scales[group], weights" "weights.scales[0], weights")
vernier_value_mutant(value_tag models/formats/weight_block.cpp
  "the lowest bit of zero points is lost" "*ExactProducts*/mixpe_a16"
  "stream.get(format.zero_bits())" "stream.get(format.zero_bits()) & 0xfffeU")
vernier_value_mutant(value_order models/formats/weight_block.cpp
  "neighbours along K are exchanged when a block is read" "*ExactProducts*/int8_mac"
  "row * shape.k + k)] = code" "row * shape.k + (k % 2 == 0 && k + 1 < span.end ? k + 1 : k - k % 2))] = code")
vernier_value_mutant(value_table models/formats/lookup_table.cpp
  "the fourth activation of a table has the other sign" "*ExactProducts*/lut"
  "term(2) + -a[3]" "term(2) + a[3]")
vernier_value_mutant(value_activation_scale sim/mapper/gemm_emitter.cpp
  "the scale of int8 activations is left out" "*ExactProducts*/ant"
  "gemm.act_scale = plan_.scale" "gemm.act_scale = formats::kFp16One")
vernier_value_mutant(value_quantize models/formats/quantize.cpp
  "scales of asymmetric groups count one code too many" "*RunPath*/mixpe_a8"
  "range / set.largest" "range / (set.largest + 1)")
vernier_value_mutant(value_heads workloads/build_llm.cpp
  "scaled queries are those of the first head of a group" "*ExactAttention*/bitmod"
  "act.batch_stride, act.outer_stride, 0, 1}" "act.batch_stride, 0, 0, 1}")
