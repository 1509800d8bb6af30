cupel_room(appraise NEEDS base codec crypto registry
  SOURCES policy.cpp policy_json.cpp policy_write.cpp policy_rules.cpp blindllama.cpp lint.cpp
          requirement.cpp judge.cpp words.cpp appraise.cpp verdict.cpp printable.cpp explain.cpp
          explain_policy.cpp checks.cpp host_data.cpp)
