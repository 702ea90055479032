// SPDX-License-Identifier: Apache-2.0
// `vernier dram`: a memory trace through the controllers of a DRAM part.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/config/keys.h"
#include "sim/config/part_file.h"
#include "sim/dram/trace_run.h"
#include "sim/report/format.h"

namespace vernier::cli {
namespace {

using Json = nlohmann::ordered_json;
using report::thousands;

struct DramOptions {
  std::string trace, part, refresh, row_policy, ranks, mapping, commands;
  std::string channels = "1", interleave = "256 byte";
  int64_t outstanding = 0;
  bool clocked = false, check = false, json = false, quiet = false;
};

/// What one key of an accelerator would take, from an option.
int64_t value_of(const std::string& option, const char* key, const std::string& text) {
  config::Value value;
  if (const auto problem = config::parse_value(*config::find_key(key), text, value)) {
    throw InputError(problem->code, option + ": " + problem->message, {}, problem->help);
  }
  return std::get<int64_t>(value);
}

dram::Memory memory_of(const DramOptions& options) {
  std::vector<config::PartOverride> overrides;
  const auto add = [&overrides](const char* option, const char* path, const std::string& text) {
    if (!text.empty()) overrides.push_back({option, path, text});
  };
  add("--refresh", "controller.refresh", options.refresh);
  add("--row-policy", "controller.row_policy", options.row_policy);
  add("--ranks", "organisation.ranks", options.ranks);
  add("--mapping", "controller.mapping", options.mapping);
  dram::Memory memory;
  memory.part = config::load_part(options.part, overrides);
  memory.channels = static_cast<int>(value_of("--channels", "dram.channels", options.channels));
  memory.interleave_bytes =
      static_cast<uint64_t>(value_of("--interleave", "dram.interleave", options.interleave));
  if (const auto problem = config::refused_interleave(memory)) {
    throw InputError(problem->code, "--interleave: " + problem->message, {}, problem->help);
  }
  return memory;
}

/// The file of --commands: one line per command, removed again if the run fails.
class CommandFile {
 public:
  explicit CommandFile(const std::string& path) : path_(path) {
    if (path_.empty()) return;
    file_ = std::fopen(path_.c_str(), "wb");
    if (file_ == nullptr) fail();
    fmt::print(file_, "# channel clock command rank bank_group bank row column\n");
  }
  ~CommandFile() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::remove(path_.c_str());
  }
  CommandFile(const CommandFile&) = delete;
  CommandFile& operator=(const CommandFile&) = delete;

  [[nodiscard]] bool wanted() const { return file_ != nullptr; }
  void write(int channel, const dram::Command& c) {
    using dram::CommandKind;
    std::string line = fmt::format("{} {} {} {}", channel, c.clock, dram::name_of(c.kind), c.rank);
    if (c.kind != CommandKind::precharge_all && c.kind != CommandKind::refresh)
      line += fmt::format(" {} {}", c.bank_group, c.bank);
    const bool column = c.kind == CommandKind::read || c.kind == CommandKind::write;
    if (column || c.kind == CommandKind::activate) line += fmt::format(" {}", c.row);
    if (column) line += fmt::format(" {}", c.column);
    line += '\n';
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size()) fail();
  }
  void keep() {
    if (file_ == nullptr) return;
    std::FILE* file = file_;
    file_ = nullptr;
    if (std::fclose(file) != 0) fail();
  }

 private:
  [[noreturn]] void fail() {
    throw InputError("DRM005",
                     fmt::format("--commands: '{}' cannot be written: {}", path_, std::strerror(errno)));
  }

  std::string path_;
  std::FILE* file_ = nullptr;
};

double seconds_of(const dram::Memory& memory, uint64_t clocks) {
  return static_cast<double>(clocks) / static_cast<double>(memory.part.clock_hz);
}

double bandwidth_of(const dram::Memory& memory, const dram::ChannelResult& result) {
  const double bytes =
      static_cast<double>(result.read_bursts + result.write_bursts) * memory.part.organisation.burst_bytes;
  return result.clocks == 0 ? 0 : bytes / seconds_of(memory, result.clocks);
}

