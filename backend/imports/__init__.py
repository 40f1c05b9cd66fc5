"""Uploads of images, which workers import as data sets."""
