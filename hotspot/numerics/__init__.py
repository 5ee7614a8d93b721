"""Numerical kernels on plain arrays: no frames, no messages."""
