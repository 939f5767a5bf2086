"""Tests of evaluation.listening."""
