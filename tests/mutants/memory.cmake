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

# The channel in events against the channel clock by clock, which is the plainer one: the same commands.
function(vernier_channel_mutant name file fault find replace)
  vernier_mutant(${name}
    FILE models/dram/${file}
    FAULT "${fault}"
    FIND "${find}"
    REPLACE "${replace}"
    IN dram
    FILTER "EventChannel.IssuesTheCommandsOfTheClockedChannel"
    MESSAGE "command [0-9]+, clocks|delivery [0-9]+|(read|write) in clock|clocked.(reads_queued|writes_queued|write_mode)"
    CAUGHT_BY "tests/dram, clocked channel and channel in events")
  set(mutants_table "${mutants_table}" PARENT_SCOPE)
endfunction()

vernier_channel_mutant(channel_order event_plan.cpp "rows are opened for old requests before columns of newer ones"
  ".order | kRowsLast" ".order")
vernier_channel_mutant(channel_stale_plan event_channel.cpp "a plan stands although a row hit has come"
  "(&queue == &served() && (first || hit))" "(&queue == &served() && first)")
vernier_channel_mutant(channel_forward event_channel.cpp "a read is not answered from a write queue with one entry"
  "if (writes_.size() > 0 && writes_.contains" "if (writes_.size() > 1 && writes_.contains")
vernier_channel_mutant(channel_bar event_plan.cpp "one bank more than those due is kept from other commands"
  "% banks < rank(index).due" "% banks <= rank(index).due")
vernier_channel_mutant(channel_idle event_plan.cpp "an adaptive policy closes a row a clock early"
  "static_cast<uint64_t>(part_.controller.idle_clocks)" "static_cast<uint64_t>(part_.controller.idle_clocks) - 1")
vernier_channel_mutant(channel_mode clocked_channel.cpp "writes go first from the high water mark on, not above it"
  "pending > part_.controller.write_high" "pending >= part_.controller.write_high")
vernier_channel_mutant(channel_wanted clocked_channel.cpp "a row is closed although a newer request wants it"
  "|| wanted(queue, request.bank, bank.open_row)" "")

# Addresses and clocks
vernier_mutant(address_channels
  FILE models/dram/address_map.cpp
  FAULT "the channels are taken in the reverse order; all fidelities share the code"
  FIND "own_begin = own * granule"
  REPLACE "own_begin = (channels - 1 - own) * granule"
  IN engine
  FILTER "DramMemory.MovesBurstsAsTheStreamsDoCycleByCycle"
  MESSAGE "found.load_(free|ends)|found.store_(free|ends)"
  CAUGHT_BY "tests/engine, streams burst by burst")
vernier_mutant(address_fields
  FILE models/dram/locator.cpp
  FAULT "the mapping is read from the wrong end"
  FIND "mapping[steps_.size() - 1 - i]"
  REPLACE "mapping[i]"
  FILTER "Fidelity.random_dram_parts"
  CAUGHT_BY "fast and systemc")
vernier_mutant(address_clocks
  FILE models/dram/address_map.cpp
  FAULT "clocks and cycles are rounded down; all fidelities share the code"
  FIND "up = denominator.value() - 1"
  REPLACE "up = 0"
  IN memory
  FILTER "PartDram.two_clocks_by_hand"
  MESSAGE "expected.(load|store)_(end|free)"
  CAUGHT_BY "tests/memory, clocks counted by hand")

# Ports and slots, in random machines with DRAM parts, on random instruction streams
function(vernier_port_mutant name file fault find replace)
  vernier_mutant(${name}
    FILE ${file}
    FAULT "${fault}"
    FIND "${find}"
    REPLACE "${replace}"
    FILTER "Fidelity.random_instruction_streams"
    CAUGHT_BY "fast and systemc")
  set(mutants_table "${mutants_table}" PARENT_SCOPE)
endfunction()

vernier_port_mutant(ports_1rw models/memory/scratchpad_ports.cpp "a port that takes one access takes two"
  "(any & once_) == 0" "(any & twice_) == 0")
vernier_port_mutant(ports_1r1w models/memory/scratchpad_ports.cpp "a write port takes any number of writes"
  "(claim.writes & taken_.writes) == 0" "true")
vernier_port_mutant(ports_2rw models/memory/scratchpad_ports.cpp "ports that take two accesses take any number"
  "(any & twice_) == 0 &&" "")
vernier_port_mutant(ports_of_compute sim/engine/fast/port_schedule.cpp "the vector unit does not wait for compute"
  "return fits(machine::scratchpad_of(machine_, claim.scratchpad).ports, compute.use, claim.use);" "return true;")
vernier_port_mutant(ports_of_vector sim/engine/fast/port_schedule.cpp "DMA does not wait for the vector unit"
  "cycle < vector_.end && vector_granted(cycle, unused)" "cycle < vector_.end && unused == 0")
