cupel_room(appraise NEEDS base codec crypto registry
  SOURCES policy.cpp policy_json.cpp policy_write.cpp policy_rules.cpp policy_facts.cpp
          blindllama.cpp token_values.cpp maa_claims.cpp key_release.cpp
          arm_template.cpp make_policy.cpp make_tokens.cpp make_kms.cpp make_evidence.cpp lint.cpp policy_names.cpp blindai.cpp nitro_files.cpp
          requirement.cpp judge.cpp words.cpp appraise.cpp verdict.cpp printable.cpp explain.cpp
          explain_policy.cpp checks.cpp host_data.cpp)
