"""What the project measures of itself, beside its peers and its limits: `python -m benchmarks`."""
