# SPDX-License-Identifier: Apache-2.0
# Mutants of the memory system, in the table of docs/testing.md behind the others.

# vernier_timing_mutant(NAME RULE FAULT FIND REPLACE): a fault in the channel in events that the constraint checker
# has to call RULE.
function(vernier_timing_mutant name rule fault find replace)
  vernier_mutant(${name}
    FILE models/dram/event_issue.cpp
    FAULT "${fault}"
    FIND "${find}"
    REPLACE "${replace}"
    IN dram
    FILTER "Checker.RandomPartsAreObeyed"
    MESSAGE "clock [0-9]+, [A-Za-z]+ rank [0-9]+ bank group [0-9]+ bank [0-9]+: ${rule}:"
    CAUGHT_BY "tests/dram, the checker: ${rule}")
  set(mutants_table "${mutants_table}" PARENT_SCOPE)
endfunction()

vernier_timing_mutant(dram_rcd "tRCD" "tRCD is a clock short" "after(t.RCD)" "after(t.RCD - 1)")
vernier_timing_mutant(dram_rp "tRP" "tRP after a precharge of one bank is a clock short"
  "at_least(bank.activate, after(part_.timing.RP))" "at_least(bank.activate, after(part_.timing.RP - 1))")
vernier_timing_mutant(dram_ras "tRAS" "tRAS is a clock short" "after(t.RAS)" "after(t.RAS - 1)")
vernier_timing_mutant(dram_rc "tRC" "tRC is a clock short" "after(t.RC)" "after(t.RC - 1)")
vernier_timing_mutant(dram_rrd "tRRD_L" "tRRD_L is tRRD_S" "after(t.RRD_L)" "after(t.RRD_S)")
vernier_timing_mutant(dram_faw "tFAW" "the window of four activates is a clock short"
  "oldest - 1 + static_cast" "oldest - 2 + static_cast")
vernier_timing_mutant(dram_ccd "tCCD_L" "reads of one bank group follow each other after tCCD_S"
  "t.write_to_read(true) : t.CCD_L" "t.write_to_read(true) : t.CCD_S")
vernier_timing_mutant(dram_wtr "tWTR_L" "a read after a write of its bank group comes after tWTR_S"
  "t.write_to_read(true)" "t.write_to_read(false)")
vernier_timing_mutant(dram_wr "tWR" "tWR is a clock short" "t.write_to_precharge()" "t.write_to_precharge() - 1")
vernier_timing_mutant(dram_rtp "tRTP" "tRTP is a clock short" ": t.RTP)" ": t.RTP - 1)")
vernier_timing_mutant(dram_turnaround "read to write" "the bus has a clock less to turn from reads to writes"
  "(is_write ? t.CCD_S : t.read_to_write())" "(is_write ? t.CCD_S : t.read_to_write() - 1)")
vernier_timing_mutant(dram_ranks "data bus of another rank" "no bubble between reads of two ranks"
  "t.other_rank_read_to_read()" "t.BL")
vernier_timing_mutant(dram_rfc "tRFC" "tRFC is a clock short"
  "timers[activate_timer], after(part_.timing.RFC)" "timers[activate_timer], after(part_.timing.RFC - 1)")
vernier_timing_mutant(dram_rfcpb "tRFCpb" "tRFC of a bank is a clock short"
  "bank(flat).activate = after(part_.timing.RFCpb)" "bank(flat).activate = after(part_.timing.RFCpb - 1)")
vernier_timing_mutant(dram_refi "tREFI" "every other refresh is left out"
  "rank.next_refresh += static_cast<uint64_t>(part_.timing.REFI)"
  "rank.next_refresh += static_cast<uint64_t>(2 * part_.timing.REFI)")
