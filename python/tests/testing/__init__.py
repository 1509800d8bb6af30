"""Tests of the local attested service, by other means than its own."""
