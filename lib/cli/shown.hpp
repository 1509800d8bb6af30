// What `cupel show` and `cupel uvm` print alike.
#pragma once

#include <cupel/verified.hpp>
#include <string>
#include <string_view>

#include "cli/common.hpp"

namespace cupel::cli {

/// Values may hold line feeds (PEM) or control characters (hostile text): one line, printable.
std::string one_line(std::string text);

/// The sections Proved, Not proved and Assumed; those that are empty are left out.
std::string sections(const Assurance& assurance);

/// The fields of what could not be authenticated, under a heading nobody can misread; returns the
/// exit code.
int not_authentic(const Output& output, std::string_view schema, std::string_view family,
                  const json::Value& fields, const Error& error);

}  // namespace cupel::cli
