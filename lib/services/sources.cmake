cupel_room(services NEEDS base codec appraise SOURCES service.cpp blindllama.cpp openai.cpp)