Json numbers(const dram::Memory& memory, const dram::ChannelResult& r) {
  return {{"cycles", r.clocks},
          {"seconds", seconds_of(memory, r.clocks)},
          {"bandwidth_bytes_per_second", bandwidth_of(memory, r)},
          {"read_bursts", r.read_bursts},
          {"write_bursts", r.write_bursts},
          {"writes_left", r.writes_left},
          {"forwarded", r.counts.forwarded},
          {"row_hits", r.counts.row_hits()},
          {"row_misses", r.counts.row_misses},
          {"row_conflicts", r.counts.row_conflicts},
          {"activates", r.counts.activates},
          {"precharges", r.counts.precharges},
          {"refreshes", r.counts.refreshes}};
}

uint64_t bucket_begin(size_t bucket) { return bucket == 0 ? 0 : uint64_t{1} << bucket; }
uint64_t bucket_end(size_t bucket) { return (uint64_t{2} << bucket) - 1; }

double mean_of(const dram::LatencyHistogram& latency) {
  return latency.count == 0 ? 0 : static_cast<double>(latency.sum) / static_cast<double>(latency.count);
}

std::string as_json(const DramOptions& options, const dram::Memory& memory, const dram::TraceResult& result) {
  Json out{{"schema", 1}, {"command", "vernier dram"}, {"version", version()}};
  out["trace"] = options.trace;
  out["part"] = memory.part.name;
  out["clock_hz"] = memory.part.clock_hz;
  out["channels"] = memory.channels;
  out["interleave_bytes"] = memory.interleave_bytes;
  out["burst_bytes"] = memory.part.organisation.burst_bytes;
  out["outstanding"] = options.outstanding == 0 ? Json(nullptr) : Json(options.outstanding);
  out["peak_bytes_per_second"] = memory.bytes_per_second();
  out["requests"] = result.requests;
  out["merged_bursts"] = result.merged;
  out["totals"] = numbers(memory, result.total);
  const dram::LatencyHistogram& latency = result.total.latency;
  Json buckets = Json::array();
  for (size_t i = 0; i < latency.counts.size(); ++i) {
    if (latency.counts[i] == 0) continue;
    buckets.push_back({{"from", bucket_begin(i)}, {"to", bucket_end(i)}, {"reads", latency.counts[i]}});
  }
  out["read_latency"] = {{"mean", mean_of(latency)},
                         {"least", latency.least},
                         {"most", latency.most},
                         {"histogram", std::move(buckets)}};
  out["per_channel"] = Json::array();
  for (const dram::ChannelResult& channel : result.channels)
    out["per_channel"].push_back(numbers(memory, channel));
  if (options.check) out["checked_commands"] = result.total.commands;
  return out.dump(2) + "\n";
}

