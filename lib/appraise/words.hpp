// What a verdict says it proved, did not prove, and assumed.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/policy.hpp>
#include <cupel/verdict.hpp>
#include <string>
#include <vector>

#include "appraise/judge.hpp"

namespace cupel {

struct Words {
  std::vector<std::string> proved;
  std::vector<std::string> not_proved;
  std::vector<std::string> assumed;
};

/// `alternative` is nullptr when the policy has none for the evidence's family.
Words words(const Claims& claims, const Challenge& challenge, const Alternative* alternative,
            const Judgement& judgement);

}  // namespace cupel
