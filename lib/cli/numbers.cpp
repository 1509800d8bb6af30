#include "cli/numbers.hpp"

#include <charconv>
#include <string>
#include <system_error>

namespace cupel::cli {

std::optional<std::uint64_t> natural(std::string_view text) noexcept {
  int base = 10;
  if (text.substr(0, 2) == "0x") {
    text.remove_prefix(2);
    base = 16;
  } else if (text.size() > 1 && text.front() == '0') {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  // Takes no sign and no blank for an unsigned number.
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

CLI::Validator natural_between(std::uint64_t least, std::uint64_t most) {
  return {[least, most](const std::string& text) -> std::string {
            const std::optional<std::uint64_t> value = natural(text);
            if (!value) {
              return text.empty() ? "is empty, a number is meant"
                                  : text + " is no number: decimal or 0x…, below 2^64";
            }
            if (*value < least || *value > most) {
              return text + " is not between " + std::to_string(least) + " and " +
                     std::to_string(most);
            }
            return "";
          },
          ""};
}

void refuse_odd_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    if (type == "UINT") {
      option->check(natural_between(0, std::numeric_limits<std::uint64_t>::max()));
    } else if (type == "INT" || type == "FLOAT") {
      option->check(CLI::Validator(
          [](const std::string& text) -> std::string {
            return text.empty() ? "is empty, a number is meant" : "";
          },
          ""));
    }
  }
  for (CLI::App* command : app.get_subcommands(nullptr)) {
    refuse_odd_numbers(*command);
  }
}

}  // namespace cupel::cli