std::string share(uint64_t part, uint64_t whole) {
  return whole == 0 ? std::string()
                    : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string as_text(const DramOptions& options, const dram::Memory& memory, const dram::TraceResult& result) {
  const dram::ChannelResult& total = result.total;
  const uint64_t columns = total.counts.reads + total.counts.writes;
  const double peak = memory.bytes_per_second();
  std::string out = fmt::format(
      "{}: {} channel{}, CK {}, peak {:.1f} GB/s\n", memory.part.name, memory.channels,
      memory.channels == 1 ? "" : "s",
      config::format_quantity(static_cast<int64_t>(memory.part.clock_hz), config::Unit::hertz), peak / 1e9);
  const auto line = [&out](const std::string& label, const std::string& value, const std::string& more = {}) {
    out += fmt::format("{:28}{:>16}{}{}\n", label, value, more.empty() ? "" : "  ", more);
  };
  line("requests", thousands(result.requests));
  line("read bursts", thousands(total.read_bursts));
  line("written bursts", thousands(total.write_bursts),
       total.writes_left == 0 ? "" : fmt::format("{} still queued at the end", thousands(total.writes_left)));
  line("cycles [CK]", thousands(result.clocks));
  line("time [us]", fmt::format("{:.2f}", seconds_of(memory, result.clocks) * 1e6));
  const double bandwidth = bandwidth_of(memory, total);
  line("bandwidth [GB/s]", fmt::format("{:.3f}", bandwidth / 1e9),
       fmt::format("{:.1f} % of the peak", 100 * bandwidth / peak));
  line("row hits", thousands(total.counts.row_hits()), share(total.counts.row_hits(), columns));
  line("row misses", thousands(total.counts.row_misses), share(total.counts.row_misses, columns));
  line("row conflicts", thousands(total.counts.row_conflicts), share(total.counts.row_conflicts, columns));
  line("reads from the write queue", thousands(total.counts.forwarded));
  line("activates", thousands(total.counts.activates));
  line("precharges", thousands(total.counts.precharges));
  line("refreshes", thousands(total.counts.refreshes));
  const dram::LatencyHistogram& latency = total.latency;
  line("read latency, mean [CK]", fmt::format("{:.1f}", mean_of(latency)),
       fmt::format("{}..{}", thousands(latency.least), thousands(latency.most)));
  for (size_t i = 0; i < latency.counts.size(); ++i) {
    if (latency.counts[i] == 0) continue;
    line(fmt::format("  {}..{}", thousands(bucket_begin(i)), thousands(bucket_end(i))),
         thousands(latency.counts[i]), share(latency.counts[i], latency.count));
  }
  if (options.check) line("commands checked", thousands(total.commands), "no constraint violated");
  if (memory.channels == 1) return out;
  report::TextTable table({"channel", "cycles", "bursts", "row hits", "row misses", "row conflicts"});
  for (size_t c = 0; c < result.channels.size(); ++c) {
    const dram::ChannelResult& r = result.channels[c];
    table.add({std::to_string(c), thousands(r.clocks), thousands(r.read_bursts + r.write_bursts),
               thousands(r.counts.row_hits()), thousands(r.counts.row_misses),
               thousands(r.counts.row_conflicts)});
  }
  return out + "\n" + table.text();
}

void dram_command(const DramOptions& options) {
  if (options.outstanding < 0) {
    throw InputError("CLI010",
                     fmt::format("--outstanding: {} is not a number of bursts", options.outstanding), {},
                     "give at least 1, or leave it out");
  }
  const dram::Memory memory = memory_of(options);
  dram::TraceReader trace(options.trace,
                          static_cast<uint64_t>(memory.channels) * memory.part.organisation.capacity_bytes());
  CommandFile commands(options.commands);
  dram::TraceOptions run;
  run.outstanding = static_cast<uint64_t>(options.outstanding);
  run.clocked = options.clocked;
  run.check = options.check;
  if (commands.wanted()) {
    run.on_command = [&commands](int channel, const dram::Command& c) { commands.write(channel, c); };
  }
  const bool terminal = !options.quiet && isatty(STDERR_FILENO) != 0;
  if (terminal) {
    run.progress = [](uint64_t requests) {
      fmt::print(stderr, "\r{:.0f} M requests\x1b[K", static_cast<double>(requests) / 1e6);
    };
  }
  const dram::TraceResult result = dram::run_trace(memory, trace, run);
  if (terminal) fmt::print(stderr, "\r\x1b[K");
  commands.keep();
  print_out(options.json ? as_json(options, memory, result) : as_text(options, memory, result));
}

}  // namespace

void add_dram(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("dram", "Run a memory trace on a DRAM part");
  auto options = std::make_shared<DramOptions>();
  command
      ->add_option("TRACE", options->trace,
                   "lines `0x<hex address> R|W [arrival clock]`; - is standard input")
      ->required();
  command->add_option("--part", options->part, "name (`vernier list dram`) or path of a part")->required();
  command->add_option("--channels", options->channels, "channels, 1..64")->capture_default_str();
  command->add_option("--interleave", options->interleave, "bytes of a channel before the next follows")
      ->capture_default_str();
  command->add_option("--refresh", options->refresh, "all_bank, per_bank or off, in place of the part's");
  command->add_option("--row-policy", options->row_policy, "open, closed or adaptive, likewise");
  command->add_option("--ranks", options->ranks, "ranks of a channel, likewise");
  command->add_option("--mapping", options->mapping,
                      "row, rank, bank_group, bank, column in another order, most significant first");
  command->add_option("--outstanding", options->outstanding,
                      "bursts of a channel under way at once (default: as many as its queues take)");
  command->add_option("--commands", options->commands, "file for the commands, one line each");
  command->add_flag("--check", options->check, "hold every command against the constraints of the part");
  command->add_flag("--clocked", options->clocked, "visit every clock (same result, slower)");
  command->add_flag("--json", options->json, "print JSON");
  command->add_flag("--quiet", options->quiet, "no progress");
  command->footer(
      "Examples:\n  vernier dram trace.txt --part DDR4-2400 --check\n"
      "  zcat trace.gz | vernier dram - --part HBM2-2000 --channels 8 --json");
  command->callback([options, &action] { action = [options] { dram_command(*options); }; });
}

}  // namespace vernier::cli
