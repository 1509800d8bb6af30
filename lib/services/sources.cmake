cupel_room(services NEEDS base codec crypto sgx appraise
  SOURCES service.cpp evidence.cpp blindllama.cpp openai.cpp blindai.cpp blindai_evidence.cpp)
