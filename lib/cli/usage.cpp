#include "cli/usage.hpp"

#include <algorithm>

#include "cli/common.hpp"
#include "cli/nearest.hpp"

namespace cupel::cli {
namespace {

// The command that the words lead to, and the word that leads nowhere.
struct Reached {
  const CLI::App* command;
  std::string name = "cupel";
  std::string stranger = {};
};

Reached follow(const CLI::App& app, const std::vector<std::string>& words) {
  Reached out{&app};
  for (const std::string& word : words) {
    const auto commands = out.command->get_subcommands(nullptr);
    if (commands.empty()) {
      break;
    }
    if (word.starts_with('-')) {
      continue;
    }
    const auto next = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->get_name() == word;
    });
    if (next == commands.end()) {
      out.stranger = word;
      break;
    }
    out.command = *next;
    out.name += " " + word;
  }
  return out;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    out.push_back(command->get_name());
  }
  return out;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      out.push_back("--" + name);
    }
  }
  return out;
}

std::string shortened(const std::string& word) {
  return word.size() <= 40 ? word : word.substr(0, 40) + "...";
}

// What CLI11 says, and for a mistyped option the one that may be meant.
std::string complaint(const CLI::ParseError& error, const Reached& reached,
                      const std::vector<std::string>& words) {
  std::string out = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) {
    return out;
  }
  const std::vector<std::string> known = options_of(*reached.command);
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (name.starts_with("--") && std::find(known.begin(), known.end(), name) == known.end()) {
      return out + did_you_mean(name, known);
    }
  }
  return out;
}

}  // namespace

int usage_error(const CLI::App& app, const CLI::ParseError& error,
                const std::vector<std::string>& words) {
  const auto options_end = std::find(words.begin(), words.end(), "--");
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), options_end, word) != options_end;
  };
  const Output output{.json = has("--json"), .quiet = has("-q") || has("--quiet")};
  const Reached reached = follow(app, words);
  std::string text;
  std::string where = "arguments";
  if (!reached.stranger.empty()) {
    text = "'" + shortened(reached.stranger) + "' is no command of `" + reached.name + "`" +
           did_you_mean(reached.stranger, commands_of(*reached.command));
  } else {
    text = complaint(error, reached, words);
    const std::string first = text.substr(0, text.find_first_of(": "));
    if (reached.command->get_option_no_throw(first) != nullptr) {
      where = first;
    }
  }
  const std::string remedy = "`" + reached.name + " --help` tells how it is called.";
  const Error described{Code::invalid_argument, where, kNoOffset, text};
  output.object(json::Object{{"schema", "cupel.error/1"},
                             {"verdict", word(Outcome::usage)},
                             {"error", to_json_value(described, remedy)}});
  output.talk("cupel: " + text + "\n       " + remedy);
  return exit_code(Outcome::usage);
}

}  // namespace cupel::cli
