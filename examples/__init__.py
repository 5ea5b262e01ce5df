"""Homework and demonstrations, one file each: `python -m examples.demo`."""