vernier_port_mutant(ports_of_store sim/engine/fast/dram_ports.cpp "a load does not wait for the store"
  "move_loads(cycle, store_granted);" "move_loads(cycle, false);")
vernier_port_mutant(ports_groups sim/engine/fast/port_schedule.cpp
  "a gemm uses the first group of its results only"
  "issued.out + array::output_block_bytes(machine_.array, gemm)" "issued.out + 1")
vernier_mutant(ports_left_by_vector
  FILE sim/engine/fast/fast_engine.cpp
  FAULT "DMA does not hear that a gemm holds up the vector unit, which leaves ports"
  FIND "memory_->ports_changed();"
  REPLACE ""
  IN engine
  FILTER "Ports.*"
  MESSAGE "fast.intervals"
  CAUGHT_BY "tests/engine, fast and systemc")
vernier_port_mutant(slots_wheel models/memory/part_dram.cpp "the wheel of the load unit is a cycle ahead"
  "if (!slots.owns(now, c)) continue;" "if (!slots.owns(now + 1, c)) continue;")
vernier_port_mutant(slots_accesses sim/engine/fast/channel_streams.cpp
  "a burst wider than the port needs one own cycle for all its accesses"
  "cycle = job.slots.next(own, cycle + 1);" "cycle = job.slots.next(own, cycle);")
vernier_port_mutant(slots_in_flight models/memory/load_stream.cpp "a channel has one burst too many in flight"
  "in_flight_.size() >= max_in_flight_" "in_flight_.size() > max_in_flight_")
vernier_port_mutant(slots_store_in_flight models/memory/store_stream.cpp
  "a burst of a store counts as in flight until it is accepted, not until the unit knows"
  "read_.size() + static_cast<size_t>(accepted_.end() - unknown)" "read_.size()")

# What fast skips: states that are not the same are taken for one. Networks have to differ from those run without
# skipping.
function(vernier_skip_mutant name file test fault find replace)
  vernier_mutant(${name}
    FILE ${file}
    FAULT "${fault}"
    FIND "${find}"
    REPLACE "${replace}"
    FILTER "${test}"
    CAUGHT_BY "fast with and without closed forms")
  set(mutants_table "${mutants_table}" PARENT_SCOPE)
endfunction()

set(whole_networks DramNetworks.skipping_changes_nothing)
vernier_skip_mutant(skip_refresh sim/engine/fast/streams_ahead.cpp ${whole_networks}
  "a stretch is taken although a refresh falls due in it"
  "place_.clock + stretch->clocks < place_.due.clock" "stretch->clocks > 0")
vernier_skip_mutant(skip_clock_phase sim/engine/fast/streams_image.cpp ${whole_networks}
  "the state leaves out the phase of the two clocks"
  "put(clock % s.ratio_.clocks_per_period());" "put(0);")
vernier_skip_mutant(skip_command_bus models/dram/channel_image.cpp ${whole_networks}
  "the state leaves out the command bus"
  "out.timer(channel.bus_free_);" "out.put(0);")
vernier_skip_mutant(skip_bank_timer models/dram/channel_image.cpp ${whole_networks}
  "the state leaves out when banks may be precharged"
  "out.timer(bank.precharge);" "out.put(0);")
vernier_skip_mutant(skip_window models/dram/channel_image.cpp Fidelity.random_dram_parts
  "the state leaves out the window of four activates"
  "out.timer(activate == 0 ? 0 : activate - 1 + faw);" "out.put(0 * activate);")
vernier_skip_mutant(skip_open_row models/dram/channel_image.cpp ${whole_networks}
  "the state says that a row is open, not which"
  "const uint64_t name = open ? row_name(flat, bank.open_row) : 0;" "const uint64_t name = open ? 1 : 0;")
vernier_skip_mutant(skip_write_trail sim/engine/fast/write_trail.cpp ${whole_networks}
  "two bursts may be written in one cycle"
  "slots_.after(turn_, std::max(low, cycle)) + 1" "slots_.after(turn_, std::max(low, cycle))")
vernier_skip_mutant(skip_taken_back sim/engine/fast/streams_ahead.cpp ${whole_networks}
  "a channel that is taken back keeps the names that rows got later" "rows_ = anchor_rows_;" "")

# The same with streams alone
function(vernier_stream_mutant name file test fault find replace)
  vernier_mutant(${name}
    FILE ${file}
    FAULT "${fault}"
    FIND "${find}"
    REPLACE "${replace}"
    IN engine
    FILTER "DramMemory.${test}"
    MESSAGE "found.(load_free|load_ends|counts)|invariant broken"
    CAUGHT_BY "tests/engine, with and without skipping")
  set(mutants_table "${mutants_table}" PARENT_SCOPE)
endfunction()

vernier_stream_mutant(skip_slot_phase sim/engine/fast/streams_image.cpp SkipsWithoutChangingACycle
  "the state leaves out the place on the wheel of slots" "put(cycle % slots_.turns());" "put(0);")
