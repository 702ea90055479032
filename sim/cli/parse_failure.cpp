// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/parse_failure.h"

#include <cerrno>
#include <cstdlib>

namespace vernier::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool is_option(const std::string& text) { return text.size() > 1 && text[0] == '-'; }

std::string see_help(const CLI::App& command) {
  return fmt::format("`vernier {}--help` has examples",
                     command.get_parent() == nullptr ? "" : command.get_name() + " ");
}

std::string out_of_range(const std::string& option, const std::string& text) {
  return fmt::format("{}: '{}' is not a whole number in its range", option, text);
}

/// The parser's texts about values, made to say what is due.
std::string in_our_words(const CLI::ParseError& error) {
  std::string text = error.what();
  if (error.get_name() == "ArgumentMismatch") return text.substr(0, text.find(':')) + " needs a value";
  const std::string start = "Could not convert: ";
  const size_t equals = text.find(" = ");
  if (text.compare(0, start.size(), start) != 0 || equals == std::string::npos) return text;
  return out_of_range(text.substr(start.size(), equals - start.size()), text.substr(equals + 3));
}

}  // namespace

void check_whole_numbers(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::Option* option : command->get_options()) {
      const std::string type = option->get_type_name();
      if (type != "INT" && type != "UINT") continue;
      for (const std::string& text : option->results()) {
        errno = 0;
        type == "INT" ? (void)std::strtoll(text.c_str(), nullptr, 0)
                      : (void)std::strtoull(text.c_str(), nullptr, 0);
        if (errno != ERANGE) continue;
        throw InputError("CLI022", out_of_range(command->get_name() + ": " + option->get_name(), text), {},
                         see_help(*command));
      }
    }
  }
}

InputError parse_failure(CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const std::vector<std::string> rest = app.remaining(true);
  if (chosen.empty()) {
    const std::vector<std::string> commands = command_names(app);
    if (rest.empty()) {
      return {"CLI020", "a command is missing", {}, fmt::format("allowed: {}", fmt::join(commands, ", "))};
    }
    const bool option = is_option(rest.front());
    return {"CLI020",
            fmt::format("'{}' is not a{}", rest.front(), option ? "n option before a command" : " command"),
            {},
            suggestion(rest.front(), option ? option_names(app) : commands)};
  }
  const CLI::App& command = *chosen.front();
  for (const std::string& text : rest) {
    if (!is_option(text)) continue;
    const std::string name = text.substr(0, text.find('='));
    const std::string nearest = nearest_name(name, option_names(command));
    return {"CLI021",
            fmt::format("{} has no option {}", command.get_name(), name),
            {},
            nearest.empty() ? see_help(command) : fmt::format("did you mean '{}'?", nearest)};
  }
  if (!rest.empty()) {
    return {"CLI021",
            fmt::format("{}: '{}' is one argument too many", command.get_name(), rest.front()),
            {},
            see_help(command)};
  }
  return {"CLI022", fmt::format("{}: {}", command.get_name(), in_our_words(error)), {}, see_help(command)};
}

}  // namespace vernier::cli
