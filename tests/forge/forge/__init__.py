"""Forged evidence for the tests: our own byte writers, and `cryptography` for keys and signatures."""
