"""The test suite, one file per behaviour, laid out like the packages it tests."""
