"""Forged evidence for the tests: our own byte writers, `cryptography` for keys and signatures."""
