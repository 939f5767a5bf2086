"""Speed, quality and fault figures as JSON: `python -m benchmarks NAME [options]`."""
