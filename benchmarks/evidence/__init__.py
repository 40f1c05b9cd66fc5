"""Experiments on the real CIFAR-10 whose reports are kept in this folder."""
