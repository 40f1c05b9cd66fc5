"""Experiments on CIFAR-10, with their reports in this folder."""
