"""Uploads of images, which a worker makes data sets of."""
