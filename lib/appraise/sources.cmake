cupel_room(appraise NEEDS base codec crypto registry
  SOURCES policy.cpp policy_json.cpp blindllama.cpp lint.cpp appraise.cpp verdict.cpp explain.cpp
          checks.cpp)
