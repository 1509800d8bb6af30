// What is asked of a UVM endorsement.
#pragma once

#include <cupel/uvm.hpp>
#include <optional>

#include "cli/common.hpp"

namespace cupel::cli {

/// What an endorsement must say besides being its issuer's.
struct Demands {
  std::optional<std::uint64_t> min_svn = {};
  std::optional<ByteVector> measurement = {};
};

/// Authenticates an endorsement, prints what it says and which demands it meets; returns the exit
/// code. Accepting it says nothing about any machine.
int judge_endorsement(const Output& output, Bytes content, const uvm::Trust& trust,
                      const VerifyContext& context, const Demands& demands = {});

}  // namespace cupel::cli
