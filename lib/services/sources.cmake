cupel_room(services NEEDS base codec appraise SOURCES service.cpp evidence.cpp blindllama.cpp openai.cpp)