vernier_stream_mutant(skip_in_flight sim/engine/fast/streams_image.cpp SkipsWithoutChangingACycle
  "offers that wait for bursts in flight are taken for independent of the phase of the clocks"
  "(any && streams_.offers_wait_)" "(any && false)")
vernier_stream_mutant(skip_queued_writes sim/engine/fast/streams_ahead.cpp
  SkipsNoStretchOfARowThatAQueuedWriteAnswers
  "a stretch is taken although queued writes answer its reads"
  "burst >= first && burst < end" "burst >= first && false")
vernier_stream_mutant(skip_later_ranks sim/engine/fast/streams_ahead.cpp SkipsNoRefreshesOfRanksThatBeginLater
  "what is remembered of the time before all ranks are refreshed is taken for what comes after"
  "streams_.dram_.clock() < calendar_.steady_from()" "calendar_.steady_from() > kNever - 1")

# What stretches and courses depend on besides the state
vernier_stream_mutant(skip_rest_phase sim/engine/fast/streams_ahead.cpp SkipsWithoutChangingACycle
  "a channel at rest is in the same phase in every clock" "(last - place_.clock) / period * period" "(last - place_.clock)")
vernier_stream_mutant(skip_rest_refresh sim/engine/fast/streams_ahead.cpp SkipsWithoutChangingACycle
  "a channel at rest sleeps through refreshes" "std::min(until, place_.due.clock - 1)" "until")
vernier_stream_mutant(skip_cooled_row sim/engine/fast/streams_cold.cpp SkipsWithoutChangingACycle
  "a bank that gets cold is taken for closed"
  "cold.open |= (cooling.cooled_open >> name & 1) << bank;" "")
vernier_stream_mutant(skip_cold_row sim/engine/fast/streams_cold.cpp SkipsWithoutChangingACycle
  "every row is the open one of a cold bank" "name == 0 ? kColdHit : kColdOther" "name >= -1 ? kColdHit : kColdOther")
vernier_stream_mutant(skip_write_row models/dram/channel_image.cpp SkipsWithoutChangingACycle
  "the state leaves out the rows of queued writes" "out.put(called);" "out.put(0);")
vernier_stream_mutant(course_refresh sim/engine/fast/streams_course.cpp
  SkipsRunsOfRowsWithoutChangingACycle
  "a course is taken although a refresh falls due in it"
  "course->clocks >= place_.due.clock" "course->clocks >= kNever")
vernier_stream_mutant(course_delay sim/engine/fast/streams_course.cpp
  SkipsRunsOfRowsWithoutChangingACycle
  "courses that begin later are taken for the same" "at.load_from > place_.clock ?" "at.load_from > kNever ?")
vernier_stream_mutant(course_bank sim/engine/fast/streams_course.cpp
  SkipsRunsOfRowsWithoutChangingACycle
  "courses that begin in another bank are taken for the same"
  "key.bank = static_cast<uint16_t>(turn_of_bank_[static_cast<size_t>(bank)]);" "key.bank = 0;")
vernier_stream_mutant(course_position sim/engine/fast/streams_course.cpp
  SkipsRunsOfRowsWithoutChangingACycle
  "courses are taken for the same wherever their stretches end" "first % std::lcm(block_, kOffers)" "first % 1")
vernier_stream_mutant(course_due sim/engine/fast/streams_ahead.cpp
  SkipsRunsOfRowsWithoutChangingACycle
  "what has a refresh in it is taken for the same if that falls due some clocks later"
  "return {static_cast<uint32_t>(clocks)," "return {static_cast<uint32_t>(clocks | 7),")
vernier_stream_mutant(course_closed_ranks sim/engine/fast/streams_cold.cpp
  SkipsRunsOfRowsWithoutChangingACycle
  "a refresh that was not executed leaves the rows of other banks open"
  "if ((cooling.closed_ranks >> r & 1) != 0)" "if (false)")

# Key/value cache
vernier_mutant(kv_scales
  FILE workloads/build_llm.cpp
  FAULT "every part of a cache is multiplied with the scales of its first"
  FIND "op.src0 = {scales, 0, cached.parts * cached.cols, 0, cached.cols, 1};"
  REPLACE "op.src0 = {scales, 0, cached.parts * cached.cols, 0, 0, 1};"
  IN fidelity
  FILTER "KvCache.products_are_those_of_the_dequantized_cache"
  MESSAGE "entry [0-9]+ head [0-9]+ row [0-9]+: [-0-9.e]+, exactly"
  CAUGHT_BY "golden values and the dequantized cache")
vernier_mutant(kv_append
  FILE workloads/build_llm.cpp
  FAULT "new keys are quantized before the scales of their channels are known"
  FIND "key ? \"fp16\" : split.groups"
  REPLACE "split.groups"
  IN fidelity
  FILTER "KvCache.bytes_of_llama_2_7b_are_those_counted_by_hand"
  MESSAGE "one.read . one.written"
  CAUGHT_BY "bytes counted by hand")
