cupel_room(uvm NEEDS base codec crypto SOURCES endorsement.cpp did_x509.cpp verify.cpp)
